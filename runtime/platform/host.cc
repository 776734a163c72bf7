#include <cstdio>
#include <cstdlib>

#include "runtime/platform/platform.h"

namespace cortico::platform {

void internal::DefaultLogSink(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void Halt(int code) { std::exit(code); }

}  // namespace cortico::platform

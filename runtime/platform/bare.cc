// For a board without a debugger: no log, and the end is a core asleep.
#include "runtime/platform/platform.h"

namespace cortico::platform {

void internal::DefaultLogSink(std::string_view) {}

void Halt(int) {
  for (;;) {
    __asm volatile("wfi");
  }
}

}  // namespace cortico::platform

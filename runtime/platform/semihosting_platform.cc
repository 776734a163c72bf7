#include <algorithm>

#include "runtime/platform/platform.h"
#include "runtime/platform/semihosting.h"

namespace cortico::platform {
namespace {

// The longest command line the exit marker is looked for in. A longer one, and the run has no
// marker: the host, which chose the line, then counts it as failed.
constexpr size_t kCommandLineCapacity = 4096;

void AppendNumber(int value, char*& to) {
  if (value < 0) *to++ = '-';
  unsigned rest = value < 0 ? 0u - static_cast<unsigned>(value) : static_cast<unsigned>(value);
  char digits[10];
  size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  while (count != 0) *to++ = digits[--count];
}

}  // namespace

void internal::DefaultLogSink(std::string_view line) {
  // The console takes zero-terminated text and costs a trap per call: chunks, not characters.
  char chunk[128];
  do {
    const size_t size = std::min(line.size(), sizeof(chunk) - 2);
    std::copy_n(line.data(), size, chunk);
    line.remove_prefix(size);
    size_t end = size;
    if (line.empty()) chunk[end++] = '\n';
    chunk[end] = '\0';
    semihosting::Console(chunk);
  } while (!line.empty());
}

// Says so before it ends: `CORTICO EXIT <code> NONCE <nonce>`, with the nonce=... the host gave. A
// simulator that did not start, hung or crashed cannot have printed it.
void Halt(int code) {
  char line[kCommandLineCapacity];
  if (semihosting::CommandLine(line, sizeof(line))) {
    const std::string_view nonce = semihosting::Argument(line, "nonce=");
    constexpr size_t kNonceLimit = 64;
    char marker[48 + kNonceLimit];
    char* end = marker;
    const auto append = [&end](std::string_view text) {
      end = std::copy(text.begin(), text.end(), end);
    };
    append("CORTICO EXIT ");
    AppendNumber(code, end);
    append(" NONCE ");
    append(nonce.substr(0, kNonceLimit));
    // Past the sink a product may have set: the host reads the console.
    internal::DefaultLogSink({marker, static_cast<size_t>(end - marker)});
  }
  semihosting::Exit(code);
}

}  // namespace cortico::platform

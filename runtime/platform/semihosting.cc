#include "runtime/platform/semihosting.h"

#include <cstring>

namespace cortico::platform::semihosting {
namespace {

enum Operation : uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWrite0 = 0x04,
  kWrite = 0x05,
  kRead = 0x06,
  kFileLength = 0x0C,
  kGetCommandLine = 0x15,
  kExitExtended = 0x20,
};

int32_t Call(Operation operation, const void* argument) {
  register uint32_t r0 __asm("r0") = operation;
  register const void* r1 __asm("r1") = argument;
  // The debugger reads and writes memory behind the compiler's back, hence the clobber.
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return static_cast<int32_t>(r0);
}

uint32_t Word(const void* pointer) {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(pointer));
}

}  // namespace

int Open(const char* path, Mode mode) {
  const uint32_t block[] = {Word(path), static_cast<uint32_t>(mode),
                            static_cast<uint32_t>(std::strlen(path))};
  return Call(kOpen, block);
}

size_t Read(int handle, void* to, size_t size) {
  const uint32_t block[] = {static_cast<uint32_t>(handle), Word(to), static_cast<uint32_t>(size)};
  // The answer is the number of bytes that are missing; -1 is an error, and nothing counts as read.
  const uint32_t missing = static_cast<uint32_t>(Call(kRead, block));
  return missing <= size ? size - missing : 0;
}

bool Write(int handle, const void* from, size_t size) {
  const uint32_t block[] = {static_cast<uint32_t>(handle), Word(from), static_cast<uint32_t>(size)};
  return Call(kWrite, block) == 0;
}

bool Close(int handle) {
  const uint32_t block[] = {static_cast<uint32_t>(handle)};
  return Call(kClose, block) == 0;
}

int32_t Length(int handle) {
  const uint32_t block[] = {static_cast<uint32_t>(handle)};
  return Call(kFileLength, block);
}

void Console(const char* text) { Call(kWrite0, text); }

bool CommandLine(char* line, size_t capacity) {
  uint32_t block[] = {Word(line), static_cast<uint32_t>(capacity)};
  if (capacity == 0) return false;
  if (Call(kGetCommandLine, block) == 0) return true;
  line[0] = '\0';
  return false;
}

std::string_view Argument(std::string_view line, std::string_view key) {
  while (!line.empty()) {
    const size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    if (word.substr(0, key.size()) == key) return word.substr(key.size());
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return {};
}

void Exit(int code) {
  constexpr uint32_t kApplicationExit = 0x20026;
  const uint32_t block[] = {kApplicationExit, static_cast<uint32_t>(code)};
  for (;;) Call(kExitExtended, block);
}

}  // namespace cortico::platform::semihosting

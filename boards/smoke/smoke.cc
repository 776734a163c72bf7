// Everything a firmware takes for granted about its board, each once. Which part runs is said by
// `mode=` on the command line; the default is all that ends well.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "boards/common/board.h"
#include "runtime/platform/platform.h"
#include "runtime/platform/semihosting.h"

#ifdef __ARM_FEATURE_MVE
#include <arm_mve.h>
#endif

namespace {

namespace board = cortico::board;
namespace platform = cortico::platform;
namespace semihosting = cortico::platform::semihosting;

int g_failures;

void Check(bool ok, std::string_view what) {
  if (ok) return;
  ++g_failures;
  platform::Log("failed:");
  platform::Log(what);
}

void LogNumber(std::string_view name, uint64_t value) {
  char line[64];
  size_t size = 0;
  for (char c : name) line[size++] = c;
  line[size++] = ' ';
  char digits[20];
  size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count != 0) line[size++] = digits[--count];
  platform::Log({line, size});
}

// Volatile, or the compiler would answer the questions itself.
volatile uint32_t g_data = 0x12345678;
volatile uint32_t g_bss;
volatile uint64_t g_wide = 0x0123456789ABCDEFull;
volatile float g_third = 1.0f / 3.0f;
volatile double g_double_third = 1.0 / 3.0;

uint32_t Bits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

__attribute__((noinline)) float MultiplyAdd(float a, float b, float c) { return a * b + c; }

void TestMemory() {
  Check(g_data == 0x12345678, ".data holds its initial values");
  Check(g_bss == 0, ".bss is zero");
  Check(g_wide / 1000003 == 81985283260ull, "64-bit division");
}

void TestFloat() {
  // fl(1/3) squared minus fl(1/9) is exactly 0 when the product is rounded first; in one step the
  // product's rounding error is left over. The bits tell whether it was contracted.
  const float third = g_third;
  Check(Bits(third) == 0x3EAAAAAB, "float constant");
  const float product = third * third;
  Check(Bits(MultiplyAdd(third, third, -product)) == 0, "float multiply-add is not contracted");
  Check(static_cast<int>(third * 3000.0f) == 1000, "float to int");
  const double wide = g_double_third;
  Check(static_cast<int>(wide * 3e6) == 1000000, "double");
#ifdef __ARM_FEATURE_MVE
  int8_t out[16];
  const int8x16_t sum = vqaddq_s8(vdupq_n_s8(100), vdupq_n_s8(100));
  vstrbq_s8(out, vdupq_n_s8(1));
  // gcc 12.2 takes a predicated store for one of all lanes and would drop the store above as dead:
  // see -fno-dse in cmake/CorticoFlags.cmake.
  vstrbq_p_s8(out, sum, vctp8q(5));
  Check(out[4] == 127 && out[5] == 1, "MVE: saturation and a predicated store");
#endif
}

__attribute__((noinline)) void UseStack() {
  volatile unsigned char bytes[4096];
  for (volatile unsigned char& byte : bytes) byte = 1;
}

void TestStack() {
  if (board::StackSize() < 8192) return;
  board::PaintStack();
  const size_t before = board::StackUsed();
  UseStack();
  const size_t after = board::StackUsed();
  LogNumber("stack", after);
  Check(after >= before + 4000 && after <= before + 4200, "stack measurement");
}

void TestBanks() {
  for (size_t i = 0;; ++i) {
    const board::Bank bank = board::FreeBank(i);
    if (bank.size == 0) {
      Check(i > 0, "there is a bank with room");
      break;
    }
    platform::Log(bank.name);
    LogNumber("  free", bank.size);
    auto* first = reinterpret_cast<volatile uint32_t*>(bank.base);
    auto* last = reinterpret_cast<volatile uint32_t*>(bank.base + (bank.size & ~size_t{3})) - 1;
    *first = 0xA5A5A5A5;
    *last = 0x5A5A5A5A;
    Check(*first == 0xA5A5A5A5 && *last == 0x5A5A5A5A, "first and last word of a bank");
    Check(board::FindFreeBank(bank.name).base == bank.base, "a bank is found by its name");
  }
  Check(board::FindFreeBank("none").size == 0, "an unknown bank has no room");
}

void TestCounter(bool expected) {
  Check(platform::CountsInstructions() == expected, "the counter is there when it should be");
  if (!platform::CountsInstructions()) return;
  uint64_t start = platform::Instructions();
  const uint64_t overhead = platform::Instructions() - start;
  LogNumber("counter overhead", overhead);
  for (uint32_t rounds : {1000u, 100000u, 5000000u}) {
    start = platform::Instructions();
    board::SpinLoop(rounds);
    const uint64_t counted = platform::Instructions() - start - overhead;
    LogNumber("loop", 2 * rounds);
    LogNumber("  counted", counted);
    Check(counted >= 2 * rounds && counted <= 2 * rounds + 8, "instructions of a known loop");
  }
}

void TestFiles(std::string_view line) {
  char path[512];
  const std::string_view file = semihosting::Argument(line, "file=");
  if (file.empty()) return;
  Check(file.size() < sizeof(path), "path fits");
  std::memcpy(path, file.data(), file.size());
  path[file.size()] = '\0';

  static unsigned char bytes[1031];
  for (size_t i = 0; i < sizeof(bytes); ++i) bytes[i] = static_cast<unsigned char>(i * 7 + 3);
  int handle = semihosting::Open(path, semihosting::Mode::kWrite);
  Check(handle >= 0, "a file is opened for writing");
  Check(semihosting::Write(handle, bytes, 1000), "write");
  Check(semihosting::Write(handle, bytes + 1000, sizeof(bytes) - 1000), "write more");
  Check(semihosting::Close(handle), "close");

  std::memset(bytes, 0, sizeof(bytes));
  handle = semihosting::Open(path, semihosting::Mode::kRead);
  Check(handle >= 0, "the file is opened for reading");
  Check(semihosting::Length(handle) == sizeof(bytes), "length");
  Check(semihosting::Read(handle, bytes, 500) == 500, "read");
  Check(semihosting::Read(handle, bytes + 500, sizeof(bytes)) == sizeof(bytes) - 500,
        "a read past the end is short");
  Check(semihosting::Read(handle, bytes, 1) == 0, "a read at the end is empty");
  Check(semihosting::Close(handle), "close");
  bool same = true;
  for (size_t i = 1; i < sizeof(bytes); ++i) {
    same = same && bytes[i] == static_cast<unsigned char>(i * 7 + 3);
  }
  Check(same, "what was written is read back");
  Check(semihosting::Open("no/such/file", semihosting::Mode::kRead) == -1,
        "a file that is not there");
}

void TestArguments(std::string_view line) {
  Check(semihosting::Argument("in=a.bin x=1", "in=") == "a.bin", "first word");
  Check(semihosting::Argument("in=a.bin x=1", "x=") == "1", "last word");
  Check(semihosting::Argument("in=a.bin x=1", "y=").empty(), "no such word");
  Check(semihosting::Argument("xin=1 in=2", "in=") == "2", "the start of a word, not its middle");
  Check(semihosting::Argument("", "in=").empty(), "no words");
  const std::string_view pad = semihosting::Argument(line, "pad=");
  LogNumber("longest word", pad.size());
  bool commas = true;
  for (size_t i = 0; i < pad.size(); ++i) commas = commas && pad[i] == (i % 2 == 0 ? 'x' : ',');
  Check(commas, "a long word with commas arrives whole");
}

// Optimisers see through plain recursion.
__attribute__((noinline)) uint32_t Recurse(uint32_t depth) {
  volatile uint32_t here = depth;
  return depth == 0 ? 0 : Recurse(depth - 1) + here;
}

}  // namespace

int main() {
  static char line[4096];
  if (!semihosting::CommandLine(line, sizeof(line))) {
    platform::Log("no command line");
    return 1;
  }
  const std::string_view mode = semihosting::Argument(line, "mode=");
  if (mode == "fail") return 3;
  if (mode == "hang") {
    for (;;) __asm volatile("nop");
  }
  if (mode == "silent") semihosting::Exit(0);
  if (mode == "undefined") __asm volatile("udf #1");
  if (mode == "overflow") return static_cast<int>(Recurse(1000000));
  if (mode == "unaligned") {
    uint32_t value;
    __asm volatile("ldr %0, [%1]" : "=l"(value) : "l"(line + 1) : "memory");
    return value == 0;
  }
  if (mode == "divide") return static_cast<int>(g_data / g_bss);
  if (mode == "unmapped") *reinterpret_cast<volatile uint32_t*>(0xF0000000) = 1;
  if (mode == "nocounter") {
    TestCounter(false);
    return g_failures;
  }
  TestMemory();
  TestFloat();
  TestArguments(line);
  TestBanks();
  TestCounter(semihosting::Argument(line, "counter=") != "no");
  TestFiles(line);
  TestStack();
  return g_failures == 0 ? 0 : 1;
}

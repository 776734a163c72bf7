// The properties on a board, where the variants run on real instructions.
//   cases=<number of cases of each property> [first=<seed>] [only=<property>]
// Prints the first failure of each property; `only=<property> first=<seed> cases=1` repeats it.
//
// Not a firmware to learn from: the reference wants std::vector, so there is a heap, which forgets
// everything after each case.
#include <cstdlib>
#include <new>
#include <string_view>

#include "boards/common/board.h"
#include "kernels/testing/property.h"
#include "runtime/platform/platform.h"
#include "runtime/platform/semihosting.h"

namespace cortico::testing {
namespace {

unsigned char* g_heap;
unsigned char* g_heap_end;
unsigned char* g_next;

[[noreturn]] void Stop(std::string_view why) {
  platform::Log(why);
  platform::Halt(2);
}

void* Allocate(size_t size) {
  size = (size + 15) / 16 * 16;
  if (size > static_cast<size_t>(g_heap_end - g_next)) Stop("the board has no memory left");
  void* memory = g_next;
  g_next += size;
  return memory;
}

class Line {
 public:
  Line& operator<<(std::string_view text) {
    for (char c : text) {
      if (size_ < sizeof(text_)) text_[size_++] = c;
    }
    return *this;
  }
  Line& operator<<(int64_t value) {
    if (value < 0) return *this << "-" << -value;
    if (value >= 10) *this << value / 10;
    const char digit[] = {static_cast<char>('0' + value % 10)};
    return *this << std::string_view(digit, 1);
  }
  void Print() const { platform::Log({text_, size_}); }

 private:
  char text_[200];
  size_t size_ = 0;
};

uint32_t Number(std::string_view text, uint32_t otherwise) {
  if (text.empty()) return otherwise;
  uint32_t value = 0;
  for (char c : text) value = value * 10 + static_cast<uint32_t>(c - '0');
  return value;
}

bool Holds(const Property& property, uint32_t first, uint32_t cases) {
  for (uint32_t seed = first; seed - first < cases; ++seed) {
    g_next = g_heap;
    const Tape tape = MakeTape(seed);
    Draw draw(tape);
    Verdict verdict;
    property.run(draw, verdict);
    if (verdict.good()) continue;
    Line line;
    line << "FAILED " << property.name << " seed " << seed << ": " << verdict.function << ": "
         << verdict.what;
    if (verdict.got != verdict.expected) {
      line << " " << verdict.index << " is " << verdict.got << ", not " << verdict.expected;
    }
    line.Print();
    return false;
  }
  return true;
}

int Main() {
  static char words[256];
  if (!platform::semihosting::CommandLine(words, sizeof(words))) Stop("no command line");
  const std::string_view only = platform::semihosting::Argument(words, "only=");
  const uint32_t first = Number(platform::semihosting::Argument(words, "first="), 1);
  const uint32_t cases = Number(platform::semihosting::Argument(words, "cases="), 200);

  board::Bank bank = {};
  for (size_t i = 0; board::FreeBank(i).size != 0; ++i) {
    if (board::FreeBank(i).size > bank.size) bank = board::FreeBank(i);
  }
  g_heap = bank.base;
  g_heap_end = bank.base + bank.size;

  int failed = 0;
  for (const Property& property : kProperties) {
    if (!only.empty() && only != property.name) continue;
    if (!Holds(property, first, cases)) ++failed;
  }
  (Line() << "properties, " << int64_t{cases} << " cases each: " << int64_t{failed} << " failed")
      .Print();
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace cortico::testing

void* operator new(size_t size) { return cortico::testing::Allocate(size); }
void* operator new[](size_t size) { return cortico::testing::Allocate(size); }
void operator delete(void*) noexcept {}
void operator delete[](void*) noexcept {}
void operator delete(void*, size_t) noexcept {}
void operator delete[](void*, size_t) noexcept {}

// What std::vector calls; the library's own brings exceptions, and they the unwinder.
namespace std {
void __throw_length_error(const char* what) { cortico::testing::Stop(what); }
void __throw_bad_alloc() { cortico::testing::Stop("allocation"); }
void __throw_bad_array_new_length() { cortico::testing::Stop("allocation"); }
}  // namespace std

int main() { return cortico::testing::Main(); }

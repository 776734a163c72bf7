#include "boards/runner/job.h"

#include <algorithm>

#include "runtime/platform/platform.h"
#include "runtime/platform/semihosting.h"

namespace cortico::runner {

namespace semihosting = platform::semihosting;

Line& Line::operator<<(std::string_view text) {
  const size_t count = std::min(text.size(), sizeof(text_) - size_);
  std::copy_n(text.data(), count, text_ + size_);
  size_ += count;
  return *this;
}

Line& Line::operator<<(uint64_t number) {
  char digits[20];
  size_t at = sizeof(digits);
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return *this << std::string_view(digits + at, sizeof(digits) - at);
}

void FailJob(std::string_view what, std::string_view name) {
  Line line;
  line << "CORTICO ERROR job " << what << name;
  platform::Log(line.text());
  platform::Halt(kExitJob);
}

Words::Words() {
  static char text[1024];
  if (!semihosting::CommandLine(text, sizeof(text))) FailJob("the command line is too long");
  line_ = text;
}

std::string_view Words::Get(std::string_view key) const {
  return semihosting::Argument(line_, key);
}

std::string_view Words::Need(std::string_view key) const {
  const std::string_view value = Get(key);
  if (value.empty()) FailJob(key, " is missing");
  return value;
}

uint32_t Words::Number(std::string_view key) const {
  uint32_t number = 0;
  for (char c : Get(key)) {
    if (c < '0' || c > '9' || number > (UINT32_MAX - 9) / 10) FailJob(key, " is no number");
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  return number;
}

File::File(std::string_view name, bool write) : name_(name), handle_(-1) {
  char path[256];
  if (name.size() < sizeof(path)) {
    *std::copy(name.begin(), name.end(), path) = '\0';
    handle_ = semihosting::Open(path, write ? semihosting::Mode::kWrite : semihosting::Mode::kRead);
  }
  if (handle_ < 0) FailJob("cannot open ", name);
}

File File::ForReading(std::string_view name) { return {name, false}; }
File File::ForWriting(std::string_view name) { return {name, true}; }

uint32_t File::Size() const {
  const int32_t size = semihosting::Length(handle_);
  if (size < 0) FailJob("cannot read ", name_);
  return static_cast<uint32_t>(size);
}

void File::Read(void* to, size_t size) const {
  if (size != 0 && semihosting::Read(handle_, to, size) != size) FailJob("too short: ", name_);
}

void File::Write(const void* from, size_t size) const {
  if (size != 0 && !semihosting::Write(handle_, from, size)) FailJob("cannot write ", name_);
}

void File::Close() const {
  if (!semihosting::Close(handle_)) FailJob("cannot write ", name_);
}

Memory::Memory() {
  for (size_t i = 0; i < kMaxFreeBanks; ++i) {
    banks_[i] = board::FreeBank(i);
    banks_[i].size &= ~size_t{15};
  }
}

board::Bank* Memory::Biggest() {
  return std::max_element(
      banks_, banks_ + kMaxFreeBanks,
      [](const board::Bank& a, const board::Bank& b) { return a.size < b.size; });
}

Span<uint8_t> Memory::Take(size_t size, std::string_view what) {
  board::Bank* const bank = Biggest();
  if (bank->size < size) FailJob("the board has no memory left for ", what);
  bank->size -= (size + 15) & ~size_t{15};
  return {bank->base + bank->size, size};
}

Span<uint8_t> Memory::TakeRest() {
  board::Bank* const bank = Biggest();
  const Span<uint8_t> rest(bank->base, bank->size);
  bank->size = 0;
  return rest;
}

}  // namespace cortico::runner

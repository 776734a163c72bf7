// What the kernels' properties are written with: a case drawn from a short tape of numbers, memory
// with red zones, and a verdict. On the host RapidCheck makes the tapes and shortens those that fail
// (property_test.cc); on a board they come from seeds (board_test.cc). One seed is one case on all of
// them. No gtest, and no C++ library beyond std::vector.
//
// A property draws one case, computes the reference once, and runs every variant and every entry
// point that accepts the case.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"
#include "kernels/testing/reference.h"

#if defined(__SANITIZE_ADDRESS__)
#define CORTICO_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORTICO_ASAN 1
#endif
#endif
#ifndef CORTICO_ASAN
#define CORTICO_ASAN 0
#endif

namespace cortico::testing {

// xorshift32 behind a mix of the seed, so that neighbours differ.
class Bits {
 public:
  explicit Bits(uint32_t seed) : state_((seed ^ seed >> 16) * 0x45d9f3bu + 0x9e3779b9u) {
    if (state_ == 0) state_ = 1;
    for (int i = 0; i < 4; ++i) Next();
  }
  uint32_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }
  int Int(int low, int high) {
    return low + static_cast<int>((uint64_t{Next()} * (int64_t{high} - low + 1)) >> 32);
  }

 private:
  uint32_t state_;
};

inline constexpr int kTapeLength = 48;
using Tape = std::array<uint32_t, kTapeLength>;

inline Tape MakeTape(uint32_t seed) {
  Bits bits(seed);
  Tape tape;
  for (uint32_t& number : tape) number = bits.Next();
  return tape;
}

// Choices of one case. A smaller number on the tape is a simpler choice; after its end all are 0.
class Draw {
 public:
  explicit Draw(const Tape& tape) : tape_(tape) {}

  int Int(int low, int high) {
    const uint32_t number = next_ < kTapeLength ? tape_[next_++] : 0;
    return low + static_cast<int>((uint64_t{number} * (int64_t{high} - low + 1)) >> 32);
  }
  bool Chance(int percent) { return Int(0, 99) >= 100 - percent; }
  // The simplest first.
  int Pick(std::initializer_list<int> values) {
    return values.begin()[Int(0, static_cast<int>(values.size()) - 1)];
  }
  Bits Seed() { return Bits(static_cast<uint32_t>(Int(0, INT32_MAX - 1))); }

  // A tenth of the tensors are all extremes: the largest sums the shape can have.
  std::vector<int8_t> Bytes(int64_t size) {
    Bits bits = Seed();
    const bool extreme = bits.Int(1, 10) == 1;
    std::vector<int8_t> values(static_cast<size_t>(size));
    for (int8_t& value : values) {
      value = static_cast<int8_t>(extreme ? (bits.Next() & 1 ? 127 : -128) : bits.Int(-128, 127));
    }
    return values;
  }
  std::vector<int32_t> Ints(int64_t size, int low, int high) {
    Bits bits = Seed();
    std::vector<int32_t> values(static_cast<size_t>(size));
    for (int32_t& value : values) value = bits.Int(low, high);
    return values;
  }
  std::vector<int32_t> Multipliers(int64_t size) {
    constexpr int32_t kOdd[] = {0, 1, -1, 1 << 30, -(1 << 30), INT32_MAX, -INT32_MAX};
    Bits bits = Seed();
    const bool odd = bits.Int(1, 3) == 1;
    std::vector<int32_t> values(static_cast<size_t>(size));
    for (int32_t& value : values) {
      value = odd && bits.Int(1, 4) == 1 ? kOdd[bits.Int(0, 6)] : bits.Int(1 << 30, INT32_MAX);
    }
    return values;
  }
  std::vector<int32_t> Shifts(int64_t size) {
    constexpr int32_t kOdd[] = {-31, -30, 0, 1, 10, 30};
    Bits bits = Seed();
    const bool odd = bits.Int(1, 3) == 1;
    const int low = bits.Int(1, 3) == 1 ? -15 : -8;
    std::vector<int32_t> values(static_cast<size_t>(size));
    for (int32_t& value : values) {
      value = odd && bits.Int(1, 4) == 1 ? kOdd[bits.Int(0, 5)] : bits.Int(low, 0);
    }
    return values;
  }
  int32_t Multiplier() { return Multipliers(1)[0]; }
  int32_t Shift() { return Shifts(1)[0]; }
  reference::Range Range() {
    if (!Chance(40)) return {};
    const int low = Int(-128, 127);
    return {low, Int(low, 127)};
  }
  int InputOffset() { return Chance(40) ? Pick({0, 128, -127}) : Int(-127, 128); }
  int OutputOffset() { return Chance(40) ? Pick({0, -128, 127}) : Int(-128, 127); }

 private:
  Tape tape_;
  int next_ = 0;
};

// Elements of one byte at a chosen distance from a 16-byte boundary, wider ones at it, between red
// zones. Under ASan there are none: it watches both ends itself, reads too, if the memory ends where
// the elements do.
template <typename T>
class Guarded {
 public:
  Guarded(int64_t size, int misalignment, T value = {})
      : size_(static_cast<size_t>(size) * sizeof(T)),
        front_(kZone + (sizeof(T) == 1 ? static_cast<size_t>(misalignment) : 0)),
        memory_(new uint8_t[front_ + size_ + kZone]) {
    for (size_t i = 0; i < front_ + size_ + kZone; ++i) memory_[i] = kMark;
    for (int64_t i = 0; i < size; ++i) data()[i] = value;
  }
  Guarded(const std::vector<T>& values, int misalignment)
      : Guarded(static_cast<int64_t>(values.size()), misalignment) {
    for (size_t i = 0; i < values.size(); ++i) data()[i] = values[i];
  }
  ~Guarded() { delete[] memory_; }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  T* data() const { return reinterpret_cast<T*>(memory_ + front_); }
  int64_t size() const { return static_cast<int64_t>(size_ / sizeof(T)); }
  bool Intact() const {
    for (size_t i = 0; i < front_; ++i) {
      if (memory_[i] != kMark) return false;
    }
    for (size_t i = front_ + size_; i < front_ + size_ + kZone; ++i) {
      if (memory_[i] != kMark) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kZone = CORTICO_ASAN ? 0 : 64;
  static constexpr uint8_t kMark = 0x5a;
  size_t size_;
  size_t front_;
  uint8_t* memory_;
};

// Scratch of exactly `size` bytes; a null buffer for 0. kNotRead: a buffer that is there, of no
// bytes, for functions that say they do not read it.
class Scratch {
 public:
  static constexpr int32_t kNotRead = -1;
  explicit Scratch(int32_t size)
      : memory_(size == kNotRead ? 0 : size, 0, kRubbish),
        context_{size == 0 ? nullptr : memory_.data(), size} {}
  const cmsis_nn_context* context() const { return &context_; }
  bool Intact() const { return memory_.Intact(); }

 private:
  static constexpr int8_t kRubbish = 0x3c;
  Guarded<int8_t> memory_;
  cmsis_nn_context context_;
};

// The first thing that is wrong.
struct Verdict {
  const char* function = nullptr;
  const char* what = nullptr;  // null: nothing is
  int64_t index = 0;
  int64_t got = 0;
  int64_t expected = 0;

  bool good() const { return what == nullptr; }

  void Expect(bool holds, const char* name, const char* otherwise) {
    if (holds || !good()) return;
    function = name;
    what = otherwise;
  }
  template <typename T>
  void Equal(const T* actual, const std::vector<T>& reference, const char* name) {
    for (size_t i = 0; i < reference.size() && good(); ++i) {
      if (actual[i] == reference[i]) continue;
      function = name;
      what = "output";
      index = static_cast<int64_t>(i);
      got = actual[i];
      expected = reference[i];
    }
  }
  void Success(arm_cmsis_nn_status status, const char* name) {
    Expect(status == ARM_CMSIS_NN_SUCCESS, name, "status");
  }
};

inline cmsis_nn_dims Dims(const reference::Shape& shape) {
  return {shape.n, shape.h, shape.w, shape.c};
}
inline cmsis_nn_activation Activation(reference::Range range) { return {range.min, range.max}; }

// One output more or less than a window that slides over `size` gives, or any number.
inline int Outputs(Draw& draw, int size, int pad, int taps, int dilation, int stride) {
  const int span = dilation * (taps - 1) + 1;
  const int natural = size + 2 * pad >= span ? (size + 2 * pad - span) / stride + 1 : 0;
  return draw.Chance(25) ? draw.Int(0, 7) : natural;
}

// Cuts the output, and the batch of both, until the reference's loops are short: there are tens of
// thousands of cases of each function, under sanitizers.
inline void Limit(reference::Shape& input, reference::Shape& output, int64_t macs_per_element,
                  int64_t most = 8000) {
  const auto too_many = [&] { return output.size() * macs_per_element > most; };
  while (too_many() && output.h > 1) --output.h;
  while (too_many() && output.w > 5) --output.w;
  while (too_many() && output.n > 1) --output.n;
  input.n = output.n;
}

// A property by name; see properties.inc.
struct Property {
  const char* name;
  void (*run)(Draw&, Verdict&);
};

#define CORTICO_PROPERTY(name) void name(Draw& draw, Verdict& verdict);
#include "kernels/testing/properties.inc"
#undef CORTICO_PROPERTY

inline constexpr Property kProperties[] = {
#define CORTICO_PROPERTY(name) {#name, name},
#include "kernels/testing/properties.inc"
#undef CORTICO_PROPERTY
};

}  // namespace cortico::testing

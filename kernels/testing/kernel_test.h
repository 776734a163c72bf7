// What the kernel tests share: seeded randomness, memory with red zones, conversions from the
// reference's structs to Arm's.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "arm_nnfunctions.h"
#include "kernels/testing/reference.h"

namespace cortico::testing {

// Fixed seeds: a failure names its case, and the same case comes again in the next run.
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}

  // Own arithmetic: the standard's distributions differ between libraries.
  int Int(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<uint32_t>(high - low + 1));
  }
  bool Chance(int percent) { return Int(1, 100) <= percent; }
  template <typename T>
  T Pick(std::initializer_list<T> values) {
    return values.begin()[Int(0, static_cast<int>(values.size()) - 1)];
  }
  std::vector<int8_t> Bytes(int64_t size) {
    std::vector<int8_t> values(size);
    // A tenth of the vectors are all extremes: the largest sums the shape can have.
    const bool extreme = Chance(10);
    for (int8_t& value : values) {
      value = static_cast<int8_t>(extreme ? Pick({-128, 127}) : Int(-128, 127));
    }
    return values;
  }
  std::vector<int32_t> Ints(int64_t size, int low, int high) {
    std::vector<int32_t> values(size);
    for (int32_t& value : values) value = Int(low, high);
    return values;
  }
  int32_t Multiplier() {
    return Chance(10) ? Pick<int32_t>({1, 1 << 30, INT32_MAX, 0}) : Int(1 << 30, INT32_MAX);
  }
  int32_t Shift() { return Chance(10) ? Pick<int32_t>({-31, -30, 0, 1, 10, 30}) : Int(-12, 0); }
  reference::Range Range() {
    if (Chance(60)) return {};
    const int low = Int(-128, 127);
    return {low, Int(low, 127)};
  }
  int InputOffset() { return Chance(20) ? Pick({-127, 128, 0}) : Int(-127, 128); }
  int OutputOffset() { return Chance(20) ? Pick({-128, 127, 0}) : Int(-128, 127); }

 private:
  std::mt19937 engine_;
};

// Elements between red zones, at an odd address when of one byte. Intact() tells whether a kernel
// wrote past either end.
template <typename T>
class Guarded {
 public:
  explicit Guarded(int64_t size, T value = {}) : memory_(size + 2 * kZone, kMark) {
    for (int64_t i = 0; i < size; ++i) memory_[kZone + i] = value;
  }
  explicit Guarded(const std::vector<T>& values) : Guarded(static_cast<int64_t>(values.size())) {
    std::copy(values.begin(), values.end(), memory_.begin() + kZone);
  }
  T* data() { return memory_.data() + kZone; }
  std::vector<T> values() const { return {memory_.begin() + kZone, memory_.end() - kZone}; }
  bool Intact() const {
    for (int i = 0; i < kZone; ++i) {
      if (memory_[i] != kMark || memory_[memory_.size() - 1 - i] != kMark) return false;
    }
    return true;
  }

 private:
  static constexpr int kZone = sizeof(T) == 1 ? 33 : 8;
  static constexpr T kMark = static_cast<T>(0x5a5a5a5a);
  std::vector<T> memory_;
};

inline cmsis_nn_dims Dims(const reference::Shape& shape) {
  return {shape.n, shape.h, shape.w, shape.c};
}
inline cmsis_nn_activation Activation(reference::Range range) { return {range.min, range.max}; }

// Scratch of exactly the size Arm's function names, with red zones. A null buffer for none.
class Scratch {
 public:
  explicit Scratch(int32_t size) : memory_((size + 3) / 4), context_{memory_.data(), size} {
    if (size == 0) context_.buf = nullptr;
  }
  const cmsis_nn_context* context() const { return &context_; }
  bool Intact() const { return memory_.Intact(); }

 private:
  Guarded<int32_t> memory_;
  cmsis_nn_context context_;
};

}  // namespace cortico::testing

// Addition in TensorFlow Lite's scheme, for cores without the DSP extension: an input is an int8
// and an offset, times 2^20, times a multiplier that is at most one half.
#pragma once

#include <cstdint>

#include "kernels/common/requantize.h"

namespace cortico::kernels {

inline constexpr int32_t kScaledAddLeftShift = 20;

// What an input contributes. Its 41 bits are the result of two products of 32: with v the input and
// its offset, m the multiplier,
//
//   floor((v * m * 2^20 + 2^30) / 2^31) =
//       v * (m / 2^16) * 2^5 + floor((v * (m % 2^16) + 2^10) / 2^11)
//
// to which the rounding of the shift is added before the last floor. Since m is not negative, the
// sign of v does for that of the product.
class ScaledInput {
 public:
  // False if the scale is another one.
  bool Set(int32_t offset, int32_t multiplier, int32_t shift) {
    // One half is exact: twice as much and shifted by one, the rounding finds nothing to round.
    const bool half = multiplier == 1 << 30 && shift == 0;
    if (!half && (multiplier < 0 || shift > -1 || shift < -18)) return false;
    offset_ = offset;
    high_ = (multiplier >> 16) * (half ? 1 << 6 : 1 << 5);
    low_ = multiplier & 0xffff;
    shift_ = half ? 1 : -shift;
    rounding_ = (1 << 10) + (1 << (shift_ - 1)) * (1 << 11);
    return true;
  }

  int32_t operator()(int32_t x) const {
    const int32_t v = x + offset_;
    return (v * high_ + ((v * low_ + rounding_) >> 11) + (v >> 31)) >> shift_;
  }

 private:
  int32_t offset_;
  int32_t high_;
  int32_t low_;
  int32_t rounding_;
  int32_t shift_;
};

struct ScaledAdd {
  ScaledInput input_1;
  ScaledInput input_2;
  int32_t low;
  int32_t high;
};

// output = clamp(sum(a + b)): sum brings the two, which have 29 bits, to the output's scale and
// offset. What they are waits on the stack in between, because there are not the registers for all
// three scales at once.
template <typename ScaledSum>
void AddInChunks(ScaledAdd add, ScaledSum scaled_sum, const int8_t* input_1,
                 const int8_t* input_2, int8_t* output, int32_t size) {
  constexpr int32_t kChunk = 32;
  while (size > 0) {
    const int32_t chunk = size < kChunk ? size : kChunk;
    int32_t sums[kChunk];
    for (int32_t i = 0; i < chunk; ++i) sums[i] = add.input_1(input_1[i]);
    for (int32_t i = 0; i < chunk; ++i) sums[i] += add.input_2(input_2[i]);
    for (int32_t i = 0; i < chunk; ++i) {
      output[i] = static_cast<int8_t>(Clamp(scaled_sum(sums[i]), add.low, add.high));
    }
    input_1 += chunk;
    input_2 += chunk;
    output += chunk;
    size -= chunk;
  }
}

}  // namespace cortico::kernels

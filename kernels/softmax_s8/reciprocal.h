// 1 / (1 + x) in fixed point, as gemmlowp computes it. Qm.n has m integer and n fractional bits
// beside the sign.
#pragma once

#include "kernels/common/requantize.h"

namespace cortico::kernels::softmax {

inline constexpr int32_t kOne = INT32_MAX;  // 1 in Q0.31, as near as there is
inline constexpr int kSumBits = 12;         // the sum of exponentials is Q12.19

inline int32_t SaturatingShiftLeft(int32_t x, int32_t left) {
  const int32_t limit = INT32_MAX >> left;
  if (x > limit) return INT32_MAX;
  if (x < -limit) return INT32_MIN;
  return ShiftLeft(x, left);
}

// For x in [0, 1), both Q0.31: Newton's method for half of the denominator, in Q2.29.
inline int32_t OneOverOnePlus(int32_t x) {
  const int32_t half = static_cast<int32_t>((int64_t{x} + kOne + 1) / 2);
  constexpr int32_t k48Over17 = 1515870810;
  constexpr int32_t kMinus32Over17 = -1010580540;
  int32_t y = k48Over17 + DoublingHighMultiply(half, kMinus32Over17);
  for (int i = 0; i < 3; ++i) {
    const int32_t error = (1 << 29) - DoublingHighMultiply(half, y);
    y += SaturatingShiftLeft(DoublingHighMultiply(y, error), 2);
  }
  return SaturatingShiftLeft(y, 1);
}

}  // namespace cortico::kernels::softmax

// Plain C++, without a table or scratch: each exponential is computed twice, once for the sum and
// once for the quotient. Fixed point as in gemmlowp, which TensorFlow Lite's integer softmax is
// defined by. Qm.n has m integer and n fractional bits beside the sign.
#include "kernels/common/requantize.h"
#include "kernels/softmax_s8/reciprocal.h"
#include "kernels/softmax_s8/softmax_s8.h"

namespace cortico::kernels {
namespace {

using softmax::kOne;
using softmax::kSumBits;

// exp(x) for x <= 0. x is Q5.26, the result Q0.31.
//
// x = r - k / 4 with r in [-1/4, 0): exp(r) by a polynomial around -1/8, then a factor
// exp(-2^i / 4) for each bit i of k.
int32_t ExpOfNegative(int32_t x) {
  if (x == 0) return kOne;
  constexpr int32_t kQuarter = 1 << 24;
  const int32_t r = (x & (kQuarter - 1)) - kQuarter;
  const uint32_t quarters = static_cast<uint32_t>(r - x) >> 24;

  const int32_t t = ShiftLeft(r, 5) + (1 << 28);  // r + 1/8 in Q0.31
  const int32_t t2 = DoublingHighMultiply(t, t);
  const int32_t t3 = DoublingHighMultiply(t2, t);
  const int32_t t4 = DoublingHighMultiply(t2, t2);
  // exp(-1/8) * (1 + t + ((t^4 / 4 + t^3) / 3 + t^2) / 2)
  constexpr int32_t kExpMinusEighth = 1895147668;
  constexpr int32_t kThird = 715827883;
  const int32_t cubic =
      DoublingHighMultiply(RoundingDivideByPowerOfTwo(t4, 2) + t3, kThird);
  int32_t result =
      kExpMinusEighth +
      DoublingHighMultiply(kExpMinusEighth, t + RoundingDivideByPowerOfTwo(cubic + t2, 1));

  // exp(-1/4), exp(-1/2), exp(-1), ... exp(-16) in Q0.31.
  static constexpr int32_t kFactors[] = {1672461947, 1302514674, 790015084, 290630308,
                                         39332535,   720401,     242};
  for (int i = 0; i < 7; ++i) {
    if ((quarters >> i) & 1) result = DoublingHighMultiply(result, kFactors[i]);
  }
  return result;
}

}  // namespace

void softmax_s8_scalar(const int8_t* input, int32_t rows, int32_t row_size, int32_t multiplier,
                       int32_t shift, int32_t diff_min, int8_t* output) {
  for (int32_t row = 0; row < rows; ++row, input += row_size, output += row_size) {
    int32_t largest = -128;
    for (int32_t i = 0; i < row_size; ++i) {
      if (input[i] > largest) largest = input[i];
    }
    int32_t sum = 0;
    int32_t scale = 0;
    int32_t scale_shift = 0;
    // First round: the sum; second round: the outputs.
    for (int round = 0; round < 2; ++round) {
      for (int32_t i = 0; i < row_size; ++i) {
        const int32_t difference = input[i] - largest;
        int32_t value = 0;
        if (difference >= diff_min) {
          value = ExpOfNegative(DoublingHighMultiply(ShiftLeft(difference, shift), multiplier));
        }
        if (round == 0) {
          sum += RoundingDivideByPowerOfTwo(value, kSumBits);
        } else {
          // Beyond 31 bits even the largest product is less than half a step.
          value = scale_shift > 31 ? 0
                                   : RoundingDivideByPowerOfTwo(
                                         DoublingHighMultiply(scale, value), scale_shift);
          output[i] = ToOutput(value, -128, -128, 127);
        }
      }
      if (sum == 0) break;  // an empty row
      // sum = (1 + fraction) * 2^(kSumBits - headroom)
      const int32_t headroom = __builtin_clz(static_cast<uint32_t>(sum));
      const uint32_t fraction = (static_cast<uint32_t>(sum) << headroom) - (uint32_t{1} << 31);
      scale = softmax::OneOverOnePlus(static_cast<int32_t>(fraction));
      scale_shift = kSumBits - headroom + 31 - 8;
    }
  }
}

}  // namespace cortico::kernels

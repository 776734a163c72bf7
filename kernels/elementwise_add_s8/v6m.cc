// v6-M: no product needs 64 bits. An input element has 9 bits with its offset, and the rescaled sum
// of two stays below 2^30, so that two and four 32-bit products give the rounded ones exactly.
#include "kernels/elementwise_add_s8/elementwise_add_s8.h"
#include "kernels/isa/v6m.h"

namespace cortico::kernels {
namespace {

// Requantize(x * 2^left_shift, multiplier, shift) for |x| <= 255. With r = 31 - left_shift and
// m = high * 2^r + low, floor((x m + 2^(r-1)) / 2^r) = x high + floor((x low + 2^(r-1)) / 2^r).
struct InputScale {
  int32_t offset;
  int32_t low;
  int32_t high;
  int32_t rounding;
  int32_t bits;            // r
  int32_t final_rounding;  // half of 2^exponent, rounded down
  int32_t tie;             // all ones if ties go away from zero: if there is a final shift
  int32_t exponent;
};

bool HasInputScale(int32_t offset, int32_t multiplier, int32_t shift) {
  return offset >= -127 && offset <= 128 && multiplier >= 0 && shift <= 0 && shift >= -20;
}

InputScale MakeInputScale(int32_t offset, int32_t multiplier, int32_t shift, int32_t left_shift) {
  InputScale scale;
  scale.offset = offset;
  scale.bits = 31 - left_shift;
  scale.low = multiplier & ((1 << scale.bits) - 1);
  scale.high = multiplier >> scale.bits;
  scale.rounding = 1 << (scale.bits - 1);
  scale.exponent = -shift;
  scale.final_rounding = (1 << scale.exponent) >> 1;
  scale.tie = shift < 0 ? -1 : 0;
  return scale;
}

inline int32_t Rescale(int32_t x, const InputScale& scale) {
  x += scale.offset;
  int32_t y = ((x * scale.low + scale.rounding) >> scale.bits) + x * scale.high;
  y += ((x >> 31) & scale.tie) + scale.final_rounding;
  return y >> scale.exponent;
}

}  // namespace

arm_cmsis_nn_status elementwise_add_s8_v6m(
    const int8_t* input_1, const int8_t* input_2, int32_t offset_1, int32_t multiplier_1,
    int32_t shift_1, int32_t offset_2, int32_t multiplier_2, int32_t shift_2, int32_t left_shift,
    int8_t* output, int32_t out_offset, int32_t out_multiplier, int32_t out_shift, int32_t low,
    int32_t high, int32_t size) {
  // The sum is below 510 * 2^left_shift, and x * low below 2^(8 + 31 - left_shift).
  if (left_shift < 8 || left_shift > 21 || !HasInputScale(offset_1, multiplier_1, shift_1) ||
      !HasInputScale(offset_2, multiplier_2, shift_2) ||
      !v6m::HasScale(out_multiplier, out_shift, out_offset)) {
    return elementwise_add_s8_scalar(input_1, input_2, offset_1, multiplier_1, shift_1, offset_2,
                                     multiplier_2, shift_2, left_shift, output, out_offset,
                                     out_multiplier, out_shift, low, high, size);
  }
  const InputScale scale_1 = MakeInputScale(offset_1, multiplier_1, shift_1, left_shift);
  const InputScale scale_2 = MakeInputScale(offset_2, multiplier_2, shift_2, left_shift);
  const v6m::Scale out_scale = v6m::MakeScale(out_multiplier, out_shift, out_offset);
  for (int32_t i = 0; i < size; ++i) {
    const int32_t sum = Rescale(input_1[i], scale_1) + Rescale(input_2[i], scale_2);
    output[i] = static_cast<int8_t>(Clamp(v6m::Requantize(sum, out_scale), low, high));
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

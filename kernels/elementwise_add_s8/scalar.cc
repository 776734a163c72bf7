// Plain C++. In TensorFlow Lite's scheme an input is an int8 and an offset, times 2^20, times a
// multiplier that is at most one half: 41 bits, which two products of 32 bits make.
#include "kernels/common/requantize.h"
#include "kernels/elementwise_add_s8/elementwise_add_s8.h"

namespace cortico::kernels {
namespace {

constexpr int32_t kLeftShift = 20;

// requantize((x + offset) * 2^20), for a shift to the right; with v = x + offset, m = multiplier
//
//   floor((v * m * 2^20 + 2^30) / 2^31) =
//       v * (m / 2^16) * 2^5 + floor((v * (m % 2^16) + 2^10) / 2^11)
//
// to which the rounding of the shift is added before the last floor.
class Input {
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

}  // namespace

arm_cmsis_nn_status elementwise_add_s8_scalar(
    const int8_t* input_1, const int8_t* input_2, int32_t offset_1, int32_t multiplier_1,
    int32_t shift_1, int32_t offset_2, int32_t multiplier_2, int32_t shift_2, int32_t left_shift,
    int8_t* output, int32_t out_offset, int32_t out_multiplier, int32_t out_shift, int32_t low,
    int32_t high, int32_t size) {
  Input a;
  Input b;
  if (left_shift == kLeftShift && a.Set(offset_1, multiplier_1, shift_1) &&
      b.Set(offset_2, multiplier_2, shift_2) && out_shift < 0 && out_shift >= -22) {
    // The sum has 29 bits.
    const int32_t shift = -out_shift;
    const int32_t rounding = out_offset * (1 << shift) + (1 << (shift - 1));
    for (int32_t i = 0; i < size; ++i) {
      const int32_t sum = DoublingHighMultiply(a(input_1[i]) + b(input_2[i]), out_multiplier);
      output[i] = static_cast<int8_t>(Clamp((sum + rounding + (sum >> 31)) >> shift, low, high));
    }
    return ARM_CMSIS_NN_SUCCESS;
  }
  for (int32_t i = 0; i < size; ++i) {
    const int32_t x =
        Requantize(ShiftLeft(input_1[i] + offset_1, left_shift), multiplier_1, shift_1);
    const int32_t y =
        Requantize(ShiftLeft(input_2[i] + offset_2, left_shift), multiplier_2, shift_2);
    output[i] = ToOutput(Requantize(x + y, out_multiplier, out_shift), out_offset, low, high);
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

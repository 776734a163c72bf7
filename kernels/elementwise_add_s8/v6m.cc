// v6-M: no product is longer than 32 bits, so that of the sum is made of halves. The plain variant
// has what is not TensorFlow Lite's scheme.
#include "kernels/elementwise_add_s8/elementwise_add_s8.h"
#include "kernels/elementwise_add_s8/scaled_add.h"

namespace cortico::kernels {
namespace {

// requantize(x) plus the output offset, for |x| < 2^30, a multiplier of at least 0 and a shift to
// the right. With x and the multiplier m in halves,
//
//   x * m + 2^30 = 2^32 * xh * mh + 2^16 * (xl * mh + xh * ml + 2^14) + xl * ml
//
// is rounded down to multiples of 2^31 in steps, lower products first. The middle ones are kept
// positive by 2^30, which the rounding term makes good.
class ScaledSum {
 public:
  bool Set(int32_t multiplier, int32_t shift, int32_t offset) {
    if (multiplier < 0 || shift > -1 || shift < -22) return false;
    low_ = static_cast<uint32_t>(multiplier) & 0xffff;
    high_ = static_cast<uint32_t>(multiplier) >> 16;
    shift_ = -shift;
    rounding_ = offset * (1 << shift_) + (1 << (shift_ - 1)) - (1 << 15);
    return true;
  }

  int32_t operator()(int32_t x) const {
    const uint32_t x_low = static_cast<uint16_t>(x);
    const uint32_t x_high = static_cast<uint32_t>(x >> 16);
    uint32_t y = x_low * low_ >> 16;
    y += x_low * high_ + x_high * low_ + ((1u << 30) + (1u << 14));
    y = (y >> 15) + 2 * (x_high * high_) + static_cast<uint32_t>(x >> 31);
    return (static_cast<int32_t>(y) + rounding_) >> shift_;
  }

 private:
  uint32_t low_;
  uint32_t high_;
  int32_t rounding_;
  int32_t shift_;
};

}  // namespace

arm_cmsis_nn_status elementwise_add_s8_v6m(
    const int8_t* input_1, const int8_t* input_2, int32_t offset_1, int32_t multiplier_1,
    int32_t shift_1, int32_t offset_2, int32_t multiplier_2, int32_t shift_2, int32_t left_shift,
    int8_t* output, int32_t out_offset, int32_t out_multiplier, int32_t out_shift, int32_t low,
    int32_t high, int32_t size) {
  ScaledAdd add;
  add.low = low;
  add.high = high;
  ScaledSum sum;
  if (left_shift == kScaledAddLeftShift &&
      add.input_1.Set(offset_1, multiplier_1, shift_1) &&
      add.input_2.Set(offset_2, multiplier_2, shift_2) &&
      sum.Set(out_multiplier, out_shift, out_offset)) {
    AddInChunks(add, sum, input_1, input_2, output, size);
    return ARM_CMSIS_NN_SUCCESS;
  }
  return elementwise_add_s8_scalar(input_1, input_2, offset_1, multiplier_1, shift_1, offset_2,
                                   multiplier_2, shift_2, left_shift, output, out_offset,
                                   out_multiplier, out_shift, low, high, size);
}

}  // namespace cortico::kernels

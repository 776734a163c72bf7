// DSP extension: TensorFlow Lite's scheme, in which the input of the larger scale is halved and
// therefore exact, the other one rounded; 13 instructions an element. (A table for each input would
// make that 10, in 2 KB that the function is not given.) The variant for v7-M has the rest.
#include "kernels/elementwise_add_s8/elementwise_add_s8.h"
#include "kernels/isa/dsp_elementwise.h"

namespace cortico::kernels {
namespace {

bool IsHalf(int32_t multiplier, int32_t shift) { return multiplier == 1 << 30 && shift == 0; }

// The tile's roundings are right for these.
bool IsRounded(int32_t multiplier, int32_t shift) {
  return multiplier >= 0 && shift <= -1 && shift >= -22;
}

}  // namespace

arm_cmsis_nn_status elementwise_add_s8_dsp(
    const int8_t* input_1, const int8_t* input_2, int32_t offset_1, int32_t multiplier_1,
    int32_t shift_1, int32_t offset_2, int32_t multiplier_2, int32_t shift_2, int32_t left_shift,
    int8_t* output, int32_t out_offset, int32_t out_multiplier, int32_t out_shift, int32_t low,
    int32_t high, int32_t size) {
  if (!IsHalf(multiplier_1, shift_1) && IsHalf(multiplier_2, shift_2)) {
    return elementwise_add_s8_dsp(input_2, input_1, offset_2, multiplier_2, shift_2, offset_1,
                                  multiplier_1, shift_1, left_shift, output, out_offset,
                                  out_multiplier, out_shift, low, high, size);
  }
  int32_t done = 0;
  if (left_shift == dsp::Sum::kLeftShift && IsHalf(multiplier_1, shift_1) &&
      IsRounded(multiplier_2, shift_2) && IsRounded(out_multiplier, out_shift)) {
    const dsp::Sum sum = {
        offset_1 * (1 << 20),
        offset_2 * (1 << 21),
        multiplier_2,
        1 << (-shift_2 - 1),
        -shift_2,
        out_multiplier,
        out_offset * (1 << -out_shift) + (1 << (-out_shift - 1)),
        -out_shift,
    };
    done = size & ~3;
    if (done > 0) dsp::Add(sum, input_1, input_2, output, done);
    if (low > -128 || high < 127) dsp::ClampBytes(output, done, low, high);
  }
  return elementwise_add_s8_v7m(input_1 + done, input_2 + done, offset_1, multiplier_1, shift_1,
                                offset_2, multiplier_2, shift_2, left_shift, output + done,
                                out_offset, out_multiplier, out_shift, low, high, size - done);
}

}  // namespace cortico::kernels

// DSP extension: the requantization of a doubled product in three instructions. The plain variant
// has scales that are not to the right.
#include "kernels/elementwise_mul_s8/elementwise_mul_s8.h"
#include "kernels/isa/dsp_elementwise.h"

namespace cortico::kernels {

arm_cmsis_nn_status elementwise_mul_s8_dsp(const int8_t* input_1, const int8_t* input_2,
                                           int32_t offset_1, int32_t offset_2, int8_t* output,
                                           int32_t out_offset, int32_t out_multiplier,
                                           int32_t out_shift, int32_t low, int32_t high,
                                           int32_t size) {
  const int32_t shift = -out_shift;
  if (out_multiplier < 0 || shift < 1 || shift > 22) {
    return elementwise_mul_s8_scalar(input_1, input_2, offset_1, offset_2, output, out_offset,
                                     out_multiplier, out_shift, low, high, size);
  }
  const int32_t rounding = out_offset * (1 << shift) + (1 << (shift - 1));
  const int32_t twice_offset = 2 * offset_1;
  for (int32_t i = 0; i < size; ++i) {
    const int32_t twice = (2 * input_1[i] + twice_offset) * (input_2[i] + offset_2);
    const int32_t value =
        dsp::Smmlar(twice, out_multiplier, rounding + (twice >> 31)) >> shift;
    output[i] = static_cast<int8_t>(dsp::Ssat8(value));
  }
  if (low > -128 || high < 127) dsp::ClampBytes(output, size, low, high);
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

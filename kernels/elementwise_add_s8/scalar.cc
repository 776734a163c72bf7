#include "kernels/common/requantize.h"
#include "kernels/elementwise_add_s8/elementwise_add_s8.h"

namespace cortico::kernels {

arm_cmsis_nn_status elementwise_add_s8_scalar(
    const int8_t* input_1, const int8_t* input_2, int32_t offset_1, int32_t multiplier_1,
    int32_t shift_1, int32_t offset_2, int32_t multiplier_2, int32_t shift_2, int32_t left_shift,
    int8_t* output, int32_t out_offset, int32_t out_multiplier, int32_t out_shift, int32_t low,
    int32_t high, int32_t size) {
  for (int32_t i = 0; i < size; ++i) {
    const int32_t a =
        Requantize(ShiftLeft(input_1[i] + offset_1, left_shift), multiplier_1, shift_1);
    const int32_t b =
        Requantize(ShiftLeft(input_2[i] + offset_2, left_shift), multiplier_2, shift_2);
    const int32_t sum = Requantize(a + b, out_multiplier, out_shift);
    output[i] = ToOutput(sum, out_offset, low, high);
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

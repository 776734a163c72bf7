#include "kernels/common/requantize.h"
#include "kernels/elementwise_mul_s8/elementwise_mul_s8.h"

namespace cortico::kernels {

arm_cmsis_nn_status elementwise_mul_s8_scalar(const int8_t* input_1, const int8_t* input_2,
                                              int32_t offset_1, int32_t offset_2, int8_t* output,
                                              int32_t out_offset, int32_t out_multiplier,
                                              int32_t out_shift, int32_t low, int32_t high,
                                              int32_t size) {
  for (int32_t i = 0; i < size; ++i) {
    const int32_t product = (input_1[i] + offset_1) * (input_2[i] + offset_2);
    const int32_t scaled = Requantize(product, out_multiplier, out_shift);
    output[i] = ToOutput(scaled, out_offset, low, high);
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

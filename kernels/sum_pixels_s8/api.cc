#include "kernels/sum_pixels_s8/sum_pixels_s8.h"

extern "C" arm_cmsis_nn_status cortico_sum_pixels_s8(
    const cmsis_nn_dims* input_dims, const int8_t* input_data, int32_t start,
    const cmsis_nn_per_tensor_quant_params* quant_params, int32_t output_offset,
    int8_t* output_data) {
  constexpr auto* run = cortico::kernels::Select(cortico::kernels::kSumPixelsS8);
  return run(input_dims, input_data, start, quant_params, output_offset, output_data);
}

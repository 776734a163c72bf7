#include "kernels/transpose_s8/transpose_s8.h"

extern "C" arm_cmsis_nn_status arm_transpose_s8(const int8_t* input_data, int8_t* output_data,
                                                const cmsis_nn_dims* input_dims,
                                                const cmsis_nn_dims* output_dims,
                                                const cmsis_nn_transpose_params* transpose_params) {
  constexpr auto* run = cortico::kernels::Select(cortico::kernels::kTransposeS8);
  const int32_t axes = transpose_params->num_dims;
  if (axes < 1 || axes > 4) return ARM_CMSIS_NN_ARG_ERROR;
  uint32_t seen = 0;
  for (int32_t i = 0; i < axes; ++i) {
    const uint32_t axis = transpose_params->permutations[i];
    if (axis >= static_cast<uint32_t>(axes)) return ARM_CMSIS_NN_ARG_ERROR;
    seen |= 1u << axis;
  }
  if (seen + 1 != 1u << axes) return ARM_CMSIS_NN_ARG_ERROR;
  return run(input_data, output_data, input_dims, output_dims, transpose_params);
}

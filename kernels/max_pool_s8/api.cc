#include "kernels/max_pool_s8/max_pool_s8.h"

extern "C" arm_cmsis_nn_status arm_max_pool_s8(const cmsis_nn_context* ctx,
                                               const cmsis_nn_pool_params* pool_params,
                                               const cmsis_nn_dims* input_dims,
                                               const int8_t* input_data,
                                               const cmsis_nn_dims* filter_dims,
                                               const cmsis_nn_dims* output_dims,
                                               int8_t* output_data) {
  constexpr auto* run = cortico::kernels::Select(cortico::kernels::kMaxPoolS8);
  if (input_dims->n < 1) return ARM_CMSIS_NN_ARG_ERROR;
  return run(ctx, pool_params, input_dims, input_data, filter_dims, output_dims, output_data);
}

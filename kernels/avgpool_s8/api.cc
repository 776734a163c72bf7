#include "kernels/avgpool_s8/avgpool_s8.h"

namespace {

// Windows move one way only: if the first and the last of an axis have an element, all have.
bool NoneEmpty(int32_t outputs, int32_t stride, int32_t padding, int32_t taps, int32_t size) {
  return outputs < 1 ||
         (taps > 0 && taps > padding && (outputs - 1) * stride - padding < size && size > 0);
}

}  // namespace

extern "C" arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context* ctx,
                                              const cmsis_nn_pool_params* pool_params,
                                              const cmsis_nn_dims* input_dims,
                                              const int8_t* input_data,
                                              const cmsis_nn_dims* filter_dims,
                                              const cmsis_nn_dims* output_dims,
                                              int8_t* output_data) {
  constexpr auto* run = cortico::kernels::Select(cortico::kernels::kAvgpoolS8);
  if (input_dims->n < 1 ||
      (cortico::kernels::kIsa == cortico::kernels::Isa::kDsp && ctx->buf == nullptr &&
       input_dims->c > 0) ||
      !NoneEmpty(output_dims->h, pool_params->stride.h, pool_params->padding.h, filter_dims->h,
                 input_dims->h) ||
      !NoneEmpty(output_dims->w, pool_params->stride.w, pool_params->padding.w, filter_dims->w,
                 input_dims->w)) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  return run(ctx, pool_params, input_dims, input_data, filter_dims, output_dims, output_data);
}

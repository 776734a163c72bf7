// Arm's entry points for transposed convolution: argument checks, then the one variant.
#include "kernels/transpose_conv_s8/transpose_conv_s8.h"

namespace {

constexpr auto* kRun = cortico::kernels::Select(cortico::kernels::kTransposeConvS8);

}  // namespace

extern "C" {

arm_cmsis_nn_status arm_transpose_conv_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_context* output_ctx,
    const cmsis_nn_transpose_conv_params* transpose_conv_params,
    const cmsis_nn_per_channel_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* bias_dims, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data) {
  if (ctx->buf == nullptr) return ARM_CMSIS_NN_ARG_ERROR;
  return kRun(ctx, output_ctx, transpose_conv_params, quant_params, input_dims, input_data,
              filter_dims, filter_data, bias_dims, bias_data, output_dims, output_data);
}

arm_cmsis_nn_status arm_transpose_conv_wrapper_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_context* reverse_conv_ctx,
    const cmsis_nn_transpose_conv_params* transpose_conv_params,
    const cmsis_nn_per_channel_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* bias_dims, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data) {
  if (ctx->buf == nullptr ||
      (arm_transpose_conv_s8_get_reverse_conv_buffer_size(transpose_conv_params, input_dims,
                                                          filter_dims) > 0 &&
       reverse_conv_ctx->buf == nullptr)) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  return kRun(ctx, reverse_conv_ctx, transpose_conv_params, quant_params, input_dims, input_data,
              filter_dims, filter_data, bias_dims, bias_data, output_dims, output_data);
}

}  // extern "C"

// Arm's entry points for depthwise convolution: argument checks, then the one variant that serves
// them all.
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"

namespace {

using cortico::kernels::Isa;
using cortico::kernels::kIsa;

constexpr auto* kRun = cortico::kernels::Select(cortico::kernels::kDepthwiseConvS8);

bool Is3x3(const cmsis_nn_dw_conv_params* params, const cmsis_nn_dims* filter_dims) {
  return filter_dims->w == 3 && filter_dims->h == 3 && params->padding.w <= 1;
}

// What arm_depthwise_conv_s8 does, with scratch for the variants that gain by it.
arm_cmsis_nn_status CheckAndRun(const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* params,
                                const cmsis_nn_per_channel_quant_params* quant_params,
                                const cmsis_nn_dims* input_dims, const int8_t* input,
                                const cmsis_nn_dims* filter_dims, const int8_t* filter,
                                const cmsis_nn_dims* bias_dims, const int32_t* bias,
                                const cmsis_nn_dims* output_dims, int8_t* output) {
  if (input_dims->c * params->ch_mult != output_dims->c || params->dilation.w < 1 ||
      params->dilation.h < 1) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  return kRun(ctx, params, quant_params, input_dims, input, filter_dims, filter, bias_dims, bias,
              output_dims, output);
}

}  // namespace

extern "C" {

arm_cmsis_nn_status arm_depthwise_conv_s8(const cmsis_nn_context*,
                                          const cmsis_nn_dw_conv_params* dw_conv_params,
                                          const cmsis_nn_per_channel_quant_params* quant_params,
                                          const cmsis_nn_dims* input_dims,
                                          const int8_t* input_data,
                                          const cmsis_nn_dims* filter_dims,
                                          const int8_t* filter_data,
                                          const cmsis_nn_dims* bias_dims,
                                          const int32_t* bias_data,
                                          const cmsis_nn_dims* output_dims, int8_t* output_data) {
  const cmsis_nn_context none = {nullptr, 0};
  return CheckAndRun(&none, dw_conv_params, quant_params, input_dims, input_data, filter_dims,
                     filter_data, bias_dims, bias_data, output_dims, output_data);
}

arm_cmsis_nn_status arm_depthwise_conv_s8_opt(const cmsis_nn_context* ctx,
                                              const cmsis_nn_dw_conv_params* dw_conv_params,
                                              const cmsis_nn_per_channel_quant_params* quant_params,
                                              const cmsis_nn_dims* input_dims,
                                              const int8_t* input_data,
                                              const cmsis_nn_dims* filter_dims,
                                              const int8_t* filter_data,
                                              const cmsis_nn_dims* bias_dims,
                                              const int32_t* bias_data,
                                              const cmsis_nn_dims* output_dims,
                                              int8_t* output_data) {
  if (input_dims->c != output_dims->c ||
      (ctx->buf == nullptr &&
       arm_depthwise_conv_s8_opt_get_buffer_size(input_dims, filter_dims) > 0)) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  return CheckAndRun(ctx, dw_conv_params, quant_params, input_dims, input_data, filter_dims,
                     filter_data, bias_dims, bias_data, output_dims, output_data);
}

arm_cmsis_nn_status arm_depthwise_conv_3x3_s8(const cmsis_nn_context* ctx,
                                              const cmsis_nn_dw_conv_params* dw_conv_params,
                                              const cmsis_nn_per_channel_quant_params* quant_params,
                                              const cmsis_nn_dims* input_dims,
                                              const int8_t* input_data,
                                              const cmsis_nn_dims* filter_dims,
                                              const int8_t* filter_data,
                                              const cmsis_nn_dims* bias_dims,
                                              const int32_t* bias_data,
                                              const cmsis_nn_dims* output_dims,
                                              int8_t* output_data) {
  if (input_dims->c != output_dims->c || !Is3x3(dw_conv_params, filter_dims)) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  return arm_depthwise_conv_s8(ctx, dw_conv_params, quant_params, input_dims, input_data,
                               filter_dims, filter_data, bias_dims, bias_data, output_dims,
                               output_data);
}

arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* dw_conv_params,
    const cmsis_nn_per_channel_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* bias_dims, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data) {
  if (ctx->buf == nullptr && kIsa != Isa::kScalar) {
    const bool one_to_one = dw_conv_params->ch_mult == 1 && input_dims->n == 1 &&
                            dw_conv_params->dilation.w == 1 && dw_conv_params->dilation.h == 1;
    const bool needs_scratch =
        kIsa == Isa::kMve ? one_to_one || (input_dims->c == 1 && output_dims->c > 1)
                          : one_to_one && !(Is3x3(dw_conv_params, filter_dims) &&
                                            dw_conv_params->padding.h <= 1);
    if (needs_scratch) return ARM_CMSIS_NN_ARG_ERROR;
  }
  return CheckAndRun(ctx, dw_conv_params, quant_params, input_dims, input_data, filter_dims,
                     filter_data, bias_dims, bias_data, output_dims, output_data);
}

}  // extern "C"

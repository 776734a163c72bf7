// Arm's entry points for convolution: argument checks, then the one variant that serves them all.
#include "kernels/convolve_s8/convolve_s8.h"

namespace {

constexpr auto* kRun = cortico::kernels::Select(cortico::kernels::kConvolveS8);

bool IsFactor(const cmsis_nn_dims* upscale_dims) {
  return (upscale_dims->h == 1 || upscale_dims->h == 2) &&
         (upscale_dims->w == 1 || upscale_dims->w == 2);
}

bool GroupsFit(const cmsis_nn_dims* input_dims, const cmsis_nn_dims* filter_dims,
               const cmsis_nn_dims* output_dims) {
  if (filter_dims->c == input_dims->c) return true;
  if (filter_dims->c < 1 || filter_dims->c > input_dims->c) return false;
  const int32_t groups = input_dims->c / filter_dims->c;
  return groups * filter_dims->c == input_dims->c && output_dims->c % groups == 0;
}

bool IsPlain1x1(const cmsis_nn_conv_params* params, const cmsis_nn_dims* filter_dims) {
  return filter_dims->w == 1 && filter_dims->h == 1 && params->padding.w == 0 &&
         params->padding.h == 0;
}

}  // namespace

extern "C" {

arm_cmsis_nn_status arm_convolve_s8(const cmsis_nn_context* ctx,
                                    const cmsis_nn_conv_params* conv_params,
                                    const cmsis_nn_per_channel_quant_params* quant_params,
                                    const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                    const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
                                    const cmsis_nn_dims* bias_dims, const int32_t* bias_data,
                                    const cmsis_nn_dims* upscale_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output_data) {
  if (ctx->buf == nullptr || conv_params->dilation.w < 1 || conv_params->dilation.h < 1 ||
      !GroupsFit(input_dims, filter_dims, output_dims) ||
      (upscale_dims != nullptr && !IsFactor(upscale_dims))) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  return kRun(ctx, conv_params, quant_params, input_dims, input_data, filter_dims, filter_data,
              bias_dims, bias_data, upscale_dims, output_dims, output_data);
}

arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context* ctx,
                                            const cmsis_nn_conv_params* conv_params,
                                            const cmsis_nn_per_channel_quant_params* quant_params,
                                            const cmsis_nn_dims* input_dims,
                                            const int8_t* input_data,
                                            const cmsis_nn_dims* filter_dims,
                                            const int8_t* filter_data,
                                            const cmsis_nn_dims* bias_dims,
                                            const int32_t* bias_data,
                                            const cmsis_nn_dims* output_dims,
                                            int8_t* output_data) {
  const bool needs_scratch = !IsPlain1x1(conv_params, filter_dims) ||
                             conv_params->dilation.w != 1 || conv_params->dilation.h != 1 ||
                             filter_dims->c != input_dims->c;
  if ((needs_scratch && ctx->buf == nullptr) || conv_params->dilation.w < 1 ||
      conv_params->dilation.h < 1 || !GroupsFit(input_dims, filter_dims, output_dims)) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  return kRun(ctx, conv_params, quant_params, input_dims, input_data, filter_dims, filter_data,
              bias_dims, bias_data, nullptr, output_dims, output_data);
}

arm_cmsis_nn_status arm_convolve_1x1_s8(const cmsis_nn_context* ctx,
                                        const cmsis_nn_conv_params* conv_params,
                                        const cmsis_nn_per_channel_quant_params* quant_params,
                                        const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                        const cmsis_nn_dims* filter_dims,
                                        const int8_t* filter_data,
                                        const cmsis_nn_dims* bias_dims, const int32_t* bias_data,
                                        const cmsis_nn_dims* output_dims, int8_t* output_data) {
  if (!IsPlain1x1(conv_params, filter_dims) || filter_dims->c != input_dims->c) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  return kRun(ctx, conv_params, quant_params, input_dims, input_data, filter_dims, filter_data,
              bias_dims, bias_data, nullptr, output_dims, output_data);
}

arm_cmsis_nn_status arm_convolve_1x1_s8_fast(const cmsis_nn_context* ctx,
                                             const cmsis_nn_conv_params* conv_params,
                                             const cmsis_nn_per_channel_quant_params* quant_params,
                                             const cmsis_nn_dims* input_dims,
                                             const int8_t* input_data,
                                             const cmsis_nn_dims* filter_dims,
                                             const int8_t* filter_data,
                                             const cmsis_nn_dims* bias_dims,
                                             const int32_t* bias_data,
                                             const cmsis_nn_dims* output_dims,
                                             int8_t* output_data) {
  if (conv_params->stride.w != 1 || conv_params->stride.h != 1) return ARM_CMSIS_NN_ARG_ERROR;
  return arm_convolve_1x1_s8(ctx, conv_params, quant_params, input_dims, input_data, filter_dims,
                             filter_data, bias_dims, bias_data, output_dims, output_data);
}

arm_cmsis_nn_status arm_convolve_1_x_n_s8(const cmsis_nn_context* ctx,
                                          const cmsis_nn_conv_params* conv_params,
                                          const cmsis_nn_per_channel_quant_params* quant_params,
                                          const cmsis_nn_dims* input_dims,
                                          const int8_t* input_data,
                                          const cmsis_nn_dims* filter_dims,
                                          const int8_t* filter_data,
                                          const cmsis_nn_dims* bias_dims,
                                          const int32_t* bias_data,
                                          const cmsis_nn_dims* output_dims, int8_t* output_data) {
  if (ctx->buf == nullptr || input_dims->h != 1 || filter_dims->h != 1 ||
      filter_dims->c != input_dims->c || conv_params->dilation.w != 1 ||
      conv_params->stride.w == 0 || conv_params->stride.w * input_dims->c % 4 != 0) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  return kRun(ctx, conv_params, quant_params, input_dims, input_data, filter_dims, filter_data,
              bias_dims, bias_data, nullptr, output_dims, output_data);
}

}  // extern "C"

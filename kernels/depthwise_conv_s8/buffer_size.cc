// Arm's scratch sizes for depthwise convolution. They describe Arm's kernels; ours stay within
// them.
#include "kernels/common/variants.h"
#include "arm_nnfunctions.h"

namespace {

using cortico::kernels::Isa;
using cortico::kernels::kIsa;

// Channels that Arm's MVE kernel takes at a time.
constexpr int32_t kMveBlock = 124;

bool IsOneToOne(const cmsis_nn_dw_conv_params* params, const cmsis_nn_dims* input_dims,
                const cmsis_nn_dims* output_dims) {
  return input_dims->c == output_dims->c && input_dims->n == 1 && params->dilation.w == 1 &&
         params->dilation.h == 1;
}

// One input channel and many output channels is an ordinary convolution on MVE, with a copy of the
// weights in the other order.
int32_t AsConvolutionMve(const cmsis_nn_dw_conv_params* params, const cmsis_nn_dims* input_dims,
                         const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* output_dims) {
  const cmsis_nn_dims filter = {filter_dims->c, filter_dims->h, filter_dims->w, filter_dims->n};
  const cmsis_nn_conv_params conv = {params->input_offset, params->output_offset,
                                     params->stride,       params->padding,
                                     params->dilation,     params->activation};
  return arm_convolve_wrapper_s8_get_buffer_size_mve(&conv, input_dims, &filter, output_dims) +
         filter.n * filter.h * filter.w * filter.c;
}

}  // namespace

extern "C" {

int32_t arm_depthwise_conv_s8_opt_get_buffer_size_mve(const cmsis_nn_dims*,
                                                      const cmsis_nn_dims* filter_dims) {
  return 4 * kMveBlock * filter_dims->w * filter_dims->h;
}

int32_t arm_depthwise_conv_s8_opt_get_buffer_size_dsp(const cmsis_nn_dims* input_dims,
                                                      const cmsis_nn_dims* filter_dims) {
  return input_dims->c * filter_dims->w * filter_dims->h * static_cast<int32_t>(sizeof(int16_t));
}

int32_t arm_depthwise_conv_s8_opt_get_buffer_size(const cmsis_nn_dims* input_dims,
                                                  const cmsis_nn_dims* filter_dims) {
  if (kIsa == Isa::kMve) {
    return arm_depthwise_conv_s8_opt_get_buffer_size_mve(input_dims, filter_dims);
  }
  if (kIsa == Isa::kDsp) {
    return arm_depthwise_conv_s8_opt_get_buffer_size_dsp(input_dims, filter_dims);
  }
  return 0;
}

int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size_mve(
    const cmsis_nn_dw_conv_params* dw_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* output_dims) {
  int32_t size = 0;
  if (IsOneToOne(dw_conv_params, input_dims, output_dims)) {
    size = arm_depthwise_conv_s8_opt_get_buffer_size_mve(input_dims, filter_dims);
  }
  if (input_dims->c == 1 && output_dims->c > 1) {
    const int32_t as_convolution =
        AsConvolutionMve(dw_conv_params, input_dims, filter_dims, output_dims);
    if (as_convolution > size) size = as_convolution;
  }
  return size;
}

int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size_dsp(
    const cmsis_nn_dw_conv_params* dw_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* output_dims) {
  if (!IsOneToOne(dw_conv_params, input_dims, output_dims)) return 0;
  const bool is_3x3 = filter_dims->w == 3 && filter_dims->h == 3 &&
                      dw_conv_params->padding.h <= 1 && dw_conv_params->padding.w <= 1;
  return is_3x3 ? 0 : arm_depthwise_conv_s8_opt_get_buffer_size_dsp(input_dims, filter_dims);
}

int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size(const cmsis_nn_dw_conv_params* dw_conv_params,
                                                      const cmsis_nn_dims* input_dims,
                                                      const cmsis_nn_dims* filter_dims,
                                                      const cmsis_nn_dims* output_dims) {
  if (kIsa == Isa::kMve) {
    return arm_depthwise_conv_wrapper_s8_get_buffer_size_mve(dw_conv_params, input_dims,
                                                             filter_dims, output_dims);
  }
  if (kIsa == Isa::kDsp) {
    return arm_depthwise_conv_wrapper_s8_get_buffer_size_dsp(dw_conv_params, input_dims,
                                                             filter_dims, output_dims);
  }
  return 0;
}

}  // extern "C"

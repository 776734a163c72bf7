// Arm's scratch sizes for convolution. They describe Arm's kernels; ours stay within them.
//
// For groups, release 7.0.0 answers with the size of an ungrouped 1x1 or one-row convolution
// although its wrapper then calls arm_convolve_s8, which needs more. Later versions, and the
// functions ExecuTorch ships, answer with what is needed; so does this.
#include "kernels/common/variants.h"
#include "arm_nnfunctions.h"

namespace {

int32_t Max(int32_t a, int32_t b) { return a > b ? a : b; }

// DSP and scalar: two columns of the im2col matrix, widened to int16, in whole groups of four.
int32_t Im2colDsp(const cmsis_nn_dims* input_dims, const cmsis_nn_dims* filter_dims) {
  const int32_t column = filter_dims->w * filter_dims->h * input_dims->c;
  return 2 * ((column + 3) / 4 * 4) * static_cast<int32_t>(sizeof(int16_t));
}

// MVE: four columns of int8, in whole vectors of 16.
int32_t Im2colMve(const cmsis_nn_dims* input_dims, const cmsis_nn_dims* filter_dims) {
  const int32_t column = filter_dims->w * filter_dims->h * input_dims->c;
  return 4 * ((column + 15) / 16 * 16);
}

// MVE, one row: the padded ends of the row only, if every output is either left, right or free of
// padding.
int32_t OneRowMve(const cmsis_nn_conv_params* conv_params, const cmsis_nn_dims* input_dims,
                  const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* output_dims) {
  const int32_t stride = conv_params->stride.w;
  const int32_t pad = conv_params->padding.w;
  const int32_t taps = filter_dims->w;
  const int32_t channels = input_dims->c;
  const int32_t extra = ((output_dims->w - 1) * stride + taps - input_dims->w) % 2;

  const int32_t left = pad != 0 ? Max(1, (pad + stride - 1) / stride) : 0;
  const int32_t right = pad + extra != 0 ? Max(1, (pad + extra + stride - 1) / stride) : 0;
  const int32_t middle = Max(output_dims->w - left - right, 0);
  if (left + middle + right != output_dims->w) return Im2colMve(input_dims, filter_dims);

  const int32_t right_padding = extra != 0 ? right : pad;
  return channels * Max(taps + pad, taps - 1 + right_padding);
}

template <typename General, typename OneRow>
int32_t WrapperSize(const cmsis_nn_conv_params* conv_params, const cmsis_nn_dims* input_dims,
                    const cmsis_nn_dims* filter_dims, General general, OneRow one_row) {
  if (filter_dims->c != input_dims->c) return general();
  if (filter_dims->w == 1 && filter_dims->h == 1 && conv_params->padding.w == 0 &&
      conv_params->padding.h == 0 && conv_params->dilation.w == 1 &&
      conv_params->dilation.h == 1) {
    return 0;
  }
  if (input_dims->h == 1 && filter_dims->h == 1 && conv_params->dilation.w == 1 &&
      conv_params->stride.w * input_dims->c % 4 == 0) {
    return one_row();
  }
  return general();
}

constexpr bool kMve = cortico::kernels::kIsa == cortico::kernels::Isa::kMve;

}  // namespace

extern "C" {

int32_t arm_convolve_s8_get_buffer_size(const cmsis_nn_dims* input_dims,
                                        const cmsis_nn_dims* filter_dims) {
  return kMve ? Im2colMve(input_dims, filter_dims) : Im2colDsp(input_dims, filter_dims);
}

int32_t arm_convolve_1x1_s8_fast_get_buffer_size(const cmsis_nn_dims*) { return 0; }

int32_t arm_convolve_1_x_n_s8_get_buffer_size(const cmsis_nn_conv_params* conv_params,
                                              const cmsis_nn_dims* input_dims,
                                              const cmsis_nn_dims* filter_dims,
                                              const cmsis_nn_dims* output_dims) {
  return kMve ? OneRowMve(conv_params, input_dims, filter_dims, output_dims)
              : Im2colDsp(input_dims, filter_dims);
}

int32_t arm_convolve_wrapper_s8_get_buffer_size_mve(const cmsis_nn_conv_params* conv_params,
                                                    const cmsis_nn_dims* input_dims,
                                                    const cmsis_nn_dims* filter_dims,
                                                    const cmsis_nn_dims* output_dims) {
  return WrapperSize(
      conv_params, input_dims, filter_dims, [&] { return Im2colMve(input_dims, filter_dims); },
      [&] { return OneRowMve(conv_params, input_dims, filter_dims, output_dims); });
}

int32_t arm_convolve_wrapper_s8_get_buffer_size_dsp(const cmsis_nn_conv_params* conv_params,
                                                    const cmsis_nn_dims* input_dims,
                                                    const cmsis_nn_dims* filter_dims,
                                                    const cmsis_nn_dims*) {
  const auto im2col = [&] { return Im2colDsp(input_dims, filter_dims); };
  return WrapperSize(conv_params, input_dims, filter_dims, im2col, im2col);
}

int32_t arm_convolve_wrapper_s8_get_buffer_size(const cmsis_nn_conv_params* conv_params,
                                                const cmsis_nn_dims* input_dims,
                                                const cmsis_nn_dims* filter_dims,
                                                const cmsis_nn_dims* output_dims) {
  return (kMve ? arm_convolve_wrapper_s8_get_buffer_size_mve
               : arm_convolve_wrapper_s8_get_buffer_size_dsp)(conv_params, input_dims, filter_dims,
                                                              output_dims);
}

}  // extern "C"

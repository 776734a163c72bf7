// Arm's scratch sizes for transposed convolution. They describe Arm's kernels; ours stay within
// them. Release 7.0.0 declares a `_dsp` and a `_mve` form but defines neither; the `_mve` form here
// is that of the versions after it, and other families have the bare one in theirs.
#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace {

int32_t Max(int32_t a, int32_t b) { return a > b ? a : b; }

// Many input channels and small strides go through an ordinary convolution of the upscaled input
// with the filter turned round.
bool IsReverse(const cmsis_nn_transpose_conv_params* params, const cmsis_nn_dims* input_dims) {
  return params->stride.w <= 2 && params->stride.h <= 2 && input_dims->c > 16;
}

// The rows of sums that overlap.
int32_t RowSums(const cmsis_nn_transpose_conv_params* params, const cmsis_nn_dims* input_dims,
                const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* out_dims) {
  // stride.h in the width is Arm's.
  const int32_t row = ((input_dims->w - 1) * params->stride.w +
                       Max(filter_dims->w, params->stride.h)) *
                      out_dims->c;
  return row * Max(filter_dims->h, params->stride.h) * static_cast<int32_t>(sizeof(int32_t));
}

}  // namespace

extern "C" {

int32_t arm_transpose_conv_s8_get_buffer_size_mve(
    const cmsis_nn_transpose_conv_params* transpose_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* out_dims) {
  if (!IsReverse(transpose_conv_params, input_dims)) {
    return RowSums(transpose_conv_params, input_dims, filter_dims, out_dims);
  }
  const int32_t column = filter_dims->w * filter_dims->h * input_dims->c;
  return 4 * ((column + 15) / 16 * 16);
}

int32_t arm_transpose_conv_s8_get_buffer_size(
    const cmsis_nn_transpose_conv_params* transpose_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* out_dims) {
  return IsReverse(transpose_conv_params, input_dims)
             ? arm_convolve_s8_get_buffer_size(input_dims, filter_dims)
             : RowSums(transpose_conv_params, input_dims, filter_dims, out_dims);
}

int32_t arm_transpose_conv_s8_get_reverse_conv_buffer_size(
    const cmsis_nn_transpose_conv_params* transpose_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims) {
  return IsReverse(transpose_conv_params, input_dims)
             ? input_dims->c * filter_dims->w * filter_dims->h * filter_dims->n
             : 0;
}

}  // extern "C"

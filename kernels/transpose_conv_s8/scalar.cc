// Plain C++: each output gathers what reaches it, so no row of sums is needed. Along an axis the
// taps that meet an input are every stride-th one, and the input goes back by one for each.
#include "kernels/common/requantize.h"
#include "kernels/transpose_conv_s8/transpose_conv_s8.h"

namespace cortico::kernels {
namespace {

// Taps first, first + stride, ... below taps meet inputs position, position - 1, ... down to 0.
struct Reach {
  int32_t tap;
  int32_t position;
};

// For the output `out` places after the beginning of the padding.
Reach FirstReach(int32_t out, int32_t stride, int32_t size) {
  Reach reach = {out % stride, out / stride};
  if (reach.position >= size) {
    reach.tap += (reach.position - size + 1) * stride;
    reach.position = size - 1;
  }
  return reach;
}

}  // namespace

arm_cmsis_nn_status transpose_conv_s8_scalar(
    const cmsis_nn_context*, const cmsis_nn_context*, const cmsis_nn_transpose_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims*, const int32_t* bias, const cmsis_nn_dims* output_dims, int8_t* output) {
  const int32_t channels = input_dims->c;
  const int32_t row_pitch = input_dims->w * channels;
  const int32_t filter_row = filter_dims->w * channels;
  const int32_t stride_x = params->stride.w;
  const int32_t stride_y = params->stride.h;
  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t out_y = 0; out_y < output_dims->h; ++out_y) {
      const Reach y = FirstReach(out_y + params->padding.h, stride_y, input_dims->h);
      for (int32_t out_x = 0; out_x < output_dims->w; ++out_x) {
        const Reach x = FirstReach(out_x + params->padding.w, stride_x, input_dims->w);
        for (int32_t channel = 0; channel < output_dims->c; ++channel) {
          const int8_t* weights = filter + channel * filter_dims->h * filter_row;
          int32_t sum = bias != nullptr ? bias[channel] : 0;
          int32_t in_y = y.position;
          for (int32_t ky = y.tap; ky < filter_dims->h && in_y >= 0; ky += stride_y, --in_y) {
            int32_t in_x = x.position;
            for (int32_t kx = x.tap; kx < filter_dims->w && in_x >= 0; kx += stride_x, --in_x) {
              const int8_t* in = input + in_y * row_pitch + in_x * channels;
              const int8_t* w = weights + ky * filter_row + kx * channels;
              for (const int8_t* end = in + channels; in != end; ++in, ++w) {
                sum += (*in + params->input_offset) * *w;
              }
            }
          }
          sum = Requantize(sum, quant->multiplier[channel], quant->shift[channel]);
          *output++ = ToOutput(sum, params->output_offset, params->activation.min,
                               params->activation.max);
        }
      }
    }
    input += input_dims->h * row_pitch;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

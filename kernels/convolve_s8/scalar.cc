// Plain C++: one output pixel at a time, two output channels at a time, so that each input element
// is loaded and offset once for two products. The window is clipped per pixel; what is left of a
// kernel row is one contiguous run of taps times channels whenever nothing lies between the taps.
#include "kernels/common/requantize.h"
#include "kernels/common/window.h"
#include "kernels/convolve_s8/convolve_s8.h"

namespace cortico::kernels {

arm_cmsis_nn_status convolve_s8_scalar(const cmsis_nn_context*, const cmsis_nn_conv_params* params,
                                       const cmsis_nn_per_channel_quant_params* quant,
                                       const cmsis_nn_dims* input_dims, const int8_t* input,
                                       const cmsis_nn_dims* filter_dims, const int8_t* filter,
                                       const cmsis_nn_dims*, const int32_t* bias,
                                       const cmsis_nn_dims* upscale_dims,
                                       const cmsis_nn_dims* output_dims, int8_t* output) {
  // Upscaling by 2 as a shift: a position that is odd is one of the zeros in between.
  const int32_t up_y = upscale_dims != nullptr && upscale_dims->h == 2 ? 1 : 0;
  const int32_t up_x = upscale_dims != nullptr && upscale_dims->w == 2 ? 1 : 0;
  const int32_t in_channels = input_dims->c;
  const int32_t tap_channels = filter_dims->c;
  const int32_t row_pitch = (input_dims->w >> up_x) * in_channels;
  const int32_t filter_row = filter_dims->w * tap_channels;
  const int32_t filter_size = filter_dims->h * filter_row;
  const int32_t out_channels = output_dims->c;
  const int32_t group_channels =
      tap_channels == in_channels ? out_channels : out_channels / (in_channels / tap_channels);
  const int32_t input_offset = params->input_offset;
  const bool contiguous =
      tap_channels == in_channels && params->dilation.w == 1 && up_x == 0;

  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t out_y = 0; out_y < output_dims->h; ++out_y) {
      const int32_t base_y = out_y * params->stride.h - params->padding.h;
      const Taps y = ClipTaps(base_y, params->dilation.h, filter_dims->h, input_dims->h);
      for (int32_t out_x = 0; out_x < output_dims->w; ++out_x) {
        const int32_t base_x = out_x * params->stride.w - params->padding.w;
        const Taps x = ClipTaps(base_x, params->dilation.w, filter_dims->w, input_dims->w);
        const int32_t taps_per_run = contiguous ? x.end - x.begin : 1;
        const int32_t run = taps_per_run * tap_channels;

        const int8_t* group_input = input;
        int32_t left_in_group = group_channels;
        for (int32_t channel = 0; channel < out_channels;) {
          const int8_t* weights = filter + channel * filter_size;
          // The odd channel at the end of a group is computed twice rather than coded twice.
          const int32_t step = left_in_group > 1 ? 2 : 1;
          const int32_t second = (step - 1) * filter_size;
          int32_t sum_0 = 0;
          int32_t sum_1 = 0;
          for (int32_t ky = y.begin; ky < y.end; ++ky) {
            const int32_t in_y = base_y + ky * params->dilation.h;
            if (in_y & up_y) continue;
            for (int32_t kx = x.begin; kx < x.end; kx += taps_per_run) {
              const int32_t in_x = base_x + kx * params->dilation.w;
              if (in_x & up_x) continue;
              const int8_t* in =
                  group_input + (in_y >> up_y) * row_pitch + (in_x >> up_x) * in_channels;
              const int8_t* w = weights + ky * filter_row + kx * tap_channels;
              for (const int8_t* end = in + run; in != end; ++in, ++w) {
                const int32_t value = *in + input_offset;
                sum_0 += value * w[0];
                sum_1 += value * w[second];
              }
            }
          }
          for (int32_t i = 0; i < step; ++i) {
            int32_t sum = i == 0 ? sum_0 : sum_1;
            if (bias != nullptr) sum += bias[channel];
            sum = Requantize(sum, quant->multiplier[channel], quant->shift[channel]);
            *output++ = ToOutput(sum, params->output_offset, params->activation.min,
                                 params->activation.max);
            ++channel;
          }
          left_in_group -= step;
          if (left_in_group == 0) {
            left_in_group = group_channels;
            group_input += tap_channels;
          }
        }
      }
    }
    input += (input_dims->h >> up_y) * row_pitch;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

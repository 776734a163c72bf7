// Plain C++: up to four output channels at a time, with their sums in registers while the clipped
// window is walked. With ch_mult 1 neighbouring outputs read neighbouring inputs, so all channels
// are one sequence; otherwise the outputs of one input channel are a sequence over the same input.
#include "kernels/common/requantize.h"
#include "kernels/common/window.h"
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"

namespace cortico::kernels {
namespace {

struct Window {
  const int8_t* input;   // channel 0 of the first tap inside
  const int8_t* filter;  // likewise
  int32_t rows;
  int32_t columns;
  int32_t input_row_step;  // from the end of a row of taps to the beginning of the next
  int32_t input_step;
  int32_t filter_row_step;
  int32_t filter_step;
  int32_t input_offset;
};

// sums[i] = sum over the window for channel i of the filter and channel i * input_stride of the
// input, both counted from the given channels.
template <int lanes>
inline void Accumulate(const Window& window, int32_t input_channel, int32_t input_stride,
                       int32_t channel, int32_t* results) {
  int32_t sums[lanes] = {};  // not results: the compiler would keep that in memory
  const int8_t* in = window.input + input_channel;
  const int8_t* w = window.filter + channel;
  for (int32_t y = window.rows; y > 0; --y) {
    for (int32_t x = window.columns; x > 0; --x) {
#pragma GCC unroll 4  // at -O2 gcc keeps the loop, and with it the sums in memory
      for (int i = 0; i < lanes; ++i) {
        sums[i] += (in[i * input_stride] + window.input_offset) * w[i];
      }
      in += window.input_step;
      w += window.filter_step;
    }
    in += window.input_row_step;
    w += window.filter_row_step;
  }
  for (int i = 0; i < lanes; ++i) results[i] = sums[i];
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_scalar(
    const cmsis_nn_context*, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims*, const int32_t* bias, const cmsis_nn_dims* output_dims, int8_t* output) {
  const int32_t in_channels = input_dims->c;
  const int32_t out_channels = output_dims->c;
  const int32_t input_row = input_dims->w * in_channels;
  const int32_t filter_row = filter_dims->w * out_channels;
  const bool one_to_one = params->ch_mult == 1;
  const int32_t input_stride = one_to_one ? 1 : 0;
  const int32_t sequence = one_to_one ? out_channels : params->ch_mult;

  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t out_y = 0; out_y < output_dims->h; ++out_y) {
      const int32_t base_y = out_y * params->stride.h - params->padding.h;
      const Taps y = ClipTaps(base_y, params->dilation.h, filter_dims->h, input_dims->h);
      for (int32_t out_x = 0; out_x < output_dims->w; ++out_x) {
        const int32_t base_x = out_x * params->stride.w - params->padding.w;
        const Taps x = ClipTaps(base_x, params->dilation.w, filter_dims->w, input_dims->w);
        Window window = {};
        window.rows = y.end - y.begin;
        window.columns = x.end - x.begin;
        if (window.rows > 0 && window.columns > 0) {
          window.input = input + (base_y + y.begin * params->dilation.h) * input_row +
                         (base_x + x.begin * params->dilation.w) * in_channels;
          window.filter = filter + y.begin * filter_row + x.begin * out_channels;
        } else {
          window.rows = 0;
          window.input = input;
          window.filter = filter;
        }
        window.input_step = params->dilation.w * in_channels;
        window.input_row_step =
            params->dilation.h * input_row - window.columns * window.input_step;
        window.filter_step = out_channels;
        window.filter_row_step = filter_row - window.columns * out_channels;
        window.input_offset = params->input_offset;

        int32_t input_channel = 0;
        int32_t left = sequence;
        for (int32_t channel = 0; channel < out_channels;) {
          int32_t sums[4];
          int32_t lanes = 4;
          if (left >= 4) {
            Accumulate<4>(window, input_channel, input_stride, channel, sums);
          } else {
            lanes = 1;
            Accumulate<1>(window, input_channel, input_stride, channel, sums);
          }
          for (int32_t i = 0; i < lanes; ++i, ++channel) {
            int32_t sum = sums[i];
            if (bias != nullptr) sum += bias[channel];
            sum = Requantize(sum, quant->multiplier[channel], quant->shift[channel]);
            *output++ = ToOutput(sum, params->output_offset, params->activation.min,
                                 params->activation.max);
          }
          input_channel += lanes * input_stride;
          left -= lanes;
          if (left == 0) {
            left = sequence;
            ++input_channel;
          }
        }
      }
    }
    input += input_dims->h * input_row;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

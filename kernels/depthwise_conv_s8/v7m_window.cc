// Armv7-M, any depthwise convolution: one output pixel at a time, four output channels at a time,
// with their sums in registers while the clipped window is walked: 21 instructions for the four
// products of a tap, 15 where the four outputs share an input. With ch_mult 1 neighbouring outputs
// read neighbouring inputs, so all channels are one sequence; otherwise the outputs of one input
// channel are.
#include "kernels/common/window.h"
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/v7m.h"

namespace cortico::kernels {
namespace {

using v7m::OutputRange;
using v7m::ScaleKind;

constexpr int32_t kLanes = 4;

struct Window {
  const int8_t* input;   // channel 0 of the first tap inside
  const int8_t* filter;  // likewise
  int32_t rows;
  int32_t columns;
  int32_t input_step;      // from tap to tap
  int32_t input_row_step;  // from the end of a row of taps to the beginning of the next
  int32_t filter_step;
  int32_t filter_row_step;
  int32_t input_offset;
};

// sums[i] += the window for channel i of the filter and channel i * stride of the input, both
// counted from the given channels. `stride` and `lanes` are constants, as no compiler keeps an
// array in registers for a loop.
template <int32_t stride, int32_t lanes>
CORTICO_NOINLINE void Accumulate(const Window& window, int32_t input_channel, int32_t channel,
                                 int32_t* sums) {
  int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  const int8_t* in = window.input + input_channel;
  const int8_t* w = window.filter + channel;
  const int32_t offset = window.input_offset;
  const int32_t input_step = window.input_step;
  const int32_t filter_step = window.filter_step;
  for (int32_t y = window.rows; y > 0; --y) {
    for (int32_t x = window.columns; x > 0; --x) {
      sum0 += (in[0] + offset) * w[0];
      if (lanes > 1) {
        sum1 += (in[stride] + offset) * w[1];
        sum2 += (in[2 * stride] + offset) * w[2];
        sum3 += (in[3 * stride] + offset) * w[3];
      }
      in += input_step;
      w += filter_step;
    }
    in += window.input_row_step;
    w += window.filter_row_step;
  }
  sums[0] += sum0;
  if (lanes > 1) {
    sums[1] += sum1;
    sums[2] += sum2;
    sums[3] += sum3;
  }
}

struct Channels {
  const cmsis_nn_per_channel_quant_params* quant;
  const int32_t* bias;
  int32_t count;
  int32_t sequence;  // as many read as many inputs, or all one input
  bool one_to_one;
  OutputRange range;
};

// All channels of a pixel.
template <typename Scale>
CORTICO_NOINLINE void RunPixel(const Channels& channels, const Window& window, int8_t* output) {
  int32_t input_channel = 0;
  int32_t left = channels.sequence;
  for (int32_t channel = 0; channel < channels.count;) {
    const int32_t lanes = left < kLanes ? 1 : kLanes;
    int32_t sums[kLanes];
    for (int32_t i = 0; i < lanes; ++i) {
      sums[i] = channels.bias != nullptr ? channels.bias[channel + i] : 0;
    }
    if (lanes == 1) {
      Accumulate<0, 1>(window, input_channel, channel, sums);
    } else if (channels.one_to_one) {
      Accumulate<1, kLanes>(window, input_channel, channel, sums);
    } else {
      Accumulate<0, kLanes>(window, input_channel, channel, sums);
    }
    if (channels.one_to_one) input_channel += lanes;
    for (int32_t i = 0; i < lanes; ++i, ++channel) {
      const Scale scale = Scale::Make(channels.quant->multiplier[channel],
                                      channels.quant->shift[channel], channels.range);
      output[channel] = static_cast<int8_t>(scale(sums[i]));
    }
    left -= lanes;
    if (left == 0) {
      left = channels.sequence;
      ++input_channel;
    }
  }
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_v7m_window(
    const cmsis_nn_context*, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims*, const int32_t* bias, const cmsis_nn_dims* output_dims, int8_t* output) {
  const int32_t in_channels = input_dims->c;
  const int32_t out_channels = output_dims->c;
  const int32_t input_row = input_dims->w * in_channels;
  const int32_t filter_row = filter_dims->w * out_channels;
  const bool one_to_one = params->ch_mult == 1;
  const Channels channels = {
      quant,
      bias,
      out_channels,
      one_to_one ? out_channels : params->ch_mult,
      one_to_one,
      {params->output_offset, params->activation.min, params->activation.max}};
  const ScaleKind scale =
      v7m::ChooseScale(quant->shift, out_channels, bias, out_channels, channels.range);
  for (int32_t n = 0; n < input_dims->n; ++n, input += input_dims->h * input_row) {
    for (int32_t out_y = 0; out_y < output_dims->h; ++out_y) {
      const int32_t base_y = out_y * params->stride.h - params->padding.h;
      const Taps y = ClipTaps(base_y, params->dilation.h, filter_dims->h, input_dims->h);
      for (int32_t out_x = 0; out_x < output_dims->w; ++out_x, output += out_channels) {
        const int32_t base_x = out_x * params->stride.w - params->padding.w;
        const Taps x = ClipTaps(base_x, params->dilation.w, filter_dims->w, input_dims->w);
        Window window = {input, filter, 0, 0, 0, 0, 0, 0, params->input_offset};
        if (y.begin < y.end && x.begin < x.end) {
          window.input += (base_y + y.begin * params->dilation.h) * input_row +
                          (base_x + x.begin * params->dilation.w) * in_channels;
          window.filter += y.begin * filter_row + x.begin * out_channels;
          window.rows = y.end - y.begin;
          window.columns = x.end - x.begin;
          window.input_step = params->dilation.w * in_channels;
          window.input_row_step =
              params->dilation.h * input_row - window.columns * window.input_step;
          window.filter_step = out_channels;
          window.filter_row_step = filter_row - window.columns * out_channels;
        }
        if (scale == ScaleKind::kRelu) {
          RunPixel<v7m::ReluScale>(channels, window, output);
        } else if (scale == ScaleKind::kSigned) {
          RunPixel<v7m::SignedScale>(channels, window, output);
        } else {
          RunPixel<v7m::GeneralScale>(channels, window, output);
        }
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

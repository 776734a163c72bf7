// MVE, any depthwise convolution: output channels in the lanes of vectors while the clipped window
// is walked. With ch_mult 1 eight neighbouring outputs read neighbouring inputs; otherwise, and for
// the last channels, the outputs of one input channel are a sequence over the same input. 2 to 4
// instructions per product: 3x3 has a faster variant (mve.cc).
#include "kernels/common/window.h"
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/mve_elementwise.h"

namespace cortico::kernels {
namespace {

using mve::Int32x4;

struct Window {
  const int8_t* input;   // channel 0 of the first tap inside
  const int8_t* filter;  // likewise
  int32_t rows;
  int32_t columns;
  int32_t input_row_step;  // from the end of a row of taps to the beginning of the next
  int32_t input_step;
  int32_t filter_row_step;
  int32_t filter_step;
};

struct Output {
  const cmsis_nn_per_channel_quant_params* quant;
  const int32_t* bias;
  int32_t offset;
  cmsis_nn_activation range;
};

// tap(in, w) adds the products of one tap.
template <typename Tap>
inline void WalkWindow(const Window& window, int32_t input_channel, int32_t channel, Tap tap) {
  const int8_t* in = window.input + input_channel;
  const int8_t* w = window.filter + channel;
  for (int32_t y = window.rows; y > 0; --y) {
    for (int32_t x = window.columns; x > 0; --x) {
      tap(in, w);
      in += window.input_step;
      w += window.filter_step;
    }
    in += window.input_row_step;
    w += window.filter_row_step;
  }
}

__attribute__((noinline)) void Store(const Output& to, Int32x4 sum, int32_t channel, int32_t lanes,
                                     int8_t* output) {
  if (to.bias != nullptr) sum = mve::Add(sum, mve::LoadWords(to.bias + channel, lanes));
  sum = mve::Requantize(sum, mve::LoadWords(to.quant->multiplier + channel, lanes),
                        mve::LoadWords(to.quant->shift + channel, lanes));
  mve::StoreBytes(output + channel, mve::ToOutput(sum, to.offset, to.range.min, to.range.max),
                  lanes);
}

// Eight channels at a time, with ch_mult 1; returns how many are done.
int32_t Eights(const Window& window, int32_t offset, int32_t channels, const Output& to,
               int8_t* output) {
  int32_t channel = 0;
  for (; channel + 8 <= channels; channel += 8) {
    Int32x4 a = mve::Splat(0), b = a;
    WalkWindow(window, channel, channel, [&](const int8_t* in, const int8_t* w) {
      a = mve::MultiplyAdd(a, mve::LoadBytes(w), mve::Add(mve::LoadBytes(in), offset));
      b = mve::MultiplyAdd(b, mve::LoadBytes(w + 4), mve::Add(mve::LoadBytes(in + 4), offset));
    });
    Store(to, a, channel, 4, output);
    Store(to, b, channel + 4, 4, output);
  }
  return channel;
}

// The outputs of one input channel, up to four at a time.
void Sequence(const Window& window, int32_t offset, int32_t input_channel, int32_t channel,
              int32_t end, const Output& to, int8_t* output) {
  for (; channel < end; channel += 4) {
    const int32_t lanes = end - channel;
    Int32x4 sum = mve::Splat(0);
    WalkWindow(window, input_channel, channel, [&](const int8_t* in, const int8_t* w) {
      sum = mve::MultiplyAdd(sum, mve::LoadBytes(w, lanes), *in + offset);
    });
    Store(to, sum, channel, lanes, output);
  }
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_mve_lanes(
    const cmsis_nn_context*, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims*, const int32_t* bias, const cmsis_nn_dims* output_dims, int8_t* output) {
  const int32_t in_channels = input_dims->c;
  const int32_t out_channels = output_dims->c;
  const int32_t input_row = input_dims->w * in_channels;
  const int32_t filter_row = filter_dims->w * out_channels;
  const int32_t ch_mult = params->ch_mult;
  const int32_t offset = params->input_offset;
  const Output to = {quant, bias, params->output_offset, params->activation};
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
        int32_t channel =
            ch_mult == 1 ? Eights(window, offset, out_channels, to, output) : 0;
        for (int32_t i = channel; channel < out_channels; ++i, channel += ch_mult) {
          Sequence(window, offset, i, channel, channel + ch_mult, to, output);
        }
        output += out_channels;
      }
    }
    input += input_dims->h * input_row;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

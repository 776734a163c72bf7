// MVE, any depthwise convolution: four output channels in the lanes of a vector while the clipped
// window is walked. With ch_mult 1 neighbouring outputs read neighbouring inputs, so all channels
// are one sequence; otherwise the outputs of one input channel are a sequence over the same input.
// About 2 instructions per product; 3x3 has a faster one (mve.cc).
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
  int32_t input_offset;
};

// Input, Filter: a tap of the lanes from an address. MultiplyAdd adds their products, with an Input
// of one value to each of the lanes.
template <typename Input, typename Filter>
inline Int32x4 Sum(const Window& window, int32_t input_channel, int32_t channel, Int32x4 sum,
                   Input input, Filter filter) {
  const int8_t* in = window.input + input_channel;
  const int8_t* w = window.filter + channel;
  for (int32_t y = window.rows; y > 0; --y) {
    for (int32_t x = window.columns; x > 0; --x) {
      sum = mve::MultiplyAdd(sum, filter(w), input(in));
      in += window.input_step;
      w += window.filter_step;
    }
    in += window.input_row_step;
    w += window.filter_row_step;
  }
  return sum;
}

// Without predicates, but for the last channels: they are a third of the instructions.
template <bool one_to_one>
inline Int32x4 SumLanes(const Window& window, int32_t input_channel, int32_t channel,
                        int32_t lanes, Int32x4 sum) {
  const int32_t offset = window.input_offset;
  const auto whole = [](const int8_t* w) { return mve::LoadBytes(w); };
  const auto part = [lanes](const int8_t* w) { return mve::LoadBytes(w, lanes); };
  if constexpr (one_to_one) {
    if (lanes == 4) {
      return Sum(window, channel, channel, sum,
                 [=](const int8_t* in) { return mve::Add(whole(in), offset); }, whole);
    }
    return Sum(window, channel, channel, sum,
               [=](const int8_t* in) { return mve::Add(part(in), offset); }, part);
  } else {
    const auto one = [=](const int8_t* in) { return *in + offset; };
    return lanes == 4 ? Sum(window, input_channel, channel, sum, one, whole)
                      : Sum(window, input_channel, channel, sum, one, part);
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
  const bool one_to_one = params->ch_mult == 1;
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
          const int32_t lanes = left < 4 ? left : 4;
          Int32x4 sums =
              bias == nullptr ? mve::Splat(0) : mve::LoadWords(bias + channel, lanes);
          sums = one_to_one ? SumLanes<true>(window, channel, channel, lanes, sums)
                            : SumLanes<false>(window, input_channel, channel, lanes, sums);
          sums = mve::Requantize(sums, mve::LoadWords(quant->multiplier + channel, lanes),
                                 mve::LoadWords(quant->shift + channel, lanes));
          mve::StoreBytes(output,
                          mve::ToOutput(sums, params->output_offset, params->activation.min,
                                        params->activation.max),
                          lanes);
          output += lanes;
          channel += lanes;
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

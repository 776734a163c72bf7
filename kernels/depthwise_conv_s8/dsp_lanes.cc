// DSP extension: windows of any size, stride and dilation. Four outputs at a time, whose weights
// are the bytes of a word, widened tap by tap: of four channels with one filter each, or of one
// channel with a multiple of four. The plain variant has what is left.
#include <algorithm>

#include "kernels/common/requantize.h"
#include "kernels/common/window.h"
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/dsp_elementwise.h"

namespace cortico::kernels {
namespace {

constexpr int32_t kLanes = 4;

// The taps of a window that are inside the input, from the first on; channel 0.
struct Window {
  const int8_t* input;
  const int8_t* filter;
  int32_t rows;
  int32_t columns;
  int32_t input_step;  // from tap to tap
  int32_t filter_step;
  int32_t input_jump;  // from the end of a row of taps to the next
  int32_t filter_jump;
  uint32_t offsets;  // of the input, in both halfwords
};

// Sums of outputs c to c + 3 from input channel in_c, or from in_c to in_c + 3.
template <bool one_channel>
inline void Accumulate(const Window& window, int32_t in_c, int32_t c, int32_t* sums) {
  const int8_t* in = window.input + in_c;
  const int8_t* w = window.filter + c;
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (int32_t y = window.rows; y > 0; --y) {
    for (int32_t x = window.columns; x > 0; --x) {
      const uint32_t bytes = one_channel ? dsp::FillBytes(*in) : dsp::Load4(in);
      const uint32_t weights = dsp::Load4(w);
      in += window.input_step;
      w += window.filter_step;
      const uint32_t even = dsp::Sxtab16(window.offsets, bytes);
      const uint32_t odd = one_channel ? even : dsp::Sxtab16Odd(window.offsets, bytes);
      const uint32_t even_weights = dsp::Sxtb16(weights);
      const uint32_t odd_weights = dsp::Sxtb16Odd(weights);
      s0 = dsp::Smlabb(even, even_weights, s0);
      s1 = dsp::Smlabb(odd, odd_weights, s1);
      s2 = dsp::Smlatt(even, even_weights, s2);
      s3 = dsp::Smlatt(odd, odd_weights, s3);
    }
    in += window.input_jump;
    w += window.filter_jump;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_dsp_lanes(
    const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims* bias_dims, const int32_t* bias, const cmsis_nn_dims* output_dims,
    int8_t* output) {
  const int32_t channels = input_dims->c;
  const int32_t out_channels = output_dims->c;
  const bool one_to_one = params->ch_mult == 1;
  if (one_to_one ? channels < kLanes : params->ch_mult % kLanes != 0) {
    return depthwise_conv_s8_scalar(ctx, params, quant, input_dims, input, filter_dims, filter,
                                    bias_dims, bias, output_dims, output);
  }
  const int32_t input_row = input_dims->w * channels;
  const int32_t filter_row = filter_dims->w * out_channels;
  Window window = {};
  window.offsets = (static_cast<uint32_t>(params->input_offset) & 0xffff) * 0x10001u;
  window.input_step = params->dilation.w * channels;
  window.filter_step = out_channels;

  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t out_y = 0; out_y < output_dims->h; ++out_y) {
      const int32_t base_y = out_y * params->stride.h - params->padding.h;
      const Taps y = ClipTaps(base_y, params->dilation.h, filter_dims->h, input_dims->h);
      for (int32_t out_x = 0; out_x < output_dims->w; ++out_x) {
        const int32_t base_x = out_x * params->stride.w - params->padding.w;
        const Taps x = ClipTaps(base_x, params->dilation.w, filter_dims->w, input_dims->w);
        window.columns = x.end - x.begin;
        window.rows = window.columns > 0 ? y.end - y.begin : 0;
        window.input = input;
        window.filter = filter;
        if (window.rows > 0) {
          window.input += (base_y + y.begin * params->dilation.h) * input_row +
                          (base_x + x.begin * params->dilation.w) * channels;
          window.filter += y.begin * filter_row + x.begin * out_channels;
        }
        window.input_jump = params->dilation.h * input_row - window.columns * window.input_step;
        window.filter_jump = filter_row - window.columns * out_channels;
        for (int32_t c = 0; c < out_channels; c += kLanes) {
          // The last four are not only the rest.
          const int32_t first = std::min(c, out_channels - kLanes);
          int32_t sums[kLanes];
          if (one_to_one) {
            Accumulate<false>(window, first, first, sums);
          } else {
            Accumulate<true>(window, first / params->ch_mult, first, sums);
          }
          for (int32_t i = 0; i < kLanes; ++i) {
            const int32_t o = first + i;
            const int32_t sum = sums[i] + (bias != nullptr ? bias[o] : 0);
            output[o] = ToOutput(Requantize(sum, quant->multiplier[o], quant->shift[o]),
                                 params->output_offset, params->activation.min,
                                 params->activation.max);
          }
        }
        output += out_channels;
      }
    }
    input += input_dims->h * input_row;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

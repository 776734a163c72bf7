// Armv7-M: three output pixels times two output channels at a time (isa/v7m.h, Dot3x2).
//
// The windows of three pixels, which may lie in different rows, are widened once into a panel
// [depth][3] of int32, with the input offset added, and serve all output channels: 6 MLA for one
// LDM and two LDRSB of weights, no weight sums, and a border is a run of zeros in the panel, so
// nothing is tested in the inner loop. Groups, dilation and upscaling differ only in how a panel is
// filled.
//
// A panel takes 12 bytes per k. What does not fit is done in slices of the depth, with the sums of
// a group of channels kept in between.
#include "kernels/common/requantize.h"
#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/isa/v7m.h"

namespace cortico::kernels {
namespace {

using v7m::ReluScale;
using v7m::ScaleKind;
using v7m::SignedScale;
using v7m::Sums3x2;

constexpr int32_t kPixels = 3;
// All of the kernel's memory beside Arm's scratch: a panel of 64 k; or, where the panel is in the
// scratch, the sums of 64 channels; or a panel of 32 k and the sums of 32 channels.
constexpr int32_t kLocal = 64;
constexpr int32_t kHalf = kLocal / 2;

struct Layer {
  const cmsis_nn_conv_params* params;
  const cmsis_nn_per_channel_quant_params* quant;
  const cmsis_nn_dims* input_dims;
  const cmsis_nn_dims* filter_dims;
  const cmsis_nn_dims* output_dims;
  const int8_t* filter;
  const int32_t* bias;
  int32_t depth;
  int32_t* panel;
  Sums3x2* sums;
  uint8_t up_y, up_x;  // upscaling by 2 as a shift: an odd position is one of the zeros in between
  bool dense_rows;     // a kernel row is one run of the input
  ScaleKind scale;
};

// k = begin .. begin + count of the window of one pixel. y, x: where its tap 0 reads.
__attribute__((noinline)) void FillLane(const Layer& layer, const int8_t* input, int32_t y,
                                        int32_t x, int32_t begin, int32_t count, int32_t* lane) {
  const cmsis_nn_dims& in = *layer.input_dims;
  const int32_t channels = layer.filter_dims->c;
  const int32_t taps = layer.filter_dims->w;
  const bool dense = layer.dense_rows && x >= 0 && x + taps <= in.w;
  const int32_t tap = begin / channels;
  int32_t channel = begin - tap * channels;
  int32_t ky = tap / taps;
  int32_t kx = tap - ky * taps;
  while (count > 0) {
    int32_t run = (dense ? (taps - kx) * channels : channels) - channel;
    if (run > count) run = count;
    const int32_t in_y = y + ky * layer.params->dilation.h;
    const int32_t in_x = x + kx * layer.params->dilation.w;
    if (static_cast<uint32_t>(in_y) < static_cast<uint32_t>(in.h) &&
        static_cast<uint32_t>(in_x) < static_cast<uint32_t>(in.w) && (in_y & layer.up_y) == 0 &&
        (in_x & layer.up_x) == 0) {
      const int32_t position = (in_y >> layer.up_y) * (in.w >> layer.up_x) + (in_x >> layer.up_x);
      lane = v7m::WidenLane3(lane, input + position * in.c + channel, run,
                             layer.params->input_offset);
    } else {
      for (int32_t* const end = lane + kPixels * run; lane != end; lane += kPixels) *lane = 0;
    }
    count -= run;
    channel = 0;
    kx = dense ? taps : kx + 1;
    if (kx == taps) {
      kx = 0;
      ++ky;
    }
  }
}

// Any scale and any activation range; rare.
__attribute__((noinline)) int8_t Finish(const Layer& layer, int32_t sum, int32_t channel) {
  sum = Requantize(sum, layer.quant->multiplier[channel], layer.quant->shift[channel]);
  return ToOutput(sum, layer.params->output_offset, layer.params->activation.min,
                  layer.params->activation.max);
}

// The sums of one channel to where they belong.
template <typename Scale>
CORTICO_TILE void Store(const Layer& layer, int32_t channel, int8_t* output, int32_t pitch_1,
                        int32_t pitch_2, int32_t sum_0, int32_t sum_1, int32_t sum_2) {
  const Scale scale(layer.quant->multiplier[channel], layer.quant->shift[channel],
                    2 * layer.params->output_offset + 1);
  output += channel;
  output[0] = static_cast<int8_t>(scale(sum_0));
  output[pitch_1] = static_cast<int8_t>(scale(sum_1));
  output[pitch_2] = static_cast<int8_t>(scale(sum_2));
}

// One panel, of k = begin .. begin + count, times the weights of channels [first, last). The sums
// start from the bias at k = 0 and are results at k = depth; in between they are in layer.sums.
// pixels: how many of the three count; the others repeat the last one.
__attribute__((noinline)) void Multiply(const Layer& layer, int32_t begin, int32_t count,
                                        int32_t first, int32_t last, int8_t* output,
                                        int32_t pixels) {
  const int32_t pitch = layer.output_dims->c;
  const int32_t pitch_1 = pixels > 1 ? pitch : 0;
  const int32_t pitch_2 = pixels > 2 ? 2 * pitch : pitch_1;
  const int8_t* filter = layer.filter + first * layer.depth + begin;
  Sums3x2* kept = layer.sums;
  for (int32_t a = first; a < last; a += 2) {
    // The odd channel at the end is computed twice rather than coded twice.
    const int32_t b = a + 1 < last ? a + 1 : a;
    const int8_t* filter_a = filter;
    filter += layer.depth;
    Sums3x2 sums;
    if (begin == 0) {
      const int32_t* bias = layer.bias;
      sums.a0 = sums.a1 = sums.a2 = bias != nullptr ? bias[a] : 0;
      sums.b0 = sums.b1 = sums.b2 = bias != nullptr ? bias[b] : 0;
    } else {
      sums.a0 = kept->a0, sums.a1 = kept->a1, sums.a2 = kept->a2;
      sums.b0 = kept->b0, sums.b1 = kept->b1, sums.b2 = kept->b2;
    }
    v7m::Dot3x2(layer.panel, count, filter_a, a == b ? filter_a : filter, sums);
    filter += layer.depth;
    if (begin + count != layer.depth) {
      kept->a0 = sums.a0, kept->a1 = sums.a1, kept->a2 = sums.a2;
      kept->b0 = sums.b0, kept->b1 = sums.b1, kept->b2 = sums.b2;
    } else if (layer.scale == ScaleKind::kRelu) {
      Store<ReluScale>(layer, a, output, pitch_1, pitch_2, sums.a0, sums.a1, sums.a2);
      Store<ReluScale>(layer, b, output, pitch_1, pitch_2, sums.b0, sums.b1, sums.b2);
    } else if (layer.scale == ScaleKind::kSigned) {
      Store<SignedScale>(layer, a, output, pitch_1, pitch_2, sums.a0, sums.a1, sums.a2);
      Store<SignedScale>(layer, b, output, pitch_1, pitch_2, sums.b0, sums.b1, sums.b2);
    } else {
      output[a] = Finish(layer, sums.a0, a);
      output[a + pitch_1] = Finish(layer, sums.a1, a);
      output[a + pitch_2] = Finish(layer, sums.a2, a);
      output[b] = Finish(layer, sums.b0, b);
      output[b + pitch_1] = Finish(layer, sums.b1, b);
      output[b + pitch_2] = Finish(layer, sums.b2, b);
    }
    ++kept;
  }
}

// How many k Arm's scratch has room for: 4 bytes per k of an ungrouped window, but none for a plain
// 1x1 layer.
int32_t ScratchSlice(const Layer& layer) {
  const cmsis_nn_dims& filter = *layer.filter_dims;
  const cmsis_nn_conv_params& params = *layer.params;
  const bool plain_1x1 = filter.w == 1 && filter.h == 1 && params.padding.w == 0 &&
                         params.padding.h == 0 && params.dilation.w == 1 &&
                         params.dilation.h == 1 && filter.c == layer.input_dims->c;
  // The MVE family has less for one row; there, this variant is only tested.
  if (plain_1x1 || kIsa == Isa::kMve) return 0;
  return filter.w * filter.h * layer.input_dims->c / kPixels;
}

}  // namespace

arm_cmsis_nn_status convolve_s8_v7m(const cmsis_nn_context* ctx, const cmsis_nn_conv_params* params,
                                    const cmsis_nn_per_channel_quant_params* quant,
                                    const cmsis_nn_dims* input_dims, const int8_t* input,
                                    const cmsis_nn_dims* filter_dims, const int8_t* filter,
                                    const cmsis_nn_dims*, const int32_t* bias,
                                    const cmsis_nn_dims* upscale_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output) {
  int32_t local[kLocal * kPixels];
  Layer layer;
  layer.params = params;
  layer.quant = quant;
  layer.input_dims = input_dims;
  layer.filter_dims = filter_dims;
  layer.output_dims = output_dims;
  layer.filter = filter;
  layer.bias = bias;
  layer.depth = filter_dims->h * filter_dims->w * filter_dims->c;
  layer.panel = local;
  layer.sums = reinterpret_cast<Sums3x2*>(local);
  layer.up_y = upscale_dims != nullptr && upscale_dims->h == 2 ? 1 : 0;
  layer.up_x = upscale_dims != nullptr && upscale_dims->w == 2 ? 1 : 0;
  layer.dense_rows =
      filter_dims->c == input_dims->c && params->dilation.w == 1 && layer.up_x == 0;
  layer.scale = v7m::ChooseScale(quant->shift, bias, output_dims->c, params->output_offset,
                                 params->activation.min, params->activation.max);

  const int32_t group_channels =
      filter_dims->c == input_dims->c ? output_dims->c
                                      : output_dims->c / (input_dims->c / filter_dims->c);
  int32_t slice = layer.depth;
  int32_t channels = group_channels;
  if (layer.depth > kLocal) {
    slice = ScratchSlice(layer);
    channels = kLocal;
    if (slice > kHalf) {
      layer.panel = static_cast<int32_t*>(ctx->buf);
    } else {
      slice = channels = kHalf;
      layer.panel = local + kHalf * kPixels;
    }
  }

  for (int32_t n = 0; n < input_dims->n; ++n) {
    int32_t y = 0;
    int32_t x = 0;
    while (y < output_dims->h && output_dims->w > 0) {
      const int32_t left = (output_dims->h - y) * output_dims->w - x;
      const int32_t pixels = left < kPixels ? left : kPixels;
      for (int32_t first = 0; first < output_dims->c;) {
        const int32_t group = first / group_channels;
        int32_t last = (group + 1) * group_channels;
        if (last > first + channels) last = first + channels;
        for (int32_t begin = 0; begin < layer.depth; begin += slice) {
          const int32_t count = begin + slice < layer.depth ? slice : layer.depth - begin;
          int32_t at_y = y;
          int32_t at_x = x;
          for (int32_t i = 0; i < kPixels; ++i) {
            FillLane(layer, input + group * filter_dims->c,
                     at_y * params->stride.h - params->padding.h,
                     at_x * params->stride.w - params->padding.w, begin, count, layer.panel + i);
            if (i + 1 < pixels && ++at_x == output_dims->w) {
              at_x = 0;
              ++at_y;
            }
          }
          Multiply(layer, begin, count, first, last, output, pixels);
        }
        first = last;
      }
      output += pixels * output_dims->c;
      for (x += pixels; x >= output_dims->w; x -= output_dims->w) ++y;
    }
    input += (input_dims->h >> layer.up_y) * (input_dims->w >> layer.up_x) * input_dims->c;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

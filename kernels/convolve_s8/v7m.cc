// Armv7-M: three output pixels times pairs of output channels (isa/v7m.h, Dot3).
//
// The windows of three pixels, which may lie in different rows, are widened into a panel [depth][3]
// of int32, with the input offset added, and serve all output channels: 6 MLA for one LDM and two
// LDRSB of weights, no weight sums, and a border is a run of zeros in the panel, so nothing is
// tested in the inner loop. Groups, dilation and upscaling differ only in how a panel is filled.
//
// A panel takes 12 bytes per k, so it is made in slices of the depth, with the sums of a group of
// channels in between.
#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/isa/v7m.h"

namespace cortico::kernels {
namespace {

using v7m::GeneralScale;
using v7m::OutputRange;
using v7m::ReluScale;
using v7m::ScaleKind;
using v7m::SignedScale;

constexpr int32_t kPixels = 3;
// The kernel's memory beside Arm's scratch: panels and sums of 64 k and channels in all.
constexpr int32_t kLocal = 64;
constexpr int32_t kSlice = 32;

struct Layer {
  const cmsis_nn_conv_params* params;
  const cmsis_nn_dims* input_dims;
  const cmsis_nn_dims* filter_dims;
  int32_t* panel;
  int32_t y[kPixels], x[kPixels];  // where tap 0 of the pixels' windows reads
  uint8_t up_y, up_x;  // upscaling by 2 as a shift: an odd position is one of the zeros in between
  bool dense;          // a kernel row is one run of the input
  bool inside;         // all three windows lie inside the input
};

// k = begin .. begin + count of one pixel's window.
__attribute__((noinline)) void FillLane(const Layer& layer, const int8_t* input, int32_t pixel,
                                        int32_t begin, int32_t count) {
  const cmsis_nn_dims& in = *layer.input_dims;
  const int32_t channels = layer.filter_dims->c;
  const int32_t taps = layer.filter_dims->w;
  const bool dense = layer.dense && layer.x[pixel] >= 0 && layer.x[pixel] + taps <= in.w;
  int32_t* lane = layer.panel + pixel;
  const int32_t tap = begin / channels;
  int32_t channel = begin - tap * channels;
  int32_t ky = tap / taps;
  int32_t kx = tap - ky * taps;
  while (count > 0) {
    int32_t run = (dense ? (taps - kx) * channels : channels) - channel;
    if (run > count) run = count;
    const int32_t y = layer.y[pixel] + ky * layer.params->dilation.h;
    const int32_t x = layer.x[pixel] + kx * layer.params->dilation.w;
    if (static_cast<uint32_t>(y) < static_cast<uint32_t>(in.h) &&
        static_cast<uint32_t>(x) < static_cast<uint32_t>(in.w) && (y & layer.up_y) == 0 &&
        (x & layer.up_x) == 0) {
      const int32_t position = (y >> layer.up_y) * (in.w >> layer.up_x) + (x >> layer.up_x);
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

// The same for all three windows at once, where they are dense and lie inside the input.
__attribute__((noinline)) void FillPanel(const Layer& layer, const int8_t* input, int32_t begin,
                                         int32_t count) {
  const int32_t pitch = layer.input_dims->w * layer.input_dims->c;
  const int32_t row = layer.filter_dims->w * layer.filter_dims->c;
  const int32_t step = layer.params->dilation.h * pitch;
  const int32_t ky = begin / row;
  int32_t skipped = begin - ky * row;
  input += ky * step + skipped;
  const int8_t* source0 = input + layer.y[0] * pitch + layer.x[0] * layer.input_dims->c;
  const int8_t* source1 = input + layer.y[1] * pitch + layer.x[1] * layer.input_dims->c;
  const int8_t* source2 = input + layer.y[2] * pitch + layer.x[2] * layer.input_dims->c;
  int32_t* panel = layer.panel;
  while (count > 0) {
    int32_t run = row - skipped;
    if (run > count) run = count;
    panel = v7m::Widen3(panel, source0, source1, source2, run, layer.params->input_offset);
    count -= run;
    const int32_t next = step - skipped;
    source0 += next;
    source1 += next;
    source2 += next;
    skipped = 0;
  }
}

// sums += panel times the weights of `channels` rows. There is room for an even number of sums.
__attribute__((noinline)) void Multiply(const int32_t* panel, int32_t count, const int8_t* filter,
                                        int32_t pitch, int32_t* sums, int32_t channels) {
  int32_t pairs = channels / 2;
  if (pairs == 0) {
    pairs = 1;
    pitch = 0;
  }
  for (;;) {
    v7m::Dot3(panel, count, filter, pitch, sums, pairs);
    channels -= 2 * pairs;
    if (channels != 1) return;
    // The odd channel at the end is computed twice rather than coded twice.
    filter += 2 * pairs * pitch;
    sums += 2 * pairs * kPixels;
    pairs = 1;
    pitch = 0;
  }
}

// Where the results of a block go.
struct Output {
  int8_t* pixel[kPixels];
};

template <typename Scale>
__attribute__((noinline)) void Store(const cmsis_nn_per_channel_quant_params& quant,
                                     const OutputRange& range, const int32_t* sums, int32_t first,
                                     int32_t channels, const Output& output) {
  const int32_t* multiplier = quant.multiplier + first;
  const int32_t* shift = quant.shift + first;
  int8_t* output0 = output.pixel[0] + first;
  int8_t* output1 = output.pixel[1] + first;
  int8_t* output2 = output.pixel[2] + first;
  for (; channels > 0; --channels, sums += kPixels) {
    const Scale scale(*multiplier++, *shift++, range);
    *output0++ = static_cast<int8_t>(scale(sums[0]));
    *output1++ = static_cast<int8_t>(scale(sums[1]));
    *output2++ = static_cast<int8_t>(scale(sums[2]));
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
  layer.input_dims = input_dims;
  layer.filter_dims = filter_dims;
  layer.up_y = upscale_dims != nullptr && upscale_dims->h == 2 ? 1 : 0;
  layer.up_x = upscale_dims != nullptr && upscale_dims->w == 2 ? 1 : 0;
  layer.dense = filter_dims->c == input_dims->c && params->dilation.w == 1 && layer.up_x == 0 &&
                layer.up_y == 0;
  const OutputRange range = {params->output_offset, params->activation.min,
                             params->activation.max};
  const ScaleKind scale = v7m::ChooseScale(quant->shift, bias, output_dims->c, range);

  const int32_t depth = filter_dims->h * filter_dims->w * filter_dims->c;
  int32_t slice = ScratchSlice(layer);
  int32_t channels = kLocal;
  if (depth <= kSlice + kSlice / 2) {
    slice = depth;
    channels = (kLocal - depth) & ~1;
  } else if (slice <= kSlice) {
    slice = kSlice;
    channels = kLocal - kSlice;
  }
  layer.panel = channels == kLocal ? static_cast<int32_t*>(ctx->buf) : local + kPixels * channels;

  const int32_t out_channels = output_dims->c;
  const int32_t group_channels = filter_dims->c == input_dims->c
                                     ? out_channels
                                     : out_channels / (input_dims->c / filter_dims->c);
  for (int32_t n = 0; n < input_dims->n; ++n) {
    int32_t y = -params->padding.h;
    int32_t out_x = 0;
    for (int32_t left = output_dims->h * output_dims->w; left > 0; left -= kPixels) {
      Output out;
      layer.inside = layer.dense;
      for (int32_t i = 0; i < kPixels; ++i) {
        const int32_t x = out_x * params->stride.w - params->padding.w;
        layer.y[i] = y;
        layer.x[i] = x;
        out.pixel[i] = output;
        if (x < 0 || y < 0 || x + filter_dims->w > input_dims->w ||
            y + (filter_dims->h - 1) * params->dilation.h >= input_dims->h) {
          layer.inside = false;
        }
        // Where there are fewer than three, the last one is computed again.
        if (i + 1 < left) {
          output += out_channels;
          if (++out_x == output_dims->w) {
            out_x = 0;
            y += params->stride.h;
          }
        }
      }
      const int8_t* group_input = input;
      int32_t first = 0;
      for (int32_t end = group_channels; first < out_channels; end += group_channels) {
        for (int32_t now; first < end; first += now) {
          now = end - first < channels ? end - first : channels;
          for (int32_t i = 0; i < now; ++i) {
            const int32_t start = bias != nullptr ? bias[first + i] : 0;
            for (int32_t p = 0; p < kPixels; ++p) local[kPixels * i + p] = start;
          }
          for (int32_t begin = 0; begin < depth; begin += slice) {
            const int32_t count = depth - begin < slice ? depth - begin : slice;
            if (layer.inside) {
              FillPanel(layer, group_input, begin, count);
            } else {
              for (int32_t i = 0; i < kPixels; ++i) FillLane(layer, group_input, i, begin, count);
            }
            Multiply(layer.panel, count, filter + first * depth + begin, depth, local, now);
          }
          if (scale == ScaleKind::kRelu) {
            Store<ReluScale>(*quant, range, local, first, now, out);
          } else if (scale == ScaleKind::kSigned) {
            Store<SignedScale>(*quant, range, local, first, now, out);
          } else {
            Store<GeneralScale>(*quant, range, local, first, now, out);
          }
        }
        group_input += filter_dims->c;
      }
    }
    if (output_dims->h * output_dims->w > 0) output += out_channels;
    input += (input_dims->h >> layer.up_y) * (input_dims->w >> layer.up_x) * input_dims->c;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

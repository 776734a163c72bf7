// v6-M: one channel at a time. Its input elements, with the offset added, become the words of a
// plane on the stack, as many rows as fit; zeros around them stand for the padding. Then six
// neighbouring outputs are a sum over taps of LDM, MULS and ADD without any test (isa/v6m.h,
// Depthwise).
//
// With a stride s along the row, the plane's row has s parts, of the columns 0, s, 2s ..., then
// 1, 1 + s ..., so that the elements under one tap lie side by side for any stride. Wide inputs go
// in strips of columns, tall ones in blocks of rows; the rows two blocks share are moved.
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/v6m.h"

namespace cortico::kernels {
namespace {

using v6m::kDepthwiseColumns;
using v6m::kDepthwiseTaps;
using v6m::Tap;

constexpr int32_t kBufferWords = 190;  // of the taps and the plane
constexpr int32_t kMaxPhases = 4;

// One part of a plane's row: the columns of the input that are a multiple of the stride apart.
struct Phase {
  int32_t input;  // offset of its first column inside the input, and its place in the plane
  int32_t plane;
  int32_t count;
};

struct Layer {
  const cmsis_nn_dw_conv_params* params;
  const int8_t* input;  // the channel, of the image
  int32_t input_height;
  int32_t row_pitch;    // of the input
  int32_t step;         // of the input, between the columns of a phase
  int32_t phases;
  Phase phase[kMaxPhases];
  int32_t plane_pitch;
  int32_t out_channels;
  int32_t out_pitch;
  int32_t columns;  // of the outputs in this strip
};

int32_t Min(int32_t a, int32_t b) { return a < b ? a : b; }

// Row y of the input, or zeros.
[[gnu::noinline]] void PackRow(const Layer& layer, int32_t y, int32_t* plane) {
  const bool inside = static_cast<uint32_t>(y) < static_cast<uint32_t>(layer.input_height);
  const int32_t offset = layer.params->input_offset;
  const int32_t step = layer.step;
  for (int32_t p = 0; p < layer.phases; ++p) {
    const Phase& phase = layer.phase[p];
    int32_t* to = plane + phase.plane;
    int32_t* const end = to + phase.count;
    if (inside) {
      const int8_t* from = layer.input + y * layer.row_pitch + phase.input;
      for (; to != end; from += step) *to++ = *from + offset;
    } else {
      while (to != end) *to++ = 0;
    }
  }
}

struct Channel {
  const Tap* taps;
  const Tap* end;
  int32_t bias;
  int32_t multiplier;
  int32_t shift;
  v6m::Scale scale;
  bool scaled;
};

// One row of a strip, from the plane's row of its first tap.
[[gnu::noinline]] void RunRow(const Layer& layer, const Channel& channel, const int32_t* plane,
                              int8_t* output) {
  const v6m::OutputRange range = {layer.params->activation.min, layer.params->activation.max};
  v6m::DepthwiseTile tile;
  tile.end = channel.end;
  tile.bias = channel.bias;
  for (int32_t left = layer.columns; left > 0; left -= kDepthwiseColumns) {
    v6m::Depthwise(channel.taps, plane, &tile);
    plane += kDepthwiseColumns;
    const int32_t count = Min(left, kDepthwiseColumns);
    if (channel.scaled) {
      v6m::RequantizeRun(tile.sums, count, channel.scale, range, output, layer.out_channels);
    } else {
      for (int32_t i = 0; i < count; ++i) {
        const int32_t sum = Requantize(tile.sums[i], channel.multiplier, channel.shift);
        output[i * layer.out_channels] =
            ToOutput(sum, layer.params->output_offset, range.low, range.high);
      }
    }
    output += kDepthwiseColumns * layer.out_channels;
  }
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_v6m(
    const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims* bias_dims, const int32_t* bias, const cmsis_nn_dims* output_dims,
    int8_t* output) {
  const int32_t stride = params->stride.w;
  const int32_t span_y = (filter_dims->h - 1) * params->dilation.h + 1;
  const int32_t span_x = (filter_dims->w - 1) * params->dilation.w + 1;
  const int32_t phases = Min(stride, span_x);
  const int32_t tap_count = filter_dims->h * filter_dims->w;
  const int32_t padded_taps =
      (tap_count + kDepthwiseTaps - 1) / kDepthwiseTaps * kDepthwiseTaps;
  const int32_t plane_words =
      kBufferWords - padded_taps * static_cast<int32_t>(sizeof(Tap) / sizeof(int32_t));
  const int32_t more_columns = stride == 1 ? span_x - 1 : (span_x - 1) / stride;

  // As wide a strip as lets the rows of one output row fit.
  int32_t width = (output_dims->w + kDepthwiseColumns - 1) / kDepthwiseColumns * kDepthwiseColumns;
  const auto pitch = [&] { return phases * (width + more_columns); };
  while (width > 0 && span_y * pitch() > plane_words) width -= kDepthwiseColumns;
  if (width <= 0 || phases > kMaxPhases) {
    return depthwise_conv_s8_scalar(ctx, params, quant, input_dims, input, filter_dims, filter,
                                    bias_dims, bias, output_dims, output);
  }
  const int32_t part = width + more_columns;
  const int32_t plane_pitch = pitch();
  int32_t block_rows = (plane_words / plane_pitch - span_y) / params->stride.h + 1;
  block_rows = Min(block_rows, output_dims->h);

  int32_t buffer[kBufferWords];
  Tap* const taps = reinterpret_cast<Tap*>(buffer);
  int32_t* const plane = buffer + kBufferWords - plane_words;
  {
    Tap* tap = taps;
    for (int32_t ky = 0; ky < filter_dims->h; ++ky) {
      const int32_t row = ky * params->dilation.h * plane_pitch;
      int32_t phase = 0;
      int32_t column = 0;
      for (int32_t kx = 0; kx < filter_dims->w; ++kx) {
        (tap++)->offset = static_cast<int32_t>(sizeof(int32_t)) * (row + phase * part + column);
        for (phase += params->dilation.w; phase >= stride; phase -= stride) ++column;
      }
    }
    while (tap != taps + padded_taps) *tap++ = {0, 0};
  }

  Layer layer;
  layer.params = params;
  layer.input_height = input_dims->h;
  layer.row_pitch = input_dims->w * input_dims->c;
  layer.step = stride * input_dims->c;
  layer.phases = phases;
  layer.plane_pitch = plane_pitch;
  layer.out_channels = output_dims->c;
  layer.out_pitch = output_dims->w * output_dims->c;
  Channel channel;
  channel.taps = taps;
  channel.end = taps + padded_taps;
  constexpr int32_t kBiasLimit = v6m::kScaleMaxSum / 2;

  for (int32_t begin = 0; begin < output_dims->w; begin += width) {
    layer.columns = Min(width, output_dims->w - begin);
    for (int32_t p = 0; p < phases; ++p) {
      // The columns of this phase are x, x + stride ...; those inside are [skip, end).
      int32_t x = begin * stride - params->padding.w + p;
      int32_t skip = 0;
      for (; x < 0 && skip < part; x += stride) ++skip;
      int32_t end = skip;
      for (int32_t u = x; u < input_dims->w && end < part; u += stride) ++end;
      layer.phase[p] = {x * input_dims->c, p * part + skip, end - skip};
    }
    for (int32_t i = 0; i < plane_words; ++i) plane[i] = 0;

    for (int32_t n = 0; n < input_dims->n; ++n) {
      const int8_t* const image = input + n * input_dims->h * layer.row_pitch;
      for (int32_t o = 0; o < output_dims->c; ++o) {
        const int32_t i = params->ch_mult == 1 ? o : o / params->ch_mult;
        layer.input = image + i;
        for (int32_t t = 0; t < tap_count; ++t) taps[t].weight = filter[t * output_dims->c + o];
        channel.bias = bias != nullptr ? bias[o] : 0;
        channel.multiplier = quant->multiplier[o];
        channel.shift = quant->shift[o];
        channel.scaled =
            channel.bias < kBiasLimit && channel.bias > -kBiasLimit &&
            v6m::HasScale(channel.multiplier, channel.shift, params->output_offset);
        if (channel.scaled) {
          channel.scale = v6m::MakeScale(channel.multiplier, channel.shift, params->output_offset);
        }

        int8_t* out = output + (n * output_dims->h * output_dims->w + begin) * output_dims->c + o;
        int32_t y = -params->padding.h;  // input row of the plane's first
        int32_t packed = 0;              // rows of the plane that are there
        for (int32_t row = 0; row < output_dims->h; row += block_rows) {
          const int32_t rows = Min(block_rows, output_dims->h - row);
          const int32_t needed = (rows - 1) * params->stride.h + span_y;
          for (; packed < needed; ++packed) {
            PackRow(layer, y + packed, plane + packed * plane_pitch);
          }
          const int32_t* from = plane;
          for (int32_t r = 0; r < rows; ++r) {
            RunRow(layer, channel, from, out);
            from += params->stride.h * plane_pitch;
            out += layer.out_pitch;
          }
          // What the next block shares with this one moves to the top.
          const int32_t consumed = rows * params->stride.h;
          y += consumed;
          packed = packed > consumed ? packed - consumed : 0;
          const int32_t shared = packed * plane_pitch;
          for (int32_t w = 0; w < shared; ++w) plane[w] = from[w];
        }
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

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

constexpr int32_t kBufferWords = 160;  // of the taps and the plane
constexpr int32_t kSums = 30;          // requantized together
constexpr int32_t kMaxPhases = 4;
constexpr int32_t kWord = sizeof(int32_t);

// One part of a plane's row: the columns of the input that are a multiple of the stride apart.
struct Phase {
  int32_t input;  // offset of its first column inside the input, and its place in the plane
  int32_t plane;
  int32_t count;
};

struct Layer {
  const cmsis_nn_dw_conv_params* params;
  v6m::OutputRange range;
  int32_t in_height;
  int32_t in_pitch;
  int32_t in_step;  // between the columns of a phase
  int32_t phases;
  Phase phase[kMaxPhases];
  int32_t plane_pitch;
  int32_t out_channels;
  int32_t out_width;
  int32_t columns;  // of the outputs in this strip
  int32_t rows;     // that kSums hold, of an output that is one tile wide
};

struct Channel {
  const int8_t* input;
  const Tap* taps;
  const Tap* end;
  int32_t bias;
  int32_t multiplier;
  int32_t shift;
  bool scaled;  // whether there is a scale
  v6m::Scale scale;
};

int32_t Min(int32_t a, int32_t b) { return a < b ? a : b; }
int32_t Max(int32_t a, int32_t b) { return a > b ? a : b; }

// Rows [begin, end) of the plane, the first of which is row y of the input.
[[gnu::noinline]] void PackRows(const Layer& layer, const int8_t* input, int32_t y, int32_t begin,
                                int32_t end, int32_t* plane) {
  const int32_t inside_begin = Min(Max(-y, begin), end);
  const int32_t inside_end = Max(Min(layer.in_height - y, end), inside_begin);
  for (int32_t p = 0; p < layer.phases; ++p) {
    const Phase& phase = layer.phase[p];
    if (phase.count == 0) continue;
    int32_t* row = plane + phase.plane + begin * layer.plane_pitch;
    for (int32_t r = begin; r < end; ++r) {
      if (r < inside_begin || r >= inside_end) {
        volatile int32_t* const zeros = row;  // not a call of memset
        for (int32_t i = 0; i < phase.count; ++i) zeros[i] = 0;
      }
      row += layer.plane_pitch;
    }
    if (inside_begin < inside_end) {
      v6m::PackPlane({input + ((y + inside_begin) * layer.in_pitch + phase.input),
                      plane + phase.plane + inside_begin * layer.plane_pitch, phase.count,
                      inside_end - inside_begin, layer.in_step, layer.in_pitch, layer.plane_pitch},
                     layer.params->input_offset);
    }
  }
}

[[gnu::noinline]] void Finish(const Layer& layer, const Channel& channel, const int32_t* sums,
                              int32_t count, int8_t* output) {
  if (channel.scaled) {
    v6m::RequantizeRun(sums, count, channel.scale, layer.range, output, layer.out_channels);
    return;
  }
  for (int32_t i = 0; i < count; ++i) {
    *output = v6m::RequantizeAny(sums[i], channel.multiplier, channel.shift, layer.range);
    output += layer.out_channels;
  }
}

// Rows of a strip, from the plane's row of the first tap on. An output that is one tile wide goes
// several rows at a time, a wider one several tiles.
[[gnu::noinline]] void RunRows(const Layer& layer, const Channel& channel, const int32_t* plane,
                               int32_t rows, int8_t* output) {
  int32_t sums[kSums];
  const int32_t row_step = layer.params->stride.h * layer.plane_pitch;
  v6m::DepthwiseTiles tiles;
  tiles.taps = channel.taps;
  tiles.end = channel.end;
  tiles.bias = channel.bias;
  if (layer.rows != 0) {
    for (int32_t count; rows > 0; rows -= count) {
      count = Min(rows, layer.rows);
      tiles.input = plane;
      tiles.sums = sums;
      tiles.count = count;
      tiles.input_step = kWord * row_step;
      tiles.sums_step = kWord * layer.columns;
      v6m::Depthwise(&tiles);
      const int32_t outputs = count * layer.columns;
      Finish(layer, channel, sums, outputs, output);
      plane += count * row_step;
      output += outputs * layer.out_channels;
    }
    return;
  }
  for (; rows > 0; --rows) {
    tiles.input = plane;
    int8_t* out = output;
    for (int32_t left = layer.columns; left > 0; left -= kSums) {
      const int32_t outputs = Min(left, kSums);
      tiles.sums = sums;
      tiles.count = 0;
      for (int32_t i = outputs; i > 0; i -= kDepthwiseColumns) ++tiles.count;
      tiles.input_step = kWord * kDepthwiseColumns;
      tiles.sums_step = kWord * kDepthwiseColumns;
      v6m::Depthwise(&tiles);
      Finish(layer, channel, sums, outputs, out);
      out += outputs * layer.out_channels;
    }
    plane += row_step;
    output += layer.out_width * layer.out_channels;
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
  const int32_t stride_y = params->stride.h;
  const int32_t span_y = (filter_dims->h - 1) * params->dilation.h + 1;
  const int32_t span_x = (filter_dims->w - 1) * params->dilation.w + 1;
  const int32_t phases = Min(stride, span_x);
  const int32_t tap_count = filter_dims->h * filter_dims->w;
  const int32_t padded_taps =
      (tap_count + kDepthwiseTaps - 1) / kDepthwiseTaps * kDepthwiseTaps;
  const int32_t plane_words =
      kBufferWords - padded_taps * static_cast<int32_t>(sizeof(Tap)) / kWord;
  const int32_t more_columns = stride == 1 ? span_x - 1 : (span_x - 1) / stride;
  const auto pitch = [&](int32_t width) { return (phases * (width + more_columns) + 1) & ~1; };

  // As wide a strip as lets the rows of one output row fit, then all strips about as wide.
  const auto whole_tiles = [](int32_t columns) {
    return (columns + kDepthwiseColumns - 1) / kDepthwiseColumns * kDepthwiseColumns;
  };
  int32_t width = Min(whole_tiles(output_dims->w), kSums);
  while (width > 0 && span_y * pitch(width) > plane_words) width -= kDepthwiseColumns;
  if (width <= 0 || phases > kMaxPhases) {
    return depthwise_conv_s8_scalar(ctx, params, quant, input_dims, input, filter_dims, filter,
                                    bias_dims, bias, output_dims, output);
  }
  const int32_t strips = (output_dims->w + width - 1) / width;
  width = whole_tiles((output_dims->w + strips - 1) / strips);

  const int32_t part = width + more_columns;
  const int32_t plane_pitch = pitch(width);
  const int32_t block_rows = (plane_words / plane_pitch - span_y) / stride_y + 1;

  int32_t buffer[kBufferWords];
  Tap* const taps = reinterpret_cast<Tap*>(buffer);
  int32_t* const plane = buffer + kBufferWords - plane_words;
  Tap* tap = taps;
  for (int32_t ky = 0; ky < filter_dims->h; ++ky) {
    const int32_t row = ky * params->dilation.h * plane_pitch;
    int32_t phase = 0;
    int32_t column = 0;
    for (int32_t kx = 0; kx < filter_dims->w; ++kx) {
      (tap++)->offset = kWord * (row + phase * part + column);
      for (phase += params->dilation.w; phase >= stride; phase -= stride) ++column;
    }
  }
  while (tap != taps + padded_taps) *tap++ = {0, 0};

  Layer layer;
  layer.params = params;
  layer.range = {params->activation.min, params->activation.max, params->output_offset};
  layer.in_height = input_dims->h;
  layer.in_pitch = input_dims->w * input_dims->c;
  layer.in_step = stride * input_dims->c;
  layer.phases = phases;
  layer.plane_pitch = plane_pitch;
  layer.out_channels = output_dims->c;
  layer.out_width = output_dims->w;
  layer.rows = 0;
  if (output_dims->w <= kDepthwiseColumns) {
    layer.rows = (kSums - kDepthwiseColumns) / output_dims->w + 1;
  }
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
      const int8_t* const image = input + n * input_dims->h * layer.in_pitch;
      int8_t* const out = output + (n * output_dims->h * output_dims->w + begin) * output_dims->c;
      channel.input = image;
      int32_t left = params->ch_mult;  // outputs of this input channel
      for (int32_t o = 0; o < output_dims->c; ++o) {
        const int8_t* weight = filter + o;
        for (int32_t t = 0; t < tap_count; ++t) {
          taps[t].weight = *weight;
          weight += output_dims->c;
        }
        channel.bias = bias != nullptr ? bias[o] : 0;
        channel.multiplier = quant->multiplier[o];
        channel.shift = quant->shift[o];
        channel.scaled =
            channel.bias < kBiasLimit && channel.bias > -kBiasLimit &&
            v6m::HasScale(channel.multiplier, channel.shift, params->output_offset);
        if (channel.scaled) {
          channel.scale = v6m::MakeScale(channel.multiplier, channel.shift, params->output_offset);
        }

        int8_t* block_out = out + o;
        int32_t y = -params->padding.h;  // input row of the plane's first
        int32_t packed = 0;              // rows of the plane that are there
        for (int32_t row = 0; row < output_dims->h; row += block_rows) {
          const int32_t rows = Min(block_rows, output_dims->h - row);
          const int32_t needed = (rows - 1) * stride_y + span_y;
          PackRows(layer, channel.input, y, packed, needed, plane);
          RunRows(layer, channel, plane, rows, block_out);
          if (row + rows == output_dims->h) break;
          block_out += rows * layer.out_width * layer.out_channels;
          // What the next block shares with this one moves to the top.
          const int32_t consumed = rows * stride_y;
          y += consumed;
          packed = Max(needed - consumed, 0);
          v6m::MoveDown(plane + consumed * plane_pitch, plane, packed * plane_pitch);
        }
        if (--left == 0) {
          left = params->ch_mult;
          ++channel.input;
        }
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

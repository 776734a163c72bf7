// MVE: 3x3, strides 1 and 2, as dot products over windows of 4x4 in the planes of four channels
// (isa/mve_depthwise.h). The longer axis of the output is walked as columns, the other one in
// bands: of four rows of input, which give two rows of output with stride 1 and one with stride 2.
// What lies outside the image is filled with the zero point, so nothing in a tile tests for it.
//
// Everything else goes to mve_lanes.cc: other filters, multipliers and strides, dilation, batches
// (Arm's size function grants them no scratch), and tensors whose pixels are not words.
#include <cstring>
#include <new>

#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/mve_depthwise.h"

namespace cortico::kernels {
namespace {

using mve::DepthwiseStream;
using mve::Narrow;

// In ctx->buf: a quarter of the 4464 bytes Arm asks for.
struct Scratch {
  DepthwiseStream stream;
  int8_t quad[64];
  int8_t planes[4 * mve::kPlaneBytes];
};

// Output columns at a time: 32 with stride 1, 16 with stride 2. Windows then end, and a quad that
// is stored at the last column ends, before column 36; the weights pass through the rest.
constexpr int32_t kMaxColumns = 32;
constexpr int32_t kPlaneReach = 36;

struct Axis {
  int32_t in_size;
  int32_t out_size;
  int32_t in_pitch;
  int32_t out_pitch;
  int32_t padding;
};

struct Layer {
  Axis columns;
  Axis rows;
  int32_t stride;
  int32_t tap_y;  // words from a tap to the next one in a quad of weights
  int32_t tap_x;
  const cmsis_nn_dw_conv_params* params;
  const cmsis_nn_per_channel_quant_params* quant;
  const int8_t* filter;
  const int32_t* bias;
  int32_t channels;
};

// Output columns [first, first + size), and the input under them.
struct Strip {
  int32_t first;
  int32_t size;
  int32_t in_first;   // first column of the input inside
  int32_t in_size;    // columns of it inside
  int32_t left;       // columns outside, before it
  mve::ColumnWalk walk;
};

bool IsWords(const void* pointer) { return (reinterpret_cast<uintptr_t>(pointer) & 3) == 0; }

// The zero point of the input, in every byte.
uint32_t Fill(const Layer& layer) {
  return 0x01010101u * static_cast<uint8_t>(-layer.params->input_offset);
}

Strip MakeStrip(const Axis& axis, int stride, int32_t first, int32_t size) {
  Strip strip = {};
  strip.first = first;
  strip.size = size;
  const int32_t begin = first * stride - axis.padding;
  const int32_t end = begin + (size - 1) * stride + 3;
  strip.in_first = begin < 0 ? 0 : begin;
  strip.in_size = (end < axis.in_size ? end : axis.in_size) - strip.in_first;
  strip.left = strip.in_first - begin;
  if (strip.in_size <= 0) {
    strip.in_size = 0;
    return strip;
  }
  const int32_t last = strip.in_size < 4 ? 0 : strip.in_size - 4;
  strip.walk.quads = (strip.in_size - 1) / 4;
  strip.walk.step = 4 * axis.in_pitch;
  strip.walk.back = 4 * last - 16 * strip.walk.quads;
  for (int32_t i = 0; i < 4; ++i) {
    const int32_t column = i < strip.in_size ? i : strip.in_size - 1;
    strip.walk.offsets[i] = static_cast<uint32_t>(column * axis.in_pitch);
    strip.walk.last_offsets[i] = static_cast<uint32_t>((last + column) * axis.in_pitch);
  }
  return strip;
}

// Returns whether a channel has a shift to the left.
bool LoadStream(const Layer& layer, int32_t channel, Scratch* scratch) {
  // The weights are a quad like any other: 3 columns and rows of four channels, and zeros. It goes
  // to the end of the planes.
  int32_t taps[16] = {};
  const int8_t* tap = layer.filter + channel;
  for (int32_t y = 0; y < 3; ++y) {
    for (int32_t x = 0; x < 3; ++x, tap += layer.channels) {
      std::memcpy(&taps[y * layer.tap_y + x * layer.tap_x], tap, 4);
    }
  }
  static constexpr mve::ColumnWalk kWords = {{0, 4, 8, 12}, {0, 4, 8, 12}, 0, 0, 0};
  const mve::RowWalk rows = {reinterpret_cast<const int8_t*>(taps), 16, 3, 0};
  int8_t* planes = scratch->planes + 4 * kPlaneReach;
  mve::LoadPlanes(rows, kWords, 0, 0xffff, scratch->quad, planes);
  int32_t left = 0;
  for (int n = 0; n < 4; ++n) {
    const int32_t c = n == 1 ? 2 : n == 2 ? 1 : n;
    mve::DepthwiseChannel* out = &scratch->stream.channel[n];
    const int32_t sum = mve::SpreadWeights(planes + c * mve::kPlaneBytes, out);
    const int32_t bias = layer.bias == nullptr ? 0 : layer.bias[channel + c];
    mve::SetBias(bias + layer.params->input_offset * sum, out);
    const int32_t shift = layer.quant->shift[channel + c];
    out->multiplier = layer.quant->multiplier[channel + c];
    out->right = shift < 0 ? shift : 0;
    out->left = shift < 0 ? 0 : shift;
    out->nudge = shift < 0 ? -1 : 0;
    left |= out->left;
  }
  return left != 0;
}

// Bit 4 * column + row of a quad: does the image have it?
uint32_t Inside(const Axis& rows, int32_t first_row, uint32_t columns) {
  const int32_t above = first_row < 0 ? -first_row : 0;
  const int32_t below = first_row + 4 > rows.in_size ? first_row + 4 - rows.in_size : 0;
  return above + below > 3 ? 0 : columns & 0x1111 * ((0xfu << above) & (0xfu >> below));
}

// All rows of a strip for the four channels of the stream.
void RunGroup(const Layer& layer, const Strip& strip, Narrow narrow, const int8_t* input,
              int8_t* output, Scratch* scratch) {
  const mve::RowWalk rows = {input + strip.in_first * layer.columns.in_pitch, layer.rows.in_pitch,
                             layer.rows.in_size - 1, Fill(layer)};
  const uint32_t columns_inside = strip.in_size < 4 ? (1u << (4 * strip.in_size)) - 1 : 0xffff;
  const int32_t step = 4 * layer.columns.out_pitch;
  const int32_t out_rows = 2 / layer.stride;
  output += strip.first * layer.columns.out_pitch;
  int32_t first_row = -layer.rows.padding;
  for (int32_t y = layer.rows.out_size; y > 0; y -= out_rows, first_row += 2) {
    if (strip.in_size > 0) {
      mve::LoadPlanes(rows, strip.walk, first_row, Inside(layer.rows, first_row, columns_inside),
                      scratch->quad, scratch->planes + 4 * strip.left);
    }
    int8_t* row_0 = output;
    int8_t* row_1 = y > 1 ? output + layer.rows.out_pitch : output;
    const int8_t* planes = scratch->planes;
    for (int32_t left = strip.size; left > 0; left -= 4) {
      if (layer.stride == 1 && narrow == Narrow::kUnsigned) {
        mve::DepthwiseTile<1, Narrow::kUnsigned>(scratch->stream, planes, left, row_0, row_1);
      } else if (layer.stride == 1) {
        mve::DepthwiseTile<1, Narrow::kAny>(scratch->stream, planes, left, row_0, row_1);
      } else if (narrow == Narrow::kUnsigned) {
        mve::DepthwiseTile<2, Narrow::kUnsigned>(scratch->stream, planes, left, row_0, row_0);
      } else {
        mve::DepthwiseTile<2, Narrow::kAny>(scratch->stream, planes, left, row_0, row_0);
      }
      planes += 16 * layer.stride;
      row_0 += step;
      row_1 += step;
    }
    output += out_rows * layer.rows.out_pitch;
  }
}

void Run(const Layer& layer, const int8_t* input, int8_t* output, Scratch* scratch) {
  const cmsis_nn_dw_conv_params& params = *layer.params;
  const Axis& columns = layer.columns;
  const bool is_unsigned = params.output_offset == -128 && params.activation.min == -128 &&
                           params.activation.max == 127;
  DepthwiseStream& stream = scratch->stream;
  for (int i = 0; i < 4; ++i) stream.columns[i] = static_cast<uint32_t>(i * columns.out_pitch);
  std::memset(stream.low, params.activation.min, sizeof(stream.low));
  std::memset(stream.high, params.activation.max, sizeof(stream.high));
  stream.offset = params.output_offset;

  const int32_t most = kMaxColumns / layer.stride;
  const int32_t strips = (columns.out_size + most - 1) / most;
  const int32_t size = ((columns.out_size + strips - 1) / strips + 3) & ~3;
  for (int32_t first = 0; first < columns.out_size; first += size) {
    const int32_t left = columns.out_size - first;
    const Strip strip = MakeStrip(columns, layer.stride, first, left < size ? left : size);
    // What LoadPlanes does not reach stays as it is here.
    std::memset(scratch->planes, static_cast<int>(Fill(layer) & 0xff), sizeof(scratch->planes));
    for (int32_t channel = 0; channel < layer.channels; channel += 4) {
      const bool left_shift = LoadStream(layer, channel, scratch);
      RunGroup(layer, strip, is_unsigned && !left_shift ? Narrow::kUnsigned : Narrow::kAny,
               input + channel, output + channel, scratch);
    }
  }
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_mve(
    const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims* bias_dims, const int32_t* bias, const cmsis_nn_dims* output_dims,
    int8_t* output) {
  const int32_t channels = input_dims->c;
  const int32_t stride = params->stride.w;
  const bool is_planar = filter_dims->w == 3 && filter_dims->h == 3 && params->ch_mult == 1 &&
                         params->dilation.w == 1 && params->dilation.h == 1 &&
                         params->stride.h == stride && (stride == 1 || stride == 2) &&
                         input_dims->n == 1 && input_dims->h > 0 && input_dims->w > 0 &&
                         output_dims->h > 0 && output_dims->w > 0 &&
                         ctx->buf != nullptr && channels % 4 == 0 && IsWords(input) &&
                         IsWords(output);
  if (!is_planar) {
    return depthwise_conv_s8_mve_lanes(ctx, params, quant, input_dims, input, filter_dims, filter,
                                       bias_dims, bias, output_dims, output);
  }
  const Axis horizontal = {input_dims->w, output_dims->w, channels, channels, params->padding.w};
  const Axis vertical = {input_dims->h, output_dims->h, input_dims->w * channels,
                         output_dims->w * channels, params->padding.h};
  const bool is_tall = output_dims->h > output_dims->w;
  const Layer layer = {is_tall ? vertical : horizontal,
                       is_tall ? horizontal : vertical,
                       stride,
                       is_tall ? 1 : 4,
                       is_tall ? 4 : 1,
                       params,
                       quant,
                       filter,
                       bias,
                       channels};
  Run(layer, input, output, new (ctx->buf) Scratch);
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

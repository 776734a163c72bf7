// MVE: 3x3, strides 1 and 2, as dot products over windows of 4x4 in the planes of four channels
// (isa/mve_depthwise.h). The longer axis of the output is walked as columns, the other one in
// bands: of four rows of input, which give two rows of output with stride 1 and one with stride 2.
// What lies outside the image is filled with the zero point, so nothing in a tile tests for it.
//
// One input channel with several outputs is a convolution, as in Arm's library, which therefore
// grants scratch for it. Everything else goes to mve_lanes.cc: other filters, multipliers and
// strides, dilation, batches (Arm's size function grants them no scratch), tensors whose pixels are
// not words, and outputs of more than 160 rows and columns.
#include <cstring>
#include <new>

#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/mve_depthwise.h"

namespace cortico::kernels {
namespace {

using mve::DepthwiseStream;
using mve::Narrow;

// Output columns at a time: 32 with stride 1, 16 with stride 2. All windows then end, and a quad
// that is stored at the last column ends, within the planes.
constexpr int32_t kMaxColumns = 32;
constexpr int32_t kMaxRows = 160;  // and bands: there are as many with stride 2, half with 1

// In ctx->buf, of the 4464 bytes Arm asks for.
struct Scratch {
  DepthwiseStream stream;
  int8_t quad[64];
  int8_t planes[4 * mve::kPlaneBytes];
  mve::Band bands[kMaxRows];
};
static_assert(sizeof(Scratch) <= 4464, "");

struct Axis {
  int32_t in_size;
  int32_t out_size;
  int32_t in_pitch;
  int32_t out_pitch;
  int32_t padding;
  int32_t tap_pitch;
};

struct Layer {
  Axis columns;
  Axis rows;
  int32_t stride;
  int32_t channels;
  bool is_unsigned;
  const cmsis_nn_per_channel_quant_params* quant;
  const int8_t* filter;
  const int32_t* bias;
  int32_t input_offset;
};

// Columns of the output, and those of the input under them.
struct Strip {
  int32_t columns;
  int32_t whole;       // columns, without the pair that DepthwiseRow has for the last one or two
  uint32_t rest;       // stream.rest for them
  int32_t in_columns;  // inside the image
  int32_t left;        // columns outside, before them
  mve::ColumnWalk walk;
};

bool IsWords(const void* pointer) { return (reinterpret_cast<uintptr_t>(pointer) & 3) == 0; }

int32_t Smaller(int32_t a, int32_t b) { return a < b ? a : b; }

// Returns the first column of the input inside.
int32_t WalkColumns(const Axis& axis, int32_t stride, int32_t first, Strip* strip) {
  const int32_t begin = first * stride - axis.padding;
  const int32_t end = begin + (strip->columns - 1) * stride + 3;
  const int32_t in_first = begin < 0 ? 0 : begin;
  const int32_t size = Smaller(end, axis.in_size) - in_first;
  strip->in_columns = size;
  strip->left = in_first - begin;
  if (size <= 0) return 0;
  mve::ColumnWalk& walk = strip->walk;
  const int32_t last = size < 4 ? 0 : size - 4;
  walk.quads = (size - 1) / 4;
  walk.step = 4 * axis.in_pitch;
  walk.back = 4 * last - 16 * walk.quads;
  for (int32_t i = 0; i < 4; ++i) {
    const int32_t column = Smaller(i, size - 1);
    walk.offsets[i] = static_cast<uint32_t>(column * axis.in_pitch);
    walk.last_offsets[i] = static_cast<uint32_t>((last + column) * axis.in_pitch);
  }
  return in_first;
}

int32_t RowsPerBand(const Layer& layer) { return layer.stride == 1 ? 2 : 1; }

void ListBands(const Layer& layer, int32_t in_columns, mve::Band* band) {
  const uint32_t columns = in_columns < 4 ? (1u << (4 * in_columns)) - 1 : 0xffff;
  int32_t first = -layer.rows.padding;
  for (int32_t y = 0; y < layer.rows.out_size; y += RowsPerBand(layer), first += 2, ++band) {
    band->inside = 0;
    for (int32_t i = 0; i < 4; ++i) {
      const int32_t row = Clamp(first + i, 0, layer.rows.in_size - 1);
      band->rows[i] = row * layer.rows.in_pitch;
      if (row == first + i) band->inside |= columns & 0x1111u << i;
    }
  }
}

// All rows of a strip for the four channels of the stream.
__attribute__((noinline)) void RunBands(const Layer& layer, const Strip& strip, Narrow narrow,
                                        const int8_t* input, int8_t* output, Scratch* scratch) {
  DepthwiseStream& stream = scratch->stream;
  const int8_t* planes = scratch->planes;
  const int32_t rows_per_band = RowsPerBand(layer);
  const int32_t band_pitch = rows_per_band * layer.rows.out_pitch;
  const mve::Band* band = scratch->bands;
  stream.rest = strip.rest;
  for (int32_t rows = layer.rows.out_size; rows > 0; rows -= rows_per_band) {
    if (strip.in_columns > 0) {
      mve::LoadPlanes(*band++, strip.walk, input, scratch->quad,
                      scratch->planes + 4 * strip.left);
    }
    if (layer.stride == 2) {
      if (narrow == Narrow::kUnsigned) {
        mve::DepthwiseRow<2, Narrow::kUnsigned>(stream, planes, strip.columns, output, output);
      } else {
        mve::DepthwiseRow<2, Narrow::kAny>(stream, planes, strip.columns, output, output);
      }
    } else {
      int8_t* second = output + layer.rows.out_pitch;
      if (rows == 1) {
        second = output;
        stream.rest &= 0xff;
      }
      if (narrow == Narrow::kUnsigned) {
        mve::DepthwiseRow<1, Narrow::kUnsigned>(stream, planes, strip.whole, output, second);
      } else {
        mve::DepthwiseRow<1, Narrow::kAny>(stream, planes, strip.columns, output, second);
      }
    }
    output += band_pitch;
  }
}

void RunStrip(const Layer& layer, const Strip& strip, const int8_t* input, int8_t* output,
              Scratch* scratch) {
  static constexpr int32_t kNoBias[4] = {};
  // What LoadPlanes does not reach stays as it is here.
  std::memset(scratch->planes, static_cast<int>(strip.walk.fill & 0xff), sizeof(scratch->planes));
  mve::DepthwiseChannels channels = {layer.filter,
                                     layer.columns.tap_pitch,
                                     layer.rows.tap_pitch,
                                     layer.quant->multiplier,
                                     layer.quant->shift,
                                     layer.bias == nullptr ? kNoBias : layer.bias,
                                     layer.input_offset};
  for (int32_t left = layer.channels; left > 0; left -= 4) {
    const bool has_left_shift = mve::LoadStream(channels, scratch->quad, &scratch->stream) > 0;
    const Narrow narrow =
        layer.is_unsigned && !has_left_shift ? Narrow::kUnsigned : Narrow::kAny;
    RunBands(layer, strip, narrow, input, output, scratch);
    channels.filter += 4;
    channels.multiplier += 4;
    channels.shift += 4;
    if (layer.bias != nullptr) channels.bias += 4;
    input += 4;
    output += 4;
  }
}

void Run(const Layer& layer, const int8_t* input, int8_t* output, Scratch* scratch) {
  const Axis& columns = layer.columns;
  const int32_t most = kMaxColumns / layer.stride;
  const int32_t strips = (columns.out_size + most - 1) / most;
  const int32_t size = ((columns.out_size + strips - 1) / strips + 3) & ~3;
  for (int32_t x = 0; x < columns.out_size; x += size) {
    Strip strip = {};
    strip.columns = Smaller(size, columns.out_size - x);
    const int32_t rest = strip.columns % 4 == 3 ? 0 : strip.columns % 4;
    strip.whole = strip.columns - rest;
    strip.rest = rest == 0 ? 0 : rest == 1 ? 0x0f0f : 0xffff;
    strip.walk.fill = 0x01010101u * static_cast<uint8_t>(-layer.input_offset);
    const int32_t in_column = WalkColumns(columns, layer.stride, x, &strip);
    if (strip.in_columns > 0) ListBands(layer, strip.in_columns, scratch->bands);
    RunStrip(layer, strip, input + in_column * columns.in_pitch, output + x * columns.out_pitch,
             scratch);
  }
}

// One input channel is an ordinary convolution, with a filter in the other order, which comes after
// the convolution's scratch.
arm_cmsis_nn_status RunAsConvolution(
    const cmsis_nn_context& ctx, const cmsis_nn_dw_conv_params& params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims* bias_dims, const int32_t* bias, const cmsis_nn_dims* output_dims,
    int8_t* output) {
  const cmsis_nn_conv_params conv = {params.input_offset, params.output_offset, params.stride,
                                     params.padding,      params.dilation,      params.activation};
  const int32_t channels = output_dims->c;
  const cmsis_nn_dims conv_filter = {channels, filter_dims->h, filter_dims->w, 1};
  int8_t* moved = static_cast<int8_t*>(ctx.buf) + arm_convolve_wrapper_s8_get_buffer_size_mve(
                                                      &conv, input_dims, &conv_filter, output_dims);
  int8_t* to = moved;
  for (int32_t channel = 0; channel < channels; ++channel) {
    const int8_t* from = filter + channel;
    for (int32_t i = filter_dims->h * filter_dims->w; i > 0; --i, from += channels) *to++ = *from;
  }
  constexpr auto* run = Select(kConvolveS8, Code::kMve);
  return run(&ctx, &conv, quant, input_dims, input, &conv_filter, moved, bias_dims, bias, nullptr,
             output_dims, output);
}

// What stays the same in the stream.
void SetOutput(const Layer& layer, const cmsis_nn_dw_conv_params& params, DepthwiseStream* stream) {
  const int32_t column = layer.columns.out_pitch;
  const int32_t row = layer.rows.out_pitch;
  for (int32_t i = 0; i < 4; ++i) {
    stream->columns[i] = static_cast<uint32_t>(i * column);
    stream->pair[i] = static_cast<uint32_t>(i % 2 * column + i / 2 * row);
  }
  std::memset(stream->low, params.activation.min, sizeof(stream->low));
  std::memset(stream->high, params.activation.max, sizeof(stream->high));
  stream->offset = params.output_offset;
  stream->step = 4 * column;
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_mve(
    const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims* bias_dims, const int32_t* bias, const cmsis_nn_dims* output_dims,
    int8_t* output) {
  const int32_t channels = input_dims->c;
  if (channels == 1 && output_dims->c > 1 && ctx->buf != nullptr) {
    return RunAsConvolution(*ctx, *params, quant, input_dims, input, filter_dims, filter, bias_dims,
                            bias, output_dims, output);
  }
  const int32_t stride = params->stride.w;
  const bool is_tall = output_dims->h > output_dims->w;
  const int32_t out_rows = is_tall ? output_dims->w : output_dims->h;
  const bool is_planar = filter_dims->w == 3 && filter_dims->h == 3 && params->ch_mult == 1 &&
                         params->dilation.w == 1 && params->dilation.h == 1 &&
                         params->stride.h == stride && (stride == 1 || stride == 2) &&
                         input_dims->n == 1 && input_dims->h > 0 && input_dims->w > 0 &&
                         output_dims->h > 0 && output_dims->w > 0 && out_rows <= kMaxRows &&
                         ctx->buf != nullptr && channels % 4 == 0 && IsWords(input) &&
                         IsWords(output);
  if (!is_planar) {
    return depthwise_conv_s8_mve_lanes(ctx, params, quant, input_dims, input, filter_dims, filter,
                                       bias_dims, bias, output_dims, output);
  }
  const Axis horizontal = {input_dims->w, output_dims->w,    channels,
                           channels,      params->padding.w, channels};
  const Axis vertical = {input_dims->h,
                         output_dims->h,
                         input_dims->w * channels,
                         output_dims->w * channels,
                         params->padding.h,
                         3 * channels};
  Layer layer = {};
  layer.columns = is_tall ? vertical : horizontal;
  layer.rows = is_tall ? horizontal : vertical;
  layer.stride = stride;
  layer.channels = channels;
  layer.is_unsigned = params->output_offset == -128 && params->activation.min == -128 &&
                      params->activation.max == 127;
  layer.quant = quant;
  layer.filter = filter;
  layer.bias = bias;
  layer.input_offset = params->input_offset;
  Scratch* scratch = new (ctx->buf) Scratch;
  SetOutput(layer, *params, &scratch->stream);
  Run(layer, input, output, scratch);
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

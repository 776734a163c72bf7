// v6-M: one channel at a time. Its input elements, with the offset added, become the words of a
// plane on the stack, as many rows as fit; zeros around them stand for the padding. Then six
// neighbouring outputs are a sum over taps of LDM, MULS and ADD without any test (isa/
// v6m_depthwise.h, Depthwise).
//
// With a stride of 2 along the row, the plane's row has two parts, of the even columns and of the
// odd ones, so that the elements under one tap lie side by side again. Wide inputs go in strips of
// columns, tall ones in blocks of rows; the rows two blocks share are moved.
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/v6m_depthwise.h"

namespace cortico::kernels {
namespace {

using v6m::kDepthwiseColumns;
using v6m::kDepthwiseTaps;
using v6m::Tap;

constexpr int32_t kBufferWords = 90;  // of the taps and the plane: what 1 KB of stack leaves
constexpr int32_t kSums = 22;         // requantized together
constexpr int32_t kMaxWidth = 18;     // of a strip: whole tiles that kSums hold
constexpr int32_t kMaxPhases = 2;     // stride
constexpr int32_t kWord = sizeof(int32_t);

// One part of a plane's row: the columns of the input that are a multiple of the stride apart.
struct Phase {
  int32_t input;  // offset of its first column inside the input, and its place in the plane
  int32_t plane;
  int32_t count;
};

struct Layer {
  const cmsis_nn_dw_conv_params* params;
  const cmsis_nn_per_channel_quant_params* quant;
  const cmsis_nn_dims* in;
  const cmsis_nn_dims* kernel;
  const cmsis_nn_dims* out;
  const int8_t* input;
  const int8_t* filter;
  const int32_t* bias;
  int8_t* output;
  int32_t in_pitch;
  int32_t span_y;        // rows under a column of taps
  int32_t width;         // of a strip of outputs, in whole tiles
  int32_t part;          // columns of a phase
  int32_t plane_pitch;
  int32_t plane_offset;  // in the buffer
  int32_t block_rows;    // of outputs from one plane
};

// A strip of outputs, and a channel of it.
struct Strip {
  Phase phase[kMaxPhases];
  int32_t columns;
  const int8_t* input;  // the image, at the channel
  int8_t* output;
  v6m::DepthwiseTiles tiles;
  v6m::OutputScale scale;
};

int32_t Min(int32_t a, int32_t b) { return a < b ? a : b; }
int32_t Max(int32_t a, int32_t b) { return a > b ? a : b; }

int32_t WholeTiles(int32_t columns) {
  int32_t whole = 0;
  while (whole < columns) whole += kDepthwiseColumns;
  return whole;
}

// Lays out the plane for strips of `width`, with `more` columns of input than of output. Returns
// the number of rows that fit.
int32_t LayOut(int32_t width, int32_t phases, int32_t more, Layer* layer) {
  layer->width = width;
  layer->part = Min(width, layer->out->w) + more;
  layer->plane_pitch = (phases * layer->part + 1) & ~1;
  // Tiles are whole: behind the only strip of a narrower output they read whatever is in the plane.
  const int32_t last = (phases - 1) * layer->part + more + width;
  const int32_t left = kBufferWords - layer->plane_offset - last;
  return left < 0 ? 0 : left / layer->plane_pitch + 1;
}

// Chooses strips and blocks; false if not one row of outputs fits.
[[gnu::noinline]] bool Plan(Layer* layer) {
  const cmsis_nn_dw_conv_params& params = *layer->params;
  const int32_t stride = params.stride.w;
  const int32_t span_x = (layer->kernel->w - 1) * params.dilation.w + 1;
  const int32_t phases = Min(stride, span_x);
  if (phases > kMaxPhases || layer->out->w <= 0) return false;
  const int32_t more = stride == 1 ? span_x - 1 : (span_x - 1) / stride;
  int32_t taps = 0;
  while (taps < layer->kernel->h * layer->kernel->w) taps += kDepthwiseTaps;
  layer->plane_offset = taps * static_cast<int32_t>(sizeof(Tap)) / kWord;
  layer->span_y = (layer->kernel->h - 1) * params.dilation.h + 1;
  layer->in_pitch = layer->in->w * layer->in->c;

  // The widest strip with room for two rows of outputs, or else for one; then all about as wide.
  for (int32_t rows = Min(layer->out->h, 2); rows > 0; --rows) {
    const int32_t needed = (rows - 1) * params.stride.h + layer->span_y;
    int32_t width = Min(WholeTiles(layer->out->w), kMaxWidth);
    while (width > 0 && LayOut(width, phases, more, layer) < needed) width -= kDepthwiseColumns;
    if (width <= 0) continue;
    const int32_t strips = (layer->out->w + width - 1) / width;
    width = WholeTiles((layer->out->w + strips - 1) / strips);
    layer->block_rows =
        (LayOut(width, phases, more, layer) - layer->span_y) / params.stride.h + 1;
    return true;
  }
  return false;
}

// Where the taps lie in a plane.
[[gnu::noinline]] void PlaceTaps(const Layer& layer, Tap* tap, const Tap* end) {
  const cmsis_nn_dw_conv_params& params = *layer.params;
  int32_t row = 0;
  for (int32_t ky = 0; ky < layer.kernel->h; ++ky) {
    int32_t phase = 0;
    int32_t column = 0;
    for (int32_t kx = 0; kx < layer.kernel->w; ++kx) {
      (tap++)->offset = kWord * (row + phase * layer.part + column);
      for (phase += params.dilation.w; phase >= params.stride.w; phase -= params.stride.w) ++column;
    }
    row += params.dilation.h * layer.plane_pitch;
  }
  while (tap != end) *tap++ = {0, 0};
}

// The columns of each phase that are inside the input, for the strip from output `begin` on.
[[gnu::noinline]] void PlacePhases(const Layer& layer, int32_t begin, Strip* strip) {
  const int32_t stride = layer.params->stride.w;
  strip->columns = Min(layer.width, layer.out->w - begin);
  for (int32_t p = 0; p < kMaxPhases; ++p) {
    int32_t x = begin * stride - layer.params->padding.w + p;
    int32_t skip = 0;
    for (; x < 0 && skip < layer.part; x += stride) ++skip;
    int32_t end = skip;
    for (int32_t u = x; u < layer.in->w && end < layer.part; u += stride) ++end;
    // The plane has no more phases than there are taps to read them.
    if ((p + 1) * layer.part > layer.plane_pitch) end = skip;
    strip->phase[p] = {x * layer.in->c, p * layer.part + skip, end - skip};
  }
}

// Rows [begin, end) of the plane, the first of which is row y of the input.
[[gnu::noinline]] void PackRows(const Layer& layer, const Strip& strip, int32_t y, int32_t begin,
                                int32_t end, int32_t* plane) {
  const int32_t inside_begin = Min(Max(-y, begin), end);
  const int32_t inside_end = Max(Min(layer.in->h - y, end), inside_begin);
  for (const Phase& phase : strip.phase) {
    if (phase.count == 0) continue;
    int32_t* const columns = plane + phase.plane;
    for (int32_t r = begin; r < end; ++r) {
      if (r == inside_begin) r = inside_end;
      if (r == end) break;
      volatile int32_t* const zeros = columns + r * layer.plane_pitch;  // not a call of memset
      for (int32_t i = 0; i < phase.count; ++i) zeros[i] = 0;
    }
    if (inside_begin < inside_end) {
      v6m::PackPlane({strip.input + ((y + inside_begin) * layer.in_pitch + phase.input),
                      columns + inside_begin * layer.plane_pitch, phase.count,
                      inside_end - inside_begin, layer.params->stride.w * layer.in->c,
                      layer.in_pitch, layer.plane_pitch},
                     layer.params->input_offset);
    }
  }
}

// Rows of a strip from the plane. A strip that is one tile wide goes several rows at a time, a
// wider one several tiles.
[[gnu::noinline]] void RunRows(const Layer& layer, Strip* strip, const int32_t* plane,
                               int32_t rows) {
  int32_t sums[kSums];
  const cmsis_nn_dw_conv_params& params = *layer.params;
  const v6m::OutputRange range = {params.activation.min, params.activation.max,
                                  params.output_offset};
  const int32_t row_step = params.stride.h * layer.plane_pitch;
  const int32_t columns = strip->columns;
  const bool narrow = layer.width == kDepthwiseColumns;
  strip->tiles.input_step = kWord * (narrow ? row_step : kDepthwiseColumns);
  strip->tiles.sums_step = kWord * (narrow ? columns : kDepthwiseColumns);
  while (rows > 0) {
    int32_t tiles = 0;
    int32_t outputs = 0;  // of the tiles
    int32_t count = 1;    // of rows
    if (narrow) {
      do {
        outputs += columns;
      } while (++tiles < rows && outputs + kDepthwiseColumns <= kSums);
      count = tiles;
    } else {
      for (; outputs < columns; outputs += kDepthwiseColumns) ++tiles;
    }
    strip->tiles.input = plane;
    strip->tiles.sums = sums;
    strip->tiles.count = tiles;
    v6m::Depthwise(&strip->tiles);

    const int32_t* from = sums;
    // Rows of the only strip lie one behind the other.
    const bool whole = columns == layer.out->w;
    const int32_t run = whole ? count * columns : columns;
    const int32_t output_step = (whole ? run : layer.out->w) * layer.out->c;
    for (int32_t left = count * columns; left > 0; left -= run) {
      v6m::RequantizeRun(from, run, strip->scale, range, strip->output, layer.out->c);
      from += run;
      strip->output += output_step;
    }
    plane += count * row_step;
    rows -= count;
  }
}

// A channel of an image, block by block.
[[gnu::noinline]] void RunChannel(const Layer& layer, Strip* strip, int32_t* plane) {
  int32_t y = -layer.params->padding.h;  // input row of the plane's first
  int32_t packed = 0;                    // rows of the plane that are there
  for (int32_t left = layer.out->h;;) {
    const int32_t rows = Min(layer.block_rows, left);
    const int32_t needed = (rows - 1) * layer.params->stride.h + layer.span_y;
    PackRows(layer, *strip, y, packed, needed, plane);
    RunRows(layer, strip, plane, rows);
    left -= rows;
    if (left <= 0) return;
    // What the next block shares with this one moves to the top.
    const int32_t consumed = rows * layer.params->stride.h;
    y += consumed;
    packed = Max(needed - consumed, 0);
    v6m::MoveDown(plane + consumed * layer.plane_pitch, plane, packed * layer.plane_pitch);
  }
}

[[gnu::noinline]] void Run(const Layer& layer) {
  int32_t buffer[kBufferWords];
  Tap* const taps = reinterpret_cast<Tap*>(buffer);
  int32_t* const plane = buffer + layer.plane_offset;
  Strip strip;
  strip.tiles.taps = taps;
  strip.tiles.end = reinterpret_cast<Tap*>(plane);
  PlaceTaps(layer, taps, strip.tiles.end);
  for (int32_t begin = 0; begin < layer.out->w; begin += layer.width) {
    PlacePhases(layer, begin, &strip);
    for (int32_t i = layer.plane_offset; i < kBufferWords; ++i) buffer[i] = 0;
    int32_t left = 0;  // outputs of the current input channel
    const int8_t* input = layer.input - 1;
    for (int32_t o = 0; o < layer.out->c; ++o) {
      if (left == 0) {
        left = layer.params->ch_mult;
        ++input;
      }
      --left;
      const int8_t* weight = layer.filter + o;
      for (int32_t t = 0; t < layer.kernel->h * layer.kernel->w; ++t) {
        taps[t].weight = *weight;
        weight += layer.out->c;
      }
      strip.tiles.bias = layer.bias != nullptr ? layer.bias[o] : 0;
      const uint32_t most = v6m::Magnitude(strip.tiles.bias) +
                            128 * 255 * static_cast<uint32_t>(layer.kernel->h * layer.kernel->w);
      strip.scale = v6m::MakeOutputScale(most, layer.quant->multiplier[o], layer.quant->shift[o],
                                         layer.params->output_offset);
      strip.input = input;
      for (int32_t n = 0; n < layer.in->n; ++n) {
        strip.output =
            layer.output + ((n * layer.out->h * layer.out->w + begin) * layer.out->c + o);
        RunChannel(layer, &strip, plane);
        strip.input += layer.in->h * layer.in_pitch;
      }
    }
  }
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_v6m(
    const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims* bias_dims, const int32_t* bias, const cmsis_nn_dims* output_dims,
    int8_t* output) {
  Layer layer;
  layer.params = params;
  layer.quant = quant;
  layer.in = input_dims;
  layer.kernel = filter_dims;
  layer.out = output_dims;
  layer.input = input;
  layer.filter = filter;
  layer.bias = bias;
  layer.output = output;
  if (output_dims->h <= 0) return ARM_CMSIS_NN_SUCCESS;
  if (Plan(&layer)) {
    Run(layer);
    return ARM_CMSIS_NN_SUCCESS;
  }
  return depthwise_conv_s8_scalar(ctx, params, quant, input_dims, input, filter_dims, filter,
                                  bias_dims, bias, output_dims, output);
}

}  // namespace cortico::kernels

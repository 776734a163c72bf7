// v6-M: two output channels in the lanes of a word. Their weights are packed into a panel; then
// every element of the input multiplies both (isa/v6m.h, DotLanes). No sum can overflow a lane, so
// this needs nothing of the values.
//
// The input is read as it lies, without im2col: a window is one run per kernel row. Only where the
// runs are short are the windows of a few pixels copied first, each to one run, for all channels.
//
// The input offset is not added to the elements but folded, times the sum of the weights, into
// where the sums start. A tap outside of the input counted there, so it is taken out again.
//
// Where Arm's contract grants scratch, it grants 4 bytes per element of a window: exactly the
// panel. A 1x1 filter gets none; its panel is on the stack and holds kBufferWords. Longer ones go in
// slices, whose sums are added.
#include "kernels/common/window.h"
#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/isa/v6m.h"

namespace cortico::kernels {
namespace {

using v6m::kLanePixels;
using v6m::LaneSums;
using v6m::LaneTile;

// On the stack: the panel of a 1x1 filter, or the copied windows, or the sums of each tap's weights.
constexpr int32_t kBufferWords = 128;
constexpr int32_t kBufferBytes = 4 * kBufferWords;
constexpr int32_t kMaxTaps = kBufferBytes / static_cast<int32_t>(sizeof(LaneSums));

constexpr int32_t kShortRun = 12;     // shorter ones are copied
constexpr int32_t kMostCopied = 128;  // if so many elements at most are in a window

struct Layer {
  const cmsis_nn_conv_params* params;
  const cmsis_nn_per_channel_quant_params* quant;
  const int32_t* bias;
  cmsis_nn_dims input;
  cmsis_nn_dims filter;
  cmsis_nn_dims output;
  int32_t window;  // elements of a window: kernel rows * columns * channels of a group
  int32_t row_pitch;
  bool pointwise;
  bool contiguous;  // the taps of a kernel row lie side by side
  bool copied;
};

int32_t Min(int32_t a, int32_t b) { return a < b ? a : b; }

// An output pixel.
struct Pixel {
  int32_t y;
  int32_t x;
};

void Advance(const Layer& layer, int32_t count, Pixel* pixel) {
  pixel->x += count;
  while (pixel->x >= layer.output.w) {
    pixel->x -= layer.output.w;
    ++pixel->y;
  }
}

// The taps of a pixel inside the input, and the input under the first of these.
struct Window {
  Taps y;
  Taps x;
  const int8_t* input;
};

Window ClipWindow(const Layer& layer, const int8_t* input, const Pixel& pixel) {
  const cmsis_nn_conv_params& params = *layer.params;
  const int32_t base_y = pixel.y * params.stride.h - params.padding.h;
  const int32_t base_x = pixel.x * params.stride.w - params.padding.w;
  Window window;
  window.y = ClipTaps(base_y, params.dilation.h, layer.filter.h, layer.input.h);
  window.x = ClipTaps(base_x, params.dilation.w, layer.filter.w, layer.input.w);
  window.input = input + ((base_y + window.y.begin * params.dilation.h) * layer.row_pitch +
                          (base_x + window.x.begin * params.dilation.w) * layer.input.c);
  if (window.x.begin >= window.x.end || window.y.begin >= window.y.end) {
    window = {{0, 0}, {0, 0}, input};
  }
  return window;
}

// Copies the windows of `count` pixels. What lies outside of the input is the value that the offset
// makes 0.
void CopyWindows(const Layer& layer, const int8_t* input, Pixel pixel, int32_t count, int8_t* to) {
  const int8_t outside = static_cast<int8_t>(-layer.params->input_offset);
  const int32_t tap_step = layer.params->dilation.w * layer.input.c;
  for (; count > 0; --count) {
    const Window window = ClipWindow(layer, input, pixel);
    const int8_t* from = window.input;
    for (int32_t ky = 0; ky < layer.filter.h; ++ky) {
      const bool row = ky >= window.y.begin && ky < window.y.end;
      const int8_t* tap = from;
      for (int32_t kx = 0; kx < layer.filter.w; ++kx) {
        if (row && kx >= window.x.begin && kx < window.x.end) {
          for (int32_t i = 0; i < layer.filter.c; ++i) *to++ = tap[i];
          tap += tap_step;
        } else {
          for (int32_t i = 0; i < layer.filter.c; ++i) *to++ = outside;
        }
      }
      if (row) from += layer.params->dilation.h * layer.row_pitch;
    }
    Advance(layer, 1, &pixel);
  }
}

// Two channels, or the last one twice.
struct ChannelPair {
  int32_t channel;
  int32_t lanes;
  const int8_t* first;
  const int8_t* second;
  LaneSums start;  // bias and input offset
};

[[gnu::noinline]] LaneSums Pack(const int8_t* first, const int8_t* second, int32_t count,
                                uint32_t* panel) {
  return v6m::PackRun(first, second, count, panel);
}

void Add(const LaneSums& sums, int32_t factor, LaneSums* to) {
  to->all += static_cast<uint32_t>(factor) * sums.all;
  to->high += factor * sums.high;
}

// The sums of `pixels` neighbours with the same taps inside of the input.
[[gnu::noinline]] void AddWindows(const Layer& layer, const Window& window, const LaneSums& start,
                                  const uint32_t* panel, const LaneSums* tap_sums, int32_t pixels,
                                  int32_t* sums) {
  const int32_t columns = window.x.end - window.x.begin;
  const int32_t rows = window.y.end - window.y.begin;
  const int32_t channels = layer.filter.c;
  const int32_t row_words = layer.filter.w * channels;
  LaneSums from = start;
  if (rows != layer.filter.h || columns != layer.filter.w) {
    for (int32_t ky = 0; ky < layer.filter.h; ++ky) {
      const bool row = ky >= window.y.begin && ky < window.y.end;
      for (int32_t kx = 0; kx < layer.filter.w; ++kx, ++tap_sums) {
        if (row && kx >= window.x.begin && kx < window.x.end) continue;
        Add(*tap_sums, -layer.params->input_offset, &from);
      }
    }
  }
  LaneTile tile;
  tile.panel = panel + (window.y.begin * layer.filter.w + window.x.begin) * channels;
  tile.input = window.input;
  tile.all = from.all;
  tile.high = from.high;
  tile.step = layer.params->stride.w * layer.input.c;
  if (rows == 0) {
    for (int32_t i = 0; i < pixels; ++i) {
      sums[i] = from.First();
      sums[kLanePixels + i] = from.Second();
    }
  } else if (layer.contiguous) {
    tile.run = columns * channels;
    tile.rows = rows;
    tile.input_skip = layer.params->dilation.h * layer.row_pitch - tile.run;
    tile.panel_skip = row_words - tile.run;
    v6m::DotLanes(tile, pixels, sums);
  } else {  // one pixel, one kernel row after the other
    tile.run = channels;
    tile.rows = columns;
    tile.input_skip = layer.params->dilation.w * layer.input.c - channels;
    tile.panel_skip = 0;
    for (int32_t ky = 0; ky < rows; ++ky) {
      v6m::DotLanes(tile, 1, sums);
      from = LaneSums::Of(sums[0], sums[kLanePixels]);
      tile.all = from.all;
      tile.high = from.high;
      tile.panel += row_words;
      tile.input += layer.params->dilation.h * layer.row_pitch;
    }
  }
}

// The next few pixels of an image, at most `most`: those in the output's row whose kernel rows are
// whole, or one. Returns how many.
int32_t AddSomeWindows(const Layer& layer, const int8_t* input, const Pixel& pixel,
                       const LaneSums& start, const uint32_t* panel, const LaneSums* tap_sums,
                       int32_t most, int32_t* sums) {
  const Window window = ClipWindow(layer, input, pixel);
  int32_t count = 1;
  if (layer.contiguous && window.x.end - window.x.begin == layer.filter.w) {
    const int32_t stride = layer.params->stride.w;
    most = Min(most, layer.output.w - pixel.x);
    int32_t x = pixel.x * stride - layer.params->padding.w + layer.filter.w;
    for (; count < most && (x += stride) <= layer.input.w;) ++count;
  }
  AddWindows(layer, window, start, panel, tap_sums, count, sums);
  return count;
}

// One window after the other in memory, in slices if longer than the panel.
void AddRuns(const Layer& layer, const ChannelPair& pair, const int8_t* input, int32_t step,
             uint32_t* panel, int32_t pixels, int32_t* sums) {
  LaneTile tile;
  tile.panel = panel;
  tile.input = input;
  tile.all = pair.start.all;
  tile.high = pair.start.high;
  tile.step = step;
  tile.run = layer.window;
  tile.rows = 1;
  tile.input_skip = 0;
  tile.panel_skip = 0;
  if (!layer.pointwise || layer.window <= kBufferWords) {
    v6m::DotLanes(tile, pixels, sums);
    return;
  }
  // The sums of a slice go behind those so far.
  constexpr int32_t kSlice = kLanePixels / 2;
  for (int32_t k = 0; k < layer.window; k += kBufferWords) {
    tile.run = Min(layer.window - k, kBufferWords);
    tile.input = input + k;
    Pack(pair.first + k, pair.second + k, tile.run, panel);
    v6m::DotLanes(tile, pixels, k == 0 ? sums : sums + kSlice);
    if (k == 0) {
      tile.all = 0;
      tile.high = 0;
      continue;
    }
    for (int32_t i = 0; i < pixels; ++i) {
      sums[i] += sums[kSlice + i];
      sums[kLanePixels + i] += sums[kLanePixels + kSlice + i];
    }
  }
}

// Packs the weights of both channels, all of them or of the first slice.
void Prepare(const Layer& layer, uint32_t* panel, LaneSums* tap_sums, ChannelPair* pair) {
  LaneSums total = {0, 0};
  if (layer.pointwise || layer.copied) {
    for (int32_t k = 0; k < layer.window; k += kBufferWords) {
      const int32_t count = Min(layer.window - k, kBufferWords);
      Add(Pack(pair->first + k, pair->second + k, count, panel), 1, &total);
    }
  } else {
    const int32_t channels = layer.filter.c;
    for (int32_t k = 0; k < layer.window; k += channels) {
      *tap_sums = Pack(pair->first + k, pair->second + k, channels, panel + k);
      Add(*tap_sums++, 1, &total);
    }
  }
  const int32_t* bias = layer.bias;
  const int32_t c = pair->channel;
  pair->start = bias != nullptr ? LaneSums::Of(bias[c], bias[c + pair->lanes - 1]) : LaneSums{0, 0};
  Add(total, layer.params->input_offset, &pair->start);
}

[[gnu::noinline]] void Finish(const Layer& layer, int32_t channel, const int32_t* sums,
                              int32_t pixels, int8_t* output) {
  const cmsis_nn_activation range = layer.params->activation;
  const int32_t offset = layer.params->output_offset;
  const int32_t multiplier = layer.quant->multiplier[channel];
  const int32_t shift = layer.quant->shift[channel];
  const int32_t bias = layer.bias != nullptr ? layer.bias[channel] : 0;
  constexpr int32_t kHalf = v6m::kScaleMaxSum / 2;
  if (layer.window < kHalf / (128 * 255) && bias < kHalf && bias > -kHalf &&
      v6m::HasScale(multiplier, shift, offset)) {
    v6m::RequantizeRun(sums, pixels, v6m::MakeScale(multiplier, shift, offset),
                       {range.min, range.max}, output, layer.output.c);
    return;
  }
  for (int32_t i = 0; i < pixels; ++i) {
    *output = ToOutput(Requantize(sums[i], multiplier, shift), offset, range.min, range.max);
    output += layer.output.c;
  }
}

// Two channels of `count` pixels from `pixel` on. `windows` are these pixels', if they are copied.
void RunPair(const Layer& layer, const ChannelPair& pair, const int8_t* input,
             const int8_t* windows, Pixel pixel, int32_t count, uint32_t* panel,
             const LaneSums* tap_sums, int8_t* output) {
  const cmsis_nn_tile stride = layer.params->stride;
  const bool sliced = layer.pointwise && layer.window > kBufferWords;
  const int32_t batch = sliced ? kLanePixels / 2 : kLanePixels;
  int32_t sums[2 * kLanePixels];
  while (count > 0) {
    const int32_t most = Min(count, batch);
    int32_t done = 0;
    if (layer.copied) {
      AddRuns(layer, pair, windows, layer.window, panel, most, sums);
      windows += most * layer.window;
      done = most;
    }
    while (done < most) {
      int32_t more;
      if (layer.pointwise) {
        more = Min(most - done, layer.output.w - pixel.x);
        const int8_t* in = input + (pixel.y * stride.h * layer.row_pitch +
                                    pixel.x * stride.w * layer.input.c);
        AddRuns(layer, pair, in, stride.w * layer.input.c, panel, more, sums + done);
      } else {
        more = AddSomeWindows(layer, input, pixel, pair.start, panel, tap_sums, most - done,
                              sums + done);
      }
      Advance(layer, more, &pixel);
      done += more;
    }
    for (int32_t lane = 0; lane < pair.lanes; ++lane) {
      Finish(layer, pair.channel + lane, sums + lane * kLanePixels, most, output + lane);
    }
    output += most * layer.output.c;
    count -= most;
  }
}

}  // namespace

arm_cmsis_nn_status convolve_s8_v6m(const cmsis_nn_context* ctx,
                                    const cmsis_nn_conv_params* params,
                                    const cmsis_nn_per_channel_quant_params* quant,
                                    const cmsis_nn_dims* input_dims, const int8_t* input,
                                    const cmsis_nn_dims* filter_dims, const int8_t* filter,
                                    const cmsis_nn_dims* bias_dims, const int32_t* bias,
                                    const cmsis_nn_dims* upscale_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output) {
  Layer layer;
  layer.params = params;
  layer.quant = quant;
  layer.bias = bias;
  layer.input = *input_dims;
  layer.filter = *filter_dims;
  layer.output = *output_dims;
  const int32_t taps = filter_dims->h * filter_dims->w;
  layer.window = taps * filter_dims->c;
  layer.row_pitch = input_dims->w * input_dims->c;
  const bool grouped = filter_dims->c != input_dims->c;
  layer.pointwise = taps == 1 && !grouped && params->padding.w == 0 && params->padding.h == 0;
  layer.contiguous = params->dilation.w == 1 && !grouped;
  const int32_t run = layer.contiguous ? filter_dims->w * filter_dims->c : filter_dims->c;
  layer.copied = !layer.pointwise && run < kShortRun && layer.window <= kMostCopied;

  const bool upscaled = upscale_dims != nullptr && upscale_dims->h * upscale_dims->w != 1;
  const bool aligned = (reinterpret_cast<uintptr_t>(ctx->buf) & 3) == 0;
  // Outputs beyond the input are legal; a 1x1 filter has no scratch for them.
  const bool beyond = (output_dims->w - 1) * params->stride.w >= input_dims->w ||
                      (output_dims->h - 1) * params->stride.h >= input_dims->h;
  if (upscaled || layer.window == 0 ||
      (layer.pointwise ? beyond : !aligned || (taps > kMaxTaps && !layer.copied))) {
    return convolve_s8_scalar(ctx, params, quant, input_dims, input, filter_dims, filter, bias_dims,
                              bias, upscale_dims, output_dims, output);
  }

  if (layer.pointwise && params->stride.w == 1 && params->stride.h == 1 &&
      output_dims->w == input_dims->w) {
    // One long row of pixels.
    layer.output.w *= layer.output.h;
  }

  uint32_t buffer[kBufferWords];
  uint32_t* const panel = layer.pointwise ? buffer : static_cast<uint32_t*>(ctx->buf);
  int8_t* const windows = reinterpret_cast<int8_t*>(buffer);
  LaneSums* const tap_sums = reinterpret_cast<LaneSums*>(buffer);
  const int32_t pixels = output_dims->h * output_dims->w;
  const int32_t block = layer.copied ? kBufferBytes / layer.window : pixels;
  const int32_t groups = grouped ? input_dims->c / filter_dims->c : 1;
  const int32_t group_channels = grouped ? output_dims->c / groups : output_dims->c;

  for (int32_t n = 0; n < input_dims->n; ++n) {
    Pixel pixel = {0, 0};
    for (int32_t left = pixels; left > 0; left -= block) {
      const int32_t count = Min(left, block);
      ChannelPair pair;
      pair.first = filter;
      pair.channel = 0;
      for (int32_t group = 0; group < groups; ++group) {
        const int8_t* const in = input + group * filter_dims->c;
        if (layer.copied) CopyWindows(layer, in, pixel, count, windows);
        for (int32_t todo = group_channels; todo > 0; todo -= pair.lanes) {
          pair.lanes = Min(todo, 2);
          pair.second = pair.first + (pair.lanes - 1) * layer.window;
          Prepare(layer, panel, tap_sums, &pair);
          RunPair(layer, pair, in, windows, pixel, count, panel, tap_sums, output + pair.channel);
          pair.first += pair.lanes * layer.window;
          pair.channel += pair.lanes;
        }
      }
      Advance(layer, count, &pixel);
      output += count * output_dims->c;
    }
    input += input_dims->h * layer.row_pitch;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

// v6-M: two output channels in the lanes of a word. Their weights are packed into a panel; then
// every element of the input multiplies both (isa/v6m_dense.h, DotLanes). This needs nothing of the
// values but that the second channel has no weight of -128; one that has goes alone.
//
// The input is read as it lies, without im2col: a window is one run per kernel row. Only where the
// runs are short are the windows of a few pixels copied first, each to one run, for all channels.
//
// The input offset is not added to the elements but folded, times the sum of the weights, into
// where the sums start. A tap outside of the input counted there, so it is taken out again.
//
// Where Arm's contract grants scratch, it grants 4 bytes per element of a window: exactly the
// panel. A 1x1 filter gets none, so its panel is on the stack; a long one goes in slices.
#include "kernels/common/window.h"
#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/isa/v6m_dense.h"

namespace cortico::kernels {
namespace {

using v6m::kLanePixels;
using v6m::LaneSums;
using v6m::LaneTile;

// The stack is the scarce thing here: each way below has what it needs and no more.
constexpr int32_t kPanelWords = 128;
constexpr int32_t kSliceWords = 64;
constexpr int32_t kCopiedBytes = 400;
constexpr int32_t kMaxTaps = 40;

constexpr int32_t kMaxWindow = 1 << 13;
constexpr int32_t kShortRun = 8;  // shorter ones are copied
constexpr int32_t kMostCopied = kCopiedBytes / 4;  // if so many elements at most are in a window

struct Layer {
  const cmsis_nn_conv_params* params;
  const cmsis_nn_per_channel_quant_params* quant;
  const cmsis_nn_dims* in;
  const cmsis_nn_dims* kernel;
  const cmsis_nn_dims* out;
  const int8_t* input;
  const int8_t* filter;
  const int32_t* bias;
  int8_t* output;
  uint32_t* scratch;
  int32_t window;  // elements of a window: kernel rows * columns * channels of a group
  int32_t row_pitch;
  int32_t run;  // taps of a kernel row that lie side by side: all, or 1
  int32_t group_channels;  // of the output
};

int32_t Min(int32_t a, int32_t b) { return a < b ? a : b; }

// Two channels, or one twice: the last one of a group, or the one before a second that has -128.
struct ChannelPair {
  int32_t channel;
  int32_t lanes;
  int32_t end;  // of the group's channels
  const int8_t* weights;
  LaneSums start;  // bias and input offset

  void MoveOn(const Layer& layer) {
    weights += lanes * layer.window;
    channel += lanes;
  }
};

void Add(const LaneSums& sums, int32_t factor, LaneSums* to) {
  to->all += static_cast<uint32_t>(factor) * sums.all;
  to->high += factor * sums.high;
}

// The weights [begin, begin + count) of both channels; returns their sums.
inline LaneSums Pack(const Layer& layer, const ChannelPair& pair, int32_t begin, int32_t count,
                     uint32_t* panel, int32_t* clash) {
  const int8_t* const first = pair.weights + begin;
  const int8_t* const second = pair.lanes == 2 ? first + layer.window : first;
  return v6m::PackRun(first, second, count, panel, clash);
}

LaneSums Bias(const Layer& layer, const ChannelPair& pair) {
  if (layer.bias == nullptr) return {0, 0};
  return LaneSums::Of(layer.bias[pair.channel], layer.bias[pair.channel + pair.lanes - 1]);
}

// Packs the weights of the pair, `piece` of them for each of tap_sums; all of them if that is null.
[[gnu::noinline]] void Prepare(const Layer& layer, int32_t piece, uint32_t* panel,
                               LaneSums* tap_sums, ChannelPair* pair) {
  pair->lanes = Min(pair->end - pair->channel, 2);
  for (;;) {
    pair->start = Bias(layer, *pair);
    int32_t clash = 0;
    LaneSums* tap = tap_sums;
    for (int32_t k = 0; k < layer.window; k += piece) {
      const LaneSums sums = Pack(layer, *pair, k, piece, panel + k, &clash);
      Add(sums, layer.params->input_offset, &pair->start);
      if (tap != nullptr) *tap++ = sums;
    }
    if (clash == 0 || pair->lanes == 1) return;
    pair->lanes = 1;  // the high lane is wrong then, and not used
  }
}

// The outputs of one channel from their sums, which began at `start`.
[[gnu::noinline]] void FinishChannel(const Layer& layer, int32_t channel, int32_t start,
                                     const int32_t* sums, int32_t pixels, int8_t* output) {
  const cmsis_nn_conv_params& params = *layer.params;
  // A tap outside of the input moves the start by no more than it could have added to the sum.
  const uint32_t most = v6m::Magnitude(start) + 128 * 128 * static_cast<uint32_t>(layer.window);
  v6m::RequantizeRun(sums, pixels,
                     v6m::MakeOutputScale(most, layer.quant->multiplier[channel],
                                          layer.quant->shift[channel], params.output_offset),
                     {params.activation.min, params.activation.max, params.output_offset}, output,
                     layer.out->c);
}

inline void Finish(const Layer& layer, const ChannelPair& pair, const int32_t* sums,
                   int32_t pixels, int8_t* output) {
  FinishChannel(layer, pair.channel, pair.start.First(), sums, pixels, output);
  if (pair.lanes == 2) {
    FinishChannel(layer, pair.channel + 1, pair.start.Second(), sums + kLanePixels, pixels,
                  output + 1);
  }
}

// ---------------------------------------------------------------------------------------------
// 1x1, one group, no padding

// The pixels of the output as rows whose inputs are `step` apart.
struct PixelRows {
  int32_t rows;
  int32_t columns;
  int32_t step;
};

PixelRows Rows(const Layer& layer) {
  const cmsis_nn_tile stride = layer.params->stride;
  const int32_t step = stride.w * layer.in->c;
  if (stride.w == 1 && stride.h == 1 && layer.out->w == layer.in->w) {
    return {1, layer.out->h * layer.out->w, step};
  }
  return {layer.out->h, layer.out->w, step};
}

// Row `row` of those of all images.
[[gnu::noinline]] const int8_t* RowInput(const Layer& layer, int32_t rows, int32_t row) {
  const int8_t* image = layer.input;
  for (; row >= rows; row -= rows) image += layer.in->h * layer.row_pitch;
  return image + row * layer.params->stride.h * layer.row_pitch;
}

[[gnu::noinline]] void RunPointwise(const Layer& layer) {
  uint32_t panel[kPanelWords];
  int32_t sums[2 * kLanePixels];
  LaneTile tile;
  const PixelRows pixels = Rows(layer);
  tile.step = pixels.step;
  tile.input_skip = 0;
  tile.SetRuns(panel, layer.window, 1, layer.window);

  ChannelPair pair;
  pair.weights = layer.filter;
  pair.end = layer.out->c;
  for (pair.channel = 0; pair.channel < pair.end; pair.MoveOn(layer)) {
    Prepare(layer, layer.window, panel, nullptr, &pair);
    tile.all = pair.start.all;
    tile.high = pair.start.high;
    int8_t* out = layer.output + pair.channel;
    for (int32_t row = 0; row < layer.in->n * pixels.rows; ++row) {
      tile.input = RowInput(layer, pixels.rows, row);
      for (int32_t left = pixels.columns; left > 0; left -= kLanePixels) {
        const int32_t count = Min(left, kLanePixels);
        tile.SetSums(sums, count);
        v6m::DotLanes(&tile);
        Finish(layer, pair, sums, count, out);
        out += count * layer.out->c;
      }
    }
  }
}

// The same with slices of the weights, whose sums are added. They are packed for each batch of
// pixels again.
[[gnu::noinline]] void RunSliced(const Layer& layer) {
  uint32_t panel[kSliceWords];
  int32_t sums[2][2 * kLanePixels];
  LaneTile tile;
  const PixelRows pixels = Rows(layer);
  tile.step = pixels.step;
  tile.input_skip = 0;

  ChannelPair pair;
  pair.weights = layer.filter;
  pair.end = layer.out->c;
  for (pair.channel = 0; pair.channel < pair.end; pair.MoveOn(layer)) {
    pair.lanes = Min(pair.end - pair.channel, 2);
    int8_t* out = layer.output + pair.channel;
    for (int32_t row = 0; row < layer.in->n * pixels.rows; ++row) {
      const int8_t* in = RowInput(layer, pixels.rows, row);
      for (int32_t left = pixels.columns; left > 0; left -= kLanePixels) {
        const int32_t count = Min(left, kLanePixels);
        for (int32_t k = 0; k < layer.window; k += kSliceWords) {
          const int32_t run = Min(layer.window - k, kSliceWords);
          int32_t clash = 0;
          LaneSums start = k == 0 ? Bias(layer, pair) : LaneSums{0, 0};
          Add(Pack(layer, pair, k, run, panel, &clash), layer.params->input_offset, &start);
          if (clash != 0 && pair.lanes == 2) {
            pair.lanes = 1;
            k = -kSliceWords;  // once more
            continue;
          }
          if (k == 0) pair.start = {0, 0};
          Add(start, 1, &pair.start);
          tile.all = start.all;
          tile.high = start.high;
          tile.SetRuns(panel, run, 1, run);
          tile.SetSums(sums[k == 0 ? 0 : 1], count);
          tile.input = in + k;
          v6m::DotLanes(&tile);
          for (int32_t i = 0; k != 0 && i < count; ++i) {
            sums[0][i] += sums[1][i];
            sums[0][kLanePixels + i] += sums[1][kLanePixels + i];
          }
        }
        Finish(layer, pair, sums[0], count, out);
        in += count * pixels.step;
        out += count * layer.out->c;
      }
    }
  }
}

// ---------------------------------------------------------------------------------------------
// Any filter

// An output pixel.
struct Pixel {
  int32_t y;
  int32_t x;
};

void Advance(const Layer& layer, int32_t count, Pixel* pixel) {
  pixel->x += count;
  while (pixel->x >= layer.out->w) {
    pixel->x -= layer.out->w;
    ++pixel->y;
  }
}

// The taps of a pixel inside the input, and the input under the first of these.
struct Window {
  Taps y;
  Taps x;
  const int8_t* input;
};

[[gnu::noinline]] Window ClipWindow(const Layer& layer, const int8_t* input, const Pixel& pixel) {
  const cmsis_nn_conv_params& params = *layer.params;
  const int32_t base_y = pixel.y * params.stride.h - params.padding.h;
  const int32_t base_x = pixel.x * params.stride.w - params.padding.w;
  Window window;
  window.y = ClipTaps(base_y, params.dilation.h, layer.kernel->h, layer.in->h);
  window.x = ClipTaps(base_x, params.dilation.w, layer.kernel->w, layer.in->w);
  if (window.x.begin >= window.x.end || window.y.begin >= window.y.end) {
    return {{0, 0}, {0, 0}, input};
  }
  window.input = input + ((base_y + window.y.begin * params.dilation.h) * layer.row_pitch +
                          (base_x + window.x.begin * params.dilation.w) * layer.in->c);
  return window;
}

// Takes the taps outside of the window out of the sums' start.
[[gnu::noinline]] void TakeOut(const Layer& layer, const Window& window, const LaneSums* tap_sums,
                               LaneSums* start) {
  for (int32_t ky = 0; ky < layer.kernel->h; ++ky) {
    const bool row = ky >= window.y.begin && ky < window.y.end;
    for (int32_t kx = 0; kx < layer.kernel->w; ++kx, ++tap_sums) {
      if (row && kx >= window.x.begin && kx < window.x.end) continue;
      Add(*tap_sums, -layer.params->input_offset, start);
    }
  }
}

// The sums of `pixels` neighbours with the same taps inside of the input.
[[gnu::noinline]] void AddWindows(const Layer& layer, const Window& window, const LaneSums& start,
                                  const LaneSums* tap_sums, int32_t pixels, int32_t* sums) {
  const cmsis_nn_tile dilation = layer.params->dilation;
  const int32_t columns = window.x.end - window.x.begin;
  const int32_t rows = window.y.end - window.y.begin;
  const int32_t channels = layer.kernel->c;
  const int32_t row_words = layer.kernel->w * channels;
  LaneSums from = start;
  if (rows != layer.kernel->h || columns != layer.kernel->w) {
    TakeOut(layer, window, tap_sums, &from);
  }
  if (rows == 0) {
    for (int32_t i = 0; i < pixels; ++i) {
      sums[i] = from.First();
      sums[kLanePixels + i] = from.Second();
    }
    return;
  }
  LaneTile tile;
  const uint32_t* panel =
      layer.scratch + (window.y.begin * layer.kernel->w + window.x.begin) * channels;
  tile.input = window.input;
  tile.step = layer.params->stride.w * layer.in->c;
  tile.all = from.all;
  tile.high = from.high;
  if (layer.run > 1) {
    const int32_t run = columns * channels;
    tile.SetRuns(panel, run, rows, row_words);
    tile.input_skip = dilation.h * layer.row_pitch - run;
    tile.SetSums(sums, pixels);
    v6m::DotLanes(&tile);
    return;
  }
  // One pixel, one kernel row after the other.
  tile.input_skip = dilation.w * layer.in->c - channels;
  for (int32_t ky = 0; ky < rows; ++ky) {
    tile.SetRuns(panel, channels, columns, channels);
    tile.SetSums(sums, 1);
    tile.input = window.input + ky * dilation.h * layer.row_pitch;
    v6m::DotLanes(&tile);
    from = LaneSums::Of(sums[0], sums[kLanePixels]);
    tile.all = from.all;
    tile.high = from.high;
    panel += row_words;
  }
}

// How many pixels from this one on have kernel rows that are whole and in the same output row; at
// most `most`, at least 1.
int32_t CountLike(const Layer& layer, const Window& window, int32_t column, int32_t most) {
  if (layer.run == 1 || window.x.end - window.x.begin != layer.kernel->w) return 1;
  const int32_t stride = layer.params->stride.w;
  int32_t end = column * stride - layer.params->padding.w + layer.kernel->w;
  int32_t count = 1;
  most = Min(most, layer.out->w - column);
  while (count < most && (end += stride) <= layer.in->w) ++count;
  return count;
}

// Two channels of an image from their panel.
[[gnu::noinline]] void RunPair(const Layer& layer, const ChannelPair& pair,
                               const LaneSums* tap_sums, const int8_t* input, int8_t* output) {
  int32_t sums[2 * kLanePixels];
  Pixel pixel = {0, 0};
  for (int32_t left = layer.out->h * layer.out->w; left > 0; left -= kLanePixels) {
    const int32_t most = Min(left, kLanePixels);
    for (int32_t done = 0; done < most;) {
      const Window window = ClipWindow(layer, input, pixel);
      const int32_t more = CountLike(layer, window, pixel.x, most - done);
      AddWindows(layer, window, pair.start, tap_sums, more, sums + done);
      Advance(layer, more, &pixel);
      done += more;
    }
    Finish(layer, pair, sums, most, output);
    output += most * layer.out->c;
  }
}

[[gnu::noinline]] void RunWindows(const Layer& layer) {
  LaneSums tap_sums[kMaxTaps];
  const int8_t* in = layer.input;
  ChannelPair pair;
  pair.weights = layer.filter;
  pair.end = 0;
  for (pair.channel = 0; pair.channel < layer.out->c; pair.MoveOn(layer)) {
    if (pair.channel == pair.end) {
      if (pair.end != 0) in += layer.kernel->c;
      pair.end += layer.group_channels;
    }
    Prepare(layer, layer.kernel->c, layer.scratch, tap_sums, &pair);
    const int8_t* image = in;
    int8_t* out = layer.output + pair.channel;
    for (int32_t n = 0; n < layer.in->n; ++n) {
      RunPair(layer, pair, tap_sums, image, out);
      image += layer.in->h * layer.row_pitch;
      out += layer.out->h * layer.out->w * layer.out->c;
    }
  }
}

// ---------------------------------------------------------------------------------------------
// The same from copies of the windows, a few pixels at a time, whole windows side by side

// Copies the windows of `count` pixels. What lies outside of the input is the value that the offset
// makes 0.
[[gnu::noinline]] void CopyWindows(const Layer& layer, const int8_t* input, Pixel pixel,
                                   int32_t count, int8_t* to) {
  const int8_t outside = static_cast<int8_t>(-layer.params->input_offset);
  const int32_t tap_step = layer.params->dilation.w * layer.in->c;
  for (; count > 0; --count) {
    const Window window = ClipWindow(layer, input, pixel);
    const int8_t* from = window.input;
    for (int32_t ky = 0; ky < layer.kernel->h; ++ky) {
      const bool row = ky >= window.y.begin && ky < window.y.end;
      const int8_t* tap = from;
      for (int32_t kx = 0; kx < layer.kernel->w; ++kx) {
        const bool inside = row && kx >= window.x.begin && kx < window.x.end;
        for (int32_t i = 0; i < layer.kernel->c; ++i) *to++ = inside ? tap[i] : outside;
        if (inside) tap += tap_step;
      }
      if (row) from += layer.params->dilation.h * layer.row_pitch;
    }
    Advance(layer, 1, &pixel);
  }
}

[[gnu::noinline]] void RunCopied(const Layer& layer) {
  int8_t windows[kCopiedBytes];
  int32_t sums[2 * kLanePixels];
  LaneTile tile;
  tile.step = layer.window;
  tile.input_skip = 0;
  tile.SetRuns(layer.scratch, layer.window, 1, layer.window);
  const int32_t block = Min(kCopiedBytes / layer.window, kLanePixels);
  const int8_t* image = layer.input;
  int8_t* out = layer.output;
  for (int32_t n = 0; n < layer.in->n; ++n) {
    Pixel pixel = {0, 0};
    for (int32_t left = layer.out->h * layer.out->w; left > 0; left -= block) {
      const int32_t count = Min(left, block);
      const int8_t* in = image;
      ChannelPair pair;
      pair.weights = layer.filter;
      pair.end = 0;
      for (pair.channel = 0; pair.channel < layer.out->c; pair.MoveOn(layer)) {
        if (pair.channel == pair.end) {
          CopyWindows(layer, in, pixel, count, windows);
          in += layer.kernel->c;
          pair.end += layer.group_channels;
        }
        Prepare(layer, layer.window, layer.scratch, nullptr, &pair);
        tile.all = pair.start.all;
        tile.high = pair.start.high;
        tile.input = windows;
        tile.SetSums(sums, count);
        v6m::DotLanes(&tile);
        Finish(layer, pair, sums, count, out + pair.channel);
      }
      Advance(layer, count, &pixel);
      out += count * layer.out->c;
    }
    image += layer.in->h * layer.row_pitch;
  }
}

// The way that a layer goes; null if it is one of the rare ones.
[[gnu::noinline]] auto ChooseRun(const Layer& layer) -> void (*)(const Layer&) {
  const cmsis_nn_conv_params& params = *layer.params;
  const int32_t taps = layer.kernel->h * layer.kernel->w;
  if (layer.window == 0 || layer.window > kMaxWindow) return nullptr;
  if (taps == 1 && params.padding.w == 0 && params.padding.h == 0 &&
      layer.kernel->c == layer.in->c) {
    // Outputs beyond the input are legal; a 1x1 filter has no scratch for them.
    const bool beyond = (layer.out->w - 1) * params.stride.w >= layer.in->w ||
                        (layer.out->h - 1) * params.stride.h >= layer.in->h;
    if (beyond) return nullptr;
    return layer.window <= kPanelWords ? RunPointwise : RunSliced;
  }
  if ((reinterpret_cast<uintptr_t>(layer.scratch) & 3) != 0) return nullptr;
  if (layer.run * layer.kernel->c < kShortRun && layer.window <= kMostCopied) return RunCopied;
  return taps <= kMaxTaps ? RunWindows : nullptr;
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
  layer.in = input_dims;
  layer.kernel = filter_dims;
  layer.out = output_dims;
  layer.input = input;
  layer.filter = filter;
  layer.bias = bias;
  layer.output = output;
  layer.scratch = static_cast<uint32_t*>(ctx->buf);
  layer.window = filter_dims->h * filter_dims->w * filter_dims->c;
  layer.row_pitch = input_dims->w * input_dims->c;
  layer.run = 1;
  layer.group_channels = output_dims->c;
  if (filter_dims->c != input_dims->c) {
    layer.group_channels /= input_dims->c / filter_dims->c;
  } else if (params->dilation.w == 1) {
    layer.run = filter_dims->w;
  }
  if (upscale_dims == nullptr || upscale_dims->h * upscale_dims->w == 1) {
    if (auto* const run = ChooseRun(layer)) {
      run(layer);
      return ARM_CMSIS_NN_SUCCESS;
    }
  }
  return convolve_s8_scalar(ctx, params, quant, input_dims, input, filter_dims, filter, bias_dims,
                            bias, upscale_dims, output_dims, output);
}

}  // namespace cortico::kernels

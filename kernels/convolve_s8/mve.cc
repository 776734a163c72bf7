// MVE: a matrix product of windows and weights, four windows at a time.
//
// A window is the depth = KH * KW * CK bytes under the filter at one output position, in the order
// of the weights. Where they lie in the input one after the other (1x1, or a filter of one row that
// is inside the input) the tiles read them there; any other window is copied to scratch first, with
// -input_offset for the padding. Weights are read in place.
//
// Channels go in chunks: what a chunk needs (biases with the input's offset folded in, multipliers
// and shifts, weights too for a depth of up to 16) is prepared on the stack, then all windows pass.
// A chunk has one kind:
//
//   kNarrow  depth <= 16: the windows stay in registers     fours of channels
//   kQuad    four windows by two channels                   fours of channels
//   kRow     one window by four channels, any shift: for the channels that the others leave
//
// Rejected: windows interleaved in scratch, so that one register points to all four; it frees three
// for loops, but 1x1 would have to copy. The constants of all channels at once: more than 1 KB.
#include "kernels/common/window.h"
#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/isa/mve_dense.h"

namespace cortico::kernels {
namespace {

// Of a chunk: what the stack allows, and less where words of output cannot be stored.
constexpr int32_t kMostChannels = 32;
constexpr int32_t kMostNarrow = 16;
constexpr int32_t kMostUnaligned = 12;

struct Layer {
  const cmsis_nn_conv_params* params;
  const cmsis_nn_per_channel_quant_params* quant;
  const int8_t* filter;
  const int32_t* bias;
  mve::OutputStage stage;
  bool relu;
  bool is_dense;  // a row of the filter meets bytes of input one after the other
  int32_t kernel_h, kernel_w;
  int32_t height, width;  // of the input, upscaled
  int32_t up_y, up_x;     // 1: every other position is one of the zeros of upscaling
  int32_t pitch;          // of a row of input
  int32_t in_channels, tap_channels, out_channels;
  int32_t row;    // bytes of a window for one row of the filter
  int32_t depth;  // of a window

  void CopyWindow(int8_t* to, const int8_t* input, int32_t y, int32_t x) const;
};

// Writes the window whose first tap is at y, x.
void Layer::CopyWindow(int8_t* to, const int8_t* input, int32_t y, int32_t x) const {
  const Taps ys = ClipTaps(y, params->dilation.h, kernel_h, height);
  const Taps xs = ClipTaps(x, params->dilation.w, kernel_w, width);
  const int32_t rows = ys.end - ys.begin;
  const int32_t columns = xs.end - xs.begin;
  if (!is_dense || rows < kernel_h || columns < kernel_w) {
    mve::FillBytes(to, -params->input_offset, depth);
    if (rows <= 0 || columns <= 0) return;
  }
  if (is_dense) {
    mve::CopyRows(
        to + ys.begin * row + xs.begin * tap_channels, row,
        input + (y + ys.begin * params->dilation.h) * pitch + (x + xs.begin) * in_channels,
        pitch * params->dilation.h, columns * tap_channels, rows);
    return;
  }
  for (int32_t ky = ys.begin; ky < ys.end; ++ky) {
    const int32_t in_y = y + ky * params->dilation.h;
    for (int32_t kx = xs.begin; kx < xs.end; ++kx) {
      const int32_t in_x = x + kx * params->dilation.w;
      if (((in_y & up_y) | (in_x & up_x)) != 0) continue;
      mve::CopyBytes(to + ky * row + kx * tap_channels,
                     input + (in_y >> up_y) * pitch + (in_x >> up_x) * in_channels, tap_channels);
    }
  }
}

// Some channels of a layer, ready for windows. Functions are not inlined where their variables would
// be on the stack while the tiles run.
class Chunk {
 public:
  // As many of the channels [first, end) as make a chunk; `output` for its alignment.
  __attribute__((noinline)) Chunk(const Layer& layer, int32_t first, int32_t end,
                                  const int8_t* output);

  int32_t count() const { return count_; }
  int32_t waiting() const { return waiting_; }

  // The channels of the window at x go to `out`, where the layer's first channel goes.
  void Add(const int8_t* x, int8_t* out) {
    if (kind_ == Kind::kRow) return RunRow(x, out + first_);
    x_[waiting_] = x;
    out_[waiting_] = out + first_;
    if (++waiting_ == 4) RunQuads();
  }
  // Windows at x, x + pitch, ...
  __attribute__((noinline)) void AddMany(const int8_t* x, int32_t pitch, int8_t* out,
                                         int32_t windows);
  // A window of padding only.
  void AddPadding(int8_t* out) const;
  // Calculates what waits.
  void Flush();

 private:
  enum class Kind : uint8_t { kNarrow, kQuad, kRow };

  void Classify(int32_t left);
  void PrepareRows(const int8_t* rows);
  void PrepareFours(const int8_t* rows);
  int32_t Bias(int32_t i, int32_t sum) const {
    const int32_t bias = layer_.bias != nullptr ? layer_.bias[first_ + i] : 0;
    return bias + layer_.params->input_offset * sum;
  }
  __attribute__((noinline)) void RunQuads();
  __attribute__((noinline)) void RunRow(const int8_t* x, int8_t* out);

  const Layer& layer_;
  const int32_t first_;
  int32_t count_;
  int32_t waiting_ = 0;
  Kind kind_;
  bool words_;        // of output can be stored
  const int8_t** x_;  // of the tile's arguments
  int8_t** out_;      // of the tile's arguments, or final_
  int8_t* final_[4];  // where results go that the tile wrote to bytes
  union {
    struct {
      mve::NarrowArgs args;
      mve::NarrowPair pairs[kMostNarrow / 2];  // or fewer, and bytes
    } narrow_;
    struct {
      mve::QuadArgs args;
      mve::ChannelPair pairs[kMostChannels / 2];  // or fewer, and bytes
    } quad_;
    struct {
      int32_t bias[kMostChannels];
      int32_t multiplier[4];
      int32_t shift[4];
    } row_;
  };
};

Chunk::Chunk(const Layer& layer, int32_t first, int32_t end, const int8_t* output)
    : layer_(layer), first_(first) {
  words_ = ((reinterpret_cast<uintptr_t>(output + first) |
             static_cast<uint32_t>(layer.out_channels)) & 3) == 0;
  Classify(end - first);
  const int8_t* const rows = layer.filter + first * layer.depth;
  if (kind_ == Kind::kRow) {
    PrepareRows(rows);
    return;
  }

  int8_t* bytes;
  if (kind_ == Kind::kNarrow) {
    mve::NarrowArgs& args = narrow_.args;
    args.pairs = narrow_.pairs;
    args.pairs_end = narrow_.pairs + (count_ >> 1);
    args.depth = layer.depth;
    args.quads = 1;
    args.out_skip = 4 * layer.out_channels - count_;
    args.stage = layer.stage;
    x_ = args.x;
    out_ = args.out;
    bytes = reinterpret_cast<int8_t*>(narrow_.pairs + kMostUnaligned / 2);
  } else {
    mve::QuadArgs& args = quad_.args;
    args.SetLayer(rows, layer.depth, quad_.pairs, count_, layer.stage);
    mve::PrepareQuad(&args, layer.relu);
    x_ = args.x;
    out_ = args.out;
    bytes = reinterpret_cast<int8_t*>(quad_.pairs + kMostUnaligned / 2);
  }
  PrepareFours(rows);
  if (!words_) {
    for (int32_t i = 0; i < 4; ++i) out_[i] = bytes + i * kMostUnaligned;
    out_ = final_;
  }
}

// Chooses kind and number of channels. The tiles of four windows requantize no channel with a left
// shift, and where there are ties to care for none without a right shift.
void Chunk::Classify(int32_t left) {
  const int32_t* shift = layer_.quant->shift + first_;
  const int32_t one = layer_.relu ? 1 : 0;
  const auto is_ordinary = [=](const int32_t* s) {
    return ((s[0] - one) & (s[1] - one) & (s[2] - one) & (s[3] - one)) < 0;
  };
  kind_ = left < 4 || layer_.depth == 0 || !is_ordinary(shift) ? Kind::kRow
          : layer_.depth <= 16                                 ? Kind::kNarrow
                                                               : Kind::kQuad;
  int32_t most = kind_ == Kind::kNarrow ? kMostNarrow : kMostChannels;
  if (kind_ != Kind::kRow && !words_) most = kMostUnaligned;
  // Even chunks: 36 channels are 20 and 16, not 32 and 4.
  const int32_t chunks = (left + most - 1) / most;
  if (chunks > 1) most = ((left + chunks - 1) / chunks + 3) & ~3;
  int32_t count = left < 4 ? left : 4;
  while (count + 4 <= left && count < most &&
         is_ordinary(shift + count) == (kind_ != Kind::kRow)) {
    count += 4;
  }
  count_ = count;
}

void Chunk::PrepareRows(const int8_t* rows) {
  const int32_t depth = layer_.depth;
  for (int32_t i = 0; i < count_; ++i) {
    row_.bias[i] = Bias(i, mve::SumBytes(rows + i * depth, depth));
  }
  for (int32_t i = 0; i < count_ && i < 4; ++i) {
    row_.multiplier[i] = layer_.quant->multiplier[first_ + i];
    row_.shift[i] = layer_.quant->shift[first_ + i];
  }
}

void Chunk::PrepareFours(const int8_t* rows) {
  const int32_t depth = layer_.depth;
  const int32_t* multiplier = layer_.quant->multiplier + first_;
  const int32_t* shift = layer_.quant->shift + first_;
  const int32_t* bias = layer_.bias != nullptr ? layer_.bias + first_ : nullptr;
  const int32_t input_offset = layer_.params->input_offset;
  const bool is_narrow = kind_ == Kind::kNarrow;
  mve::NarrowPair* narrow = narrow_.pairs;
  mve::ChannelPair* pair = is_narrow ? &narrow->constants : quad_.pairs;
  const int32_t pair_size = is_narrow ? sizeof(mve::NarrowPair) : sizeof(mve::ChannelPair);
  for (int32_t left = count_; left > 0; left -= 4) {
    int32_t sums[4];
    mve::SumFourRows(rows, depth, sums);
    mve::StoreFourChannels(pair, pair_size, sums, input_offset, bias, multiplier, shift);
    if (is_narrow) {
      mve::FillBytes(narrow[0].weights[0], 0, 32);
      mve::FillBytes(narrow[1].weights[0], 0, 32);
      mve::CopyRows(narrow[0].weights[0], 16, rows, 2 * depth, depth, 2);
      mve::CopyRows(narrow[1].weights[0], 16, rows + depth, 2 * depth, depth, 2);
      narrow += 2;
    }
    pair = reinterpret_cast<mve::ChannelPair*>(reinterpret_cast<int8_t*>(pair) + 2 * pair_size);
    if (bias != nullptr) bias += 4;
    multiplier += 4;
    shift += 4;
    rows += 4 * depth;
  }
}

void Chunk::AddMany(const int8_t* x, int32_t pitch, int8_t* out, int32_t windows) {
  const int32_t out_pitch = layer_.out_channels;
  while (windows > 0) {
    int32_t step = 1;
    if (windows >= 4 && waiting_ == 0 && kind_ != Kind::kRow) {
      int8_t* const first_out = out + first_;
      x_[0] = x;
      x_[1] = x + pitch;
      x_[2] = x + 2 * pitch;
      x_[3] = x + 3 * pitch;
      out_[0] = first_out;
      out_[1] = first_out + out_pitch;
      out_[2] = first_out + 2 * out_pitch;
      out_[3] = first_out + 3 * out_pitch;
      waiting_ = 4;
      step = 4;
      if (kind_ == Kind::kNarrow && words_) {
        step = windows & ~3;
        narrow_.args.quads = windows >> 2;
        narrow_.args.x_step = 4 * pitch;
      }
      RunQuads();
    } else {
      Add(x, out);
    }
    x += step * pitch;
    out += step * out_pitch;
    windows -= step;
  }
}

void Chunk::AddPadding(int8_t* out) const {
  for (int32_t i = first_; i < first_ + count_; ++i) {
    const int32_t sum = layer_.bias != nullptr ? layer_.bias[i] : 0;
    out[i] = ToOutput(Requantize(sum, layer_.quant->multiplier[i], layer_.quant->shift[i]),
                      layer_.stage.offset, layer_.stage.min, layer_.stage.max);
  }
}

void Chunk::Flush() {
  if (waiting_ == 0) return;
  for (int32_t i = waiting_; i < 4; ++i) {
    x_[i] = x_[0];
    if (words_) out_[i] = out_[0];
  }
  RunQuads();
}

void Chunk::RunQuads() {
  if (kind_ == Kind::kNarrow) {
    mve::MultiplyNarrow(&narrow_.args, layer_.relu);
    narrow_.args.quads = 1;
  } else {
    mve::MultiplyQuad(&quad_.args, layer_.relu);
  }
  if (!words_) {
    int8_t* const* bytes = kind_ == Kind::kNarrow ? narrow_.args.out : quad_.args.out;
    for (int32_t i = 0; i < waiting_; ++i) mve::CopyBytes(final_[i], bytes[i], count_);
  }
  waiting_ = 0;
}

void Chunk::RunRow(const int8_t* x, int8_t* out) {
  const bool is_copied = count_ <= 4;
  mve::RowArgs args;
  args.x = x;
  args.SetWeights(layer_.filter + first_ * layer_.depth, layer_.depth, count_);
  args.bias = row_.bias;
  args.out = out;
  args.stage = layer_.stage;
  args.multiplier = is_copied ? row_.multiplier : layer_.quant->multiplier + first_;
  args.shift = is_copied ? row_.shift : layer_.quant->shift + first_;
  args.per_channel = 1;
  mve::MultiplyRow(&args);
}

// The outputs of a layer, and the way to the windows.
struct Walk {
  const int8_t* input;
  int8_t* output;
  int8_t* scratch;
  int32_t batches, out_h, out_w;
  int32_t stride_h, stride_w;
  int32_t window_h;  // rows from the first to the last of a window
  Taps inside;       // the outputs of a row whose windows have all columns inside the input
  bool is_row;       // these windows can be read where they are
  bool is_point;     // 1x1 without padding: there is no scratch
  bool one_window;   // there is scratch for one window, not for four

  // Passes all windows of a group, which begins at input channel `channel`, by the chunk.
  void Run(const Layer& layer, int32_t channel, Chunk* chunk) const;
};

void Walk::Run(const Layer& layer, int32_t channel, Chunk* chunk) const {
  const int32_t in_step = stride_w * layer.in_channels;
  const int32_t image = (layer.height >> layer.up_y) * layer.pitch;
  const int8_t* in = input + channel;
  int8_t* out = output;
  for (int32_t n = 0; n < batches; ++n, in += image) {
    int32_t y = -layer.params->padding.h;
    for (int32_t out_y = 0; out_y < out_h; ++out_y, y += stride_h) {
      const bool rows_inside = y >= 0 && y + window_h <= layer.height;
      int32_t x = -layer.params->padding.w;
      for (int32_t out_x = 0; out_x < out_w;) {
        int32_t step = 1;
        if (rows_inside && out_x >= inside.begin && out_x < inside.end) {
          step = inside.end - out_x;
          const int8_t* from = in + y * layer.pitch + x * layer.in_channels;
          if (is_row) {
            chunk->AddMany(from, in_step, out, step);
          } else {
            int8_t* to = out;
            for (int32_t left = step; left > 0; --left) {
              int8_t* const window = scratch + chunk->waiting() * layer.depth;
              mve::CopyRows(window, layer.row, from, layer.pitch * layer.params->dilation.h,
                            layer.row, layer.kernel_h);
              chunk->Add(window, to);
              from += in_step;
              to += layer.out_channels;
            }
          }
        } else if (is_point) {
          chunk->AddPadding(out);
        } else {
          int8_t* const window = scratch + (one_window ? 0 : chunk->waiting() * layer.depth);
          layer.CopyWindow(window, in, y, x);
          chunk->Add(window, out);
          if (one_window) chunk->Flush();
        }
        out_x += step;
        x += step * stride_w;
        out += step * layer.out_channels;
      }
    }
  }
  chunk->Flush();
}

// The outputs of a row whose windows have all columns inside the input.
Taps InsideOutputs(const Layer& layer, int32_t stride, int32_t padding, int32_t out_w) {
  const int32_t room = layer.width - layer.kernel_w + padding;
  const int32_t end = room < 0 ? 0 : room / stride + 1;
  return {(padding + stride - 1) / stride, end < out_w ? end : out_w};
}

}  // namespace

arm_cmsis_nn_status convolve_s8_mve(const cmsis_nn_context* ctx, const cmsis_nn_conv_params* params,
                                    const cmsis_nn_per_channel_quant_params* quant,
                                    const cmsis_nn_dims* input_dims, const int8_t* input,
                                    const cmsis_nn_dims* filter_dims, const int8_t* filter,
                                    const cmsis_nn_dims*, const int32_t* bias,
                                    const cmsis_nn_dims* upscale_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output) {
  Layer layer;
  layer.params = params;
  layer.quant = quant;
  layer.filter = filter;
  layer.bias = bias;
  layer.stage = {params->output_offset, params->activation.min, params->activation.max};
  layer.relu = mve::IsFullRelu(layer.stage.offset, layer.stage.min, layer.stage.max);
  layer.kernel_h = filter_dims->h;
  layer.kernel_w = filter_dims->w;
  layer.height = input_dims->h;
  layer.width = input_dims->w;
  layer.up_y = upscale_dims != nullptr && upscale_dims->h == 2 ? 1 : 0;
  layer.up_x = upscale_dims != nullptr && upscale_dims->w == 2 ? 1 : 0;
  layer.in_channels = input_dims->c;
  layer.tap_channels = filter_dims->c;
  layer.out_channels = output_dims->c;
  layer.pitch = (layer.width >> layer.up_x) * layer.in_channels;
  layer.row = layer.kernel_w * layer.tap_channels;
  layer.depth = layer.kernel_h * layer.row;
  const bool one_group = layer.tap_channels == layer.in_channels;
  layer.is_dense = one_group && params->dilation.w == 1 && (layer.up_y | layer.up_x) == 0;

  Walk walk;
  walk.input = input;
  walk.output = output;
  walk.scratch = static_cast<int8_t*>(ctx->buf);
  walk.batches = input_dims->n;
  walk.out_h = output_dims->h;
  walk.out_w = output_dims->w;
  walk.stride_h = params->stride.h;
  walk.stride_w = params->stride.w;
  walk.window_h = (layer.kernel_h - 1) * params->dilation.h + 1;
  walk.is_row = layer.is_dense && layer.kernel_h == 1;
  walk.is_point =
      walk.is_row && layer.kernel_w == 1 && params->padding.h == 0 && params->padding.w == 0;
  walk.one_window = layer.height == 1 && layer.kernel_h == 1;
  if (walk.is_point && walk.stride_h == 1 && walk.stride_w == 1 && walk.out_h == layer.height &&
      walk.out_w == layer.width) {
    // One long row.
    layer.width = walk.out_w = walk.out_w * walk.out_h * walk.batches;
    layer.height = walk.out_h = walk.batches = 1;
  }
  walk.inside = {0, 0};
  if (layer.is_dense) {
    walk.inside = InsideOutputs(layer, walk.stride_w, params->padding.w, walk.out_w);
  }

  const int32_t groups = one_group ? 1 : layer.in_channels / layer.tap_channels;
  const int32_t group_channels = layer.out_channels / groups;
  for (int32_t group = 0; group < groups; ++group) {
    const int32_t end = (group + 1) * group_channels;
    for (int32_t channel = end - group_channels; channel < end;) {
      Chunk chunk(layer, channel, end, output);
      walk.Run(layer, group * layer.tap_channels, &chunk);
      channel += chunk.count();
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

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
//            (3x3x16 without stride: neighbours that share their columns, not copied)
//   kRow     one window by four channels, any shift: for the channels that the others leave
//
// Rejected: windows interleaved in scratch, so that one register points to all four; it frees three
// for loops, but 1x1 would have to copy. The constants of all channels at once: more than 1 KB.
#include "kernels/common/window.h"
#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/isa/mve_dense.h"

// Variables of a function that is not inlined are not on the stack while the tiles run.
#define CORTICO_NOINLINE __attribute__((noinline, hot))
// Runs once per layer, chunk or row: its size counts, not its time ("hot" keeps gcc from counting
// what it calls as rare as well).
#define CORTICO_SMALL __attribute__((noinline, cold))

namespace cortico::kernels {
namespace {

// Of a chunk: what the stack allows, and less where words of output cannot be stored.
constexpr int32_t kMostChannels = 32;
constexpr int32_t kMostNarrow = 12;
constexpr int32_t kMostUnaligned = 8;

struct Layer {
  const cmsis_nn_conv_params* params;
  const cmsis_nn_per_channel_quant_params* quant;
  const cmsis_nn_dims* filter_dims;
  const int8_t* filter;
  const int32_t* bias;
  const int8_t* input;
  int8_t* output;
  int8_t* scratch;
  int32_t batches, out_h, out_w;
  Taps inside;            // outputs of a row whose windows have all columns inside the input
  int32_t height, width;  // of the input, upscaled
  int32_t pitch;          // of a row of input
  int32_t in_channels, out_channels;
  int32_t depth;  // of a window
  uint8_t up_y, up_x;  // 1: every other position is one of the zeros of upscaling
  bool is_dense;       // a row of the filter meets bytes of input one after the other
  bool relu;           // mve::IsFullRelu
  bool is_row;         // windows inside the input can be read where they are
  bool is_point;       // 1x1 without padding: there is no scratch
  bool one_window;     // there is scratch for one window, not for four

  mve::OutputStage stage() const {
    return {params->output_offset, params->activation.min, params->activation.max};
  }
  CORTICO_NOINLINE void CopyWindow(int8_t* to, const int8_t* in, int32_t y, int32_t x,
                                   int32_t kernel_w) const;
};

// Writes the window whose first tap is at y, x, of kernel_w columns.
void Layer::CopyWindow(int8_t* to, const int8_t* in, int32_t y, int32_t x,
                       int32_t kernel_w) const {
  const int32_t kernel_h = filter_dims->h;
  const int32_t tap_channels = filter_dims->c;
  const int32_t window_row = kernel_w * tap_channels;
  const Taps ys = ClipTaps(y, params->dilation.h, kernel_h, height);
  const Taps xs = ClipTaps(x, params->dilation.w, kernel_w, width);
  const int32_t rows = ys.end - ys.begin;
  const int32_t columns = xs.end - xs.begin;
  if (!is_dense || rows < kernel_h || columns < kernel_w) {
    mve::FillBytes(to, -params->input_offset, kernel_h * window_row);
    if (rows <= 0 || columns <= 0) return;
  }
  if (is_dense) {
    mve::CopyRows(
        to + ys.begin * window_row + xs.begin * tap_channels, window_row,
        in + (y + ys.begin * params->dilation.h) * pitch + (x + xs.begin) * in_channels,
        pitch * params->dilation.h, columns * tap_channels, rows);
    return;
  }
  for (int32_t ky = ys.begin; ky < ys.end; ++ky) {
    const int32_t in_y = y + ky * params->dilation.h;
    for (int32_t kx = xs.begin; kx < xs.end; ++kx) {
      const int32_t in_x = x + kx * params->dilation.w;
      if (((in_y & up_y) | (in_x & up_x)) != 0) continue;
      mve::CopyBytes(to + ky * window_row + kx * tap_channels,
                     in + (in_y >> up_y) * pitch + (in_x >> up_x) * in_channels, tap_channels);
    }
  }
}

// Some channels of a layer, ready for windows. Functions are not inlined where their variables would
// be on the stack while the tiles run.
class Chunk {
 public:
  // As many of the channels [first, end) as make a chunk; `output` for its alignment.
  CORTICO_SMALL Chunk(const Layer& layer, int32_t first, int32_t end,
                                  const int8_t* output);

  int32_t count() const { return count_; }
  int32_t waiting() const { return waiting_; }

  // The channels of the window at x go to `out`, where the layer's first channel goes.
  void Add(const int8_t* x, int8_t* out) {
    if (kind_ == Kind::kRow) return RunRow(x, out + first_);
    args_.x[waiting_] = x;
    out_[waiting_] = out + first_;
    if (++waiting_ == 4) RunQuads();
  }
  // Windows at x, x + pitch, ...
  CORTICO_NOINLINE void AddMany(const int8_t* x, int32_t pitch, int8_t* out, int32_t windows);
  // Whether RunThree can.
  bool CanRunThree() const { return kind_ == Kind::kQuad && words_; }
  // Four neighbours, 3x3x16; `row_pitch` bytes between the rows at x.
  CORTICO_NOINLINE void RunThree(const int8_t* x, int32_t row_pitch, int8_t* out) const;
  // A window of padding only.
  CORTICO_SMALL void AddPadding(int8_t* out) const;
  // Calculates what waits.
  void Flush();

 private:
  enum class Kind : uint8_t { kNarrow, kQuad, kRow };
  // Where the tile writes if it cannot write to the output, and where that goes.
  struct Unaligned {
    int8_t bytes[4][kMostUnaligned];
    int8_t* out[4];
  };

  void Classify(int32_t left);
  void PrepareRows(const int8_t* rows);
  void PrepareFours(const int8_t* rows);
  int32_t Bias(int32_t i, int32_t sum) const {
    const int32_t bias = layer_.bias != nullptr ? layer_.bias[first_ + i] : 0;
    return bias + layer_.params->input_offset * sum;
  }
  CORTICO_NOINLINE void RunQuads();
  CORTICO_NOINLINE void RunRow(const int8_t* x, int8_t* out);

  const Layer& layer_;
  const int32_t first_;
  uint8_t count_;
  uint8_t waiting_ = 0;
  Kind kind_;
  bool words_;        // of output can be stored
  int8_t** out_;      // of the tile's arguments, or Unaligned's
  union {
    mve::QuadArgs args_;
    mve::RowArgs row_args_;
  };
  union {
    mve::NarrowPair narrow_[kMostNarrow / 2];    // or few, and Unaligned
    mve::ChannelPair pairs_[kMostChannels / 2];  // or few, and Unaligned
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

  void* rest;
  if (kind_ == Kind::kNarrow) {
    args_.SetNarrow(layer.depth, narrow_, count_);
    rest = narrow_ + kMostUnaligned / 2;
  } else {
    args_.SetQuad(rows, layer.depth, pairs_, count_);
    mve::PrepareQuad(&args_, layer.relu);
    rest = pairs_ + kMostUnaligned / 2;
  }
  args_.stage = layer.stage();
  args_.quads = 1;
  args_.out_skip = 4 * layer.out_channels - count_;
  out_ = args_.out;
  PrepareFours(rows);
  if (!words_) {
    auto* const unaligned = static_cast<Unaligned*>(rest);
    for (int32_t i = 0; i < 4; ++i) out_[i] = unaligned->bytes[i];
    out_ = unaligned->out;
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
  count_ = static_cast<uint8_t>(count);
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
  row_args_.bias = row_.bias;
  row_args_.stage = layer_.stage();
}

// The weights of the channels at `rows` and two after that.
CORTICO_NOINLINE void CopyNarrow(mve::NarrowPair* pair, const int8_t* rows, int32_t depth) {
  mve::FillBytes(pair->weights[0], 0, sizeof(pair->weights));
  mve::CopyRows(pair->weights[0], sizeof(pair->weights[0]), rows, 2 * depth, depth, 2);
}

void Chunk::PrepareFours(const int8_t* rows) {
  const int32_t depth = layer_.depth;
  const int32_t* multiplier = layer_.quant->multiplier + first_;
  const int32_t* shift = layer_.quant->shift + first_;
  const int32_t* bias = layer_.bias != nullptr ? layer_.bias + first_ : nullptr;
  const int32_t input_offset = layer_.params->input_offset;
  const bool is_narrow = kind_ == Kind::kNarrow;
  mve::NarrowPair* narrow = narrow_;
  mve::ChannelPair* pair = is_narrow ? &narrow->constants : pairs_;
  const int32_t pair_size = is_narrow ? sizeof(mve::NarrowPair) : sizeof(mve::ChannelPair);
  for (int32_t left = count_; left > 0; left -= 4) {
    int32_t sums[4];
    mve::SumFourRows(rows, depth, sums);
    mve::StoreFourChannels(pair, pair_size, sums, input_offset, bias, multiplier, shift);
    if (is_narrow) {
      CopyNarrow(narrow++, rows, depth);
      CopyNarrow(narrow++, rows + depth, depth);
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
  if (kind_ != Kind::kRow && words_ && waiting_ == 0 && windows >= 4) {
    // The tiles go from quad to quad by themselves.
    const int32_t skipped = windows & ~3;
    for (; waiting_ < 4; ++waiting_) {
      args_.x[waiting_] = x + waiting_ * pitch;
      out_[waiting_] = out + first_ + waiting_ * out_pitch;
    }
    args_.quads = windows >> 2;
    args_.x_step = 4 * pitch;
    RunQuads();
    x += skipped * pitch;
    out += skipped * out_pitch;
    windows -= skipped;
  }
  for (; windows > 0; --windows) {
    Add(x, out);
    x += pitch;
    out += out_pitch;
  }
}

void Chunk::AddPadding(int8_t* out) const {
  for (int32_t i = first_; i < first_ + count_; ++i) {
    const int32_t sum = layer_.bias != nullptr ? layer_.bias[i] : 0;
    out[i] = ToOutput(Requantize(sum, layer_.quant->multiplier[i], layer_.quant->shift[i]),
                      layer_.params->output_offset, layer_.params->activation.min,
                      layer_.params->activation.max);
  }
}

void Chunk::Flush() {
  if (waiting_ == 0) return;
  for (int32_t i = waiting_; i < 4; ++i) {
    args_.x[i] = args_.x[0];
    if (words_) out_[i] = out_[0];
  }
  RunQuads();
}

void Chunk::RunQuads() {
  if (kind_ == Kind::kNarrow) {
    mve::MultiplyNarrow(&args_, layer_.relu);
  } else {
    mve::MultiplyQuad(&args_);
  }
  args_.quads = 1;
  if (!words_) {
    for (int32_t i = 0; i < waiting_; ++i) mve::CopyBytes(out_[i], args_.out[i], count_);
  }
  waiting_ = 0;
}

void Chunk::RunThree(const int8_t* x, int32_t row_pitch, int8_t* out) const {
  const mve::QuadArgs& quad = args_;
  mve::ThreeArgs args;
  args.weights = quad.weights;
  args.rows[0] = x;
  args.rows[1] = x + row_pitch;
  args.rows[2] = x + 2 * row_pitch;
  args.pairs = pairs_;
  args.weights_2 = quad.weights_2;
  for (int32_t i = 0; i < 4; ++i) args.out[i] = out + first_ + i * layer_.out_channels;
  args.pairs_end = pairs_ + (count_ >> 1);
  args.skip = quad.skip;
  args.relu = layer_.relu ? 1 : 0;
  args.stage = quad.stage;
  mve::MultiplyThree(args);
}

void Chunk::RunRow(const int8_t* x, int8_t* out) {
  const bool is_copied = count_ <= 4;  // where reading four would read too far
  mve::RowArgs& args = row_args_;
  args.SetWeights(layer_.filter + first_ * layer_.depth, layer_.depth, count_);
  args.x = x;
  args.out = out;
  args.multiplier = is_copied ? row_.multiplier : layer_.quant->multiplier + first_;
  args.shift = is_copied ? row_.shift : layer_.quant->shift + first_;
  args.per_channel = 1;
  mve::MultiplyRow(&args);
}

// Windows at x, x + step, ... that are inside the input, by way of scratch.
CORTICO_NOINLINE void AddCopies(const Layer& layer, Chunk* chunk, const int8_t* x, int32_t step,
                                int8_t* out, int32_t windows) {
  const int32_t row = layer.filter_dims->w * layer.filter_dims->c;
  const int32_t pitch = layer.pitch * layer.params->dilation.h;
  for (; windows > 0; --windows) {
    int8_t* const window = layer.scratch + chunk->waiting() * layer.depth;
    mve::CopyRows(window, row, x, pitch, row, layer.filter_dims->h);
    chunk->Add(window, out);
    x += step;
    out += layer.out_channels;
  }
}

// The window whose first tap is at y, x, by way of scratch.
CORTICO_NOINLINE void AddBorder(const Layer& layer, Chunk* chunk, const int8_t* in, int32_t y,
                                int32_t x, int8_t* out) {
  const int32_t place = layer.one_window ? 0 : chunk->waiting();
  int8_t* const window = layer.scratch + place * layer.depth;
  layer.CopyWindow(window, in, y, x, layer.filter_dims->w);
  chunk->Add(window, out);
  if (layer.one_window) chunk->Flush();
}

// Passes all windows of a group, which begins at input channel `channel`, by the chunk.
CORTICO_SMALL void Walk(const Layer& layer, int32_t channel, Chunk* chunk) {
  const cmsis_nn_conv_params& params = *layer.params;
  const int32_t window_h = (layer.filter_dims->h - 1) * params.dilation.h + 1;
  const int32_t in_step = params.stride.w * layer.in_channels;
  const int32_t image = (layer.height >> layer.up_y) * layer.pitch;
  const int8_t* in = layer.input + channel;
  int8_t* out = layer.output;
  for (int32_t n = 0; n < layer.batches; ++n, in += image) {
    int32_t y = -params.padding.h;
    for (int32_t out_y = 0; out_y < layer.out_h; ++out_y, y += params.stride.h) {
      const bool rows_inside = y >= 0 && y + window_h <= layer.height;
      int32_t x = -params.padding.w;
      for (int32_t out_x = 0; out_x < layer.out_w;) {
        int32_t step = 1;
        if (rows_inside && out_x >= layer.inside.begin && out_x < layer.inside.end) {
          step = layer.inside.end - out_x;
          const int8_t* from = in + y * layer.pitch + x * layer.in_channels;
          if (layer.is_row) {
            chunk->AddMany(from, in_step, out, step);
          } else {
            AddCopies(layer, chunk, from, in_step, out, step);
          }
        } else if (layer.is_point) {
          chunk->AddPadding(out);
        } else {
          AddBorder(layer, chunk, in, y, x, out);
        }
        out_x += step;
        x += step * params.stride.w;
        out += step * layer.out_channels;
      }
    }
  }
  chunk->Flush();
}

// Walk for 3x3x16 without stride. Four windows that reach beyond the input are copied to scratch,
// with the columns they share: 3 * 6 * 16 bytes of 4 * 9 * 16.
CORTICO_SMALL void WalkThree(const Layer& layer, const Chunk& chunk) {
  const int32_t dilation = layer.params->dilation.h;
  const int8_t* in = layer.input;
  int8_t* out = layer.output;
  for (int32_t n = 0; n < layer.batches; ++n, in += layer.height * layer.pitch) {
    int32_t y = -layer.params->padding.h;
    for (int32_t out_y = 0; out_y < layer.out_h; ++out_y, y += layer.params->stride.h) {
      const bool rows_inside = y >= 0 && y + 2 * dilation < layer.height;
      for (int32_t out_x = 0; out_x < layer.out_w; out_x += 4) {
        // The last four of a row may be calculated in part before.
        const int32_t at = out_x + 4 > layer.out_w ? layer.out_w - 4 : out_x;
        const int32_t x = at - layer.params->padding.w;
        const int8_t* from = in + y * layer.pitch + x * 16;
        int32_t row_pitch = dilation * layer.pitch;
        if (!rows_inside || x < 0 || x + 6 > layer.width) {
          layer.CopyWindow(layer.scratch, in, y, x, 6);
          from = layer.scratch;
          row_pitch = 6 * 16;
        }
        chunk.RunThree(from, row_pitch, out + at * layer.out_channels);
      }
      out += layer.out_w * layer.out_channels;
    }
  }
}

Taps InsideOutputs(const Layer& layer) {
  const int32_t stride = layer.params->stride.w;
  const int32_t padding = layer.params->padding.w;
  const int32_t room = layer.width - layer.filter_dims->w + padding;
  const int32_t end = room < 0 ? 0 : room / stride + 1;
  return {(padding + stride - 1) / stride, end < layer.out_w ? end : layer.out_w};
}

}  // namespace

CORTICO_SMALL
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
  layer.filter_dims = filter_dims;
  layer.height = input_dims->h;
  layer.width = input_dims->w;
  layer.up_y = upscale_dims != nullptr && upscale_dims->h == 2 ? 1 : 0;
  layer.up_x = upscale_dims != nullptr && upscale_dims->w == 2 ? 1 : 0;
  layer.in_channels = input_dims->c;
  layer.out_channels = output_dims->c;
  layer.pitch = (layer.width >> layer.up_x) * layer.in_channels;
  layer.depth = filter_dims->h * filter_dims->w * filter_dims->c;
  layer.relu = mve::IsFullRelu(params->output_offset, params->activation.min,
                               params->activation.max);
  const bool one_group = filter_dims->c == layer.in_channels;
  layer.is_dense = one_group && params->dilation.w == 1 && (layer.up_y | layer.up_x) == 0;

  layer.input = input;
  layer.output = output;
  layer.scratch = static_cast<int8_t*>(ctx->buf);
  layer.batches = input_dims->n;
  layer.out_h = output_dims->h;
  layer.out_w = output_dims->w;
  layer.is_row = layer.is_dense && filter_dims->h == 1;
  layer.is_point =
      layer.is_row && filter_dims->w == 1 && params->padding.h == 0 && params->padding.w == 0;
  layer.one_window = layer.height == 1 && filter_dims->h == 1;
  const bool is_long_row = layer.is_point && params->stride.h == 1 && params->stride.w == 1 &&
                           layer.out_h == layer.height && layer.out_w == layer.width;
  if (is_long_row) layer.out_w *= layer.out_h * layer.batches;
  const bool is_three = layer.is_dense && filter_dims->h == 3 && filter_dims->w == 3 &&
                        filter_dims->c == 16 && params->stride.w == 1 && layer.out_w >= 4;
  layer.inside = {0, 0};
  if (layer.is_dense) layer.inside = InsideOutputs(layer);

  const int32_t groups = one_group ? 1 : layer.in_channels / filter_dims->c;
  const int32_t group_channels = layer.out_channels / groups;
  for (int32_t group = 0; group < groups; ++group) {
    const int32_t end = (group + 1) * group_channels;
    for (int32_t channel = end - group_channels; channel < end;) {
      Chunk chunk(layer, channel, end, output);
      if (is_long_row) {
        chunk.AddMany(input, layer.in_channels, output, layer.out_w);
        chunk.Flush();
      } else if (is_three && chunk.CanRunThree()) {
        WalkThree(layer, chunk);
      } else {
        Walk(layer, group * filter_dims->c, &chunk);
      }
      channel += chunk.count();
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

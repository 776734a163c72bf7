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

constexpr int32_t kMostChannels = 36;  // of a chunk; what the stack allows
constexpr int32_t kMostNarrow = 16;
constexpr int32_t kMostUnaligned = 12;  // of a chunk whose words of output cannot be stored

struct Layer {
  const cmsis_nn_per_channel_quant_params* quant;
  const int8_t* filter;
  const int32_t* bias;
  int32_t input_offset;
  int32_t depth;
  int32_t out_channels;
  mve::OutputStage stage;
  bool relu;
};

// Some channels of a layer, ready for windows.
class Chunk {
 public:
  // As many of the channels [first, end) as make a chunk; `output` for its alignment.
  Chunk(const Layer& layer, int32_t first, int32_t end, const int8_t* output);

  int32_t count() const { return count_; }
  int32_t waiting() const { return waiting_; }

  // The channels of the window at x go to `out`, where the layer's first channel goes.
  void Add(const int8_t* x, int8_t* out) {
    if (kind_ == Kind::kRow) return RunRow(x, out + first_);
    x_[waiting_] = x;
    out_[waiting_] = out + first_;
    if (++waiting_ == 4) RunQuads(1);
  }
  // Windows at x, x + pitch, ...
  void AddMany(const int8_t* x, int32_t pitch, int8_t* out, int32_t windows);
  // A window of padding only.
  void AddPadding(int8_t* out) const;
  // Calculates what waits.
  void Flush();

 private:
  enum class Kind : uint8_t { kNarrow, kQuad, kRow };

  // Whether the tiles of four windows can requantize four channels: no left shift, and with ties
  // to care for a right shift.
  static bool IsOrdinary(const Layer& layer, const int32_t* shift) {
    const int32_t one = layer.relu ? 1 : 0;
    return ((shift[0] - one) & (shift[1] - one) & (shift[2] - one) & (shift[3] - one)) < 0;
  }
  // The constants of a channel, i of the chunk; `sum` is that of its weights.
  mve::Channel Constants(int32_t i, int32_t sum) const {
    const int32_t channel = first_ + i;
    const int32_t bias = layer_.bias != nullptr ? layer_.bias[channel] : 0;
    return {bias + layer_.input_offset * sum, layer_.quant->multiplier[channel],
            layer_.quant->shift[channel]};
  }
  void PrepareRow(int32_t i, int32_t sum) {
    const mve::Channel constants = Constants(i, sum);
    rows_.bias[i] = constants.bias;
    rows_.multiplier[i] = constants.multiplier;
    rows_.shift[i] = constants.shift;
  }
  void RunQuads(int32_t quads);
  void RunRow(const int8_t* x, int8_t* out);

  const Layer& layer_;
  const int32_t first_;
  int32_t count_;
  Kind kind_;
  bool words_;  // of output can be stored
  int32_t waiting_ = 0;
  const int8_t** x_;  // of the tile's arguments
  int8_t** out_;      // of the tile's arguments, or final_
  int8_t* final_[4];  // where bytes_ go
  union {
    mve::NarrowArgs narrow_;
    mve::QuadArgs quad_;
  };
  union {
    mve::NarrowPair pairs_[kMostNarrow / 2];
    mve::Channel channels_[kMostChannels];
    struct {
      int32_t bias[kMostChannels];
      int32_t multiplier[kMostChannels];
      int32_t shift[kMostChannels];
    } rows_;
    struct {
      mve::NarrowPair pairs[kMostUnaligned / 2];
      int8_t bytes[4][kMostUnaligned];
    } unaligned_;
  };
};

Chunk::Chunk(const Layer& layer, int32_t first, int32_t end, const int8_t* output)
    : layer_(layer), first_(first) {
  const int32_t depth = layer.depth;
  const int32_t* shift = layer.quant->shift + first;
  const int32_t left = end - first;
  words_ = ((reinterpret_cast<uintptr_t>(output + first) |
             static_cast<uint32_t>(layer.out_channels)) & 3) == 0;
  kind_ = left < 4 || depth == 0 || !IsOrdinary(layer, shift) ? Kind::kRow
          : depth <= 16                                       ? Kind::kNarrow
                                                              : Kind::kQuad;
  int32_t most = kind_ == Kind::kNarrow ? kMostNarrow : kMostChannels;
  if (!words_ && kind_ != Kind::kRow) most = kMostUnaligned;
  // Even chunks: 64 channels are 32 and 32, not 36 and 28.
  const int32_t chunks = (left + most - 1) / most;
  if (chunks > 1) most = ((left + chunks - 1) / chunks + 3) & ~3;
  count_ = left < 4 ? left : 4;
  while (count_ + 4 <= left && count_ < most &&
         IsOrdinary(layer, shift + count_) == (kind_ != Kind::kRow)) {
    count_ += 4;
  }

  const int8_t* const rows = layer.filter + first * depth;
  if (count_ < 4) {
    for (int32_t i = 0; i < count_; ++i) PrepareRow(i, mve::SumBytes(rows + i * depth, depth));
  }
  for (int32_t i = 0; i + 4 <= count_; i += 4) {
    int32_t sums[4];
    mve::SumFourRows(rows + i * depth, depth, sums);
    if (kind_ == Kind::kRow) {
      for (int32_t j = 0; j < 4; ++j) PrepareRow(i + j, sums[j]);
    } else if (kind_ == Kind::kQuad) {
      for (int32_t j = 0; j < 4; ++j) channels_[i + mve::ChannelSlot(j)] = Constants(i + j, sums[j]);
    } else {
      for (int32_t j = 0; j < 4; ++j) {
        const int32_t slot = i + mve::ChannelSlot(j);
        mve::NarrowPair& pair = pairs_[slot >> 1];
        pair.channels[slot & 1] = Constants(i + j, sums[j]);
        mve::FillBytes(pair.weights[slot & 1], 0, 16);
        mve::CopyBytes(pair.weights[slot & 1], rows + (i + j) * depth, depth);
      }
    }
  }

  if (kind_ == Kind::kNarrow) {
    x_ = narrow_.x;
    out_ = narrow_.out;
    narrow_.pairs = pairs_;
    narrow_.pairs_end = pairs_ + (count_ >> 1);
    narrow_.depth = depth;
    narrow_.out_skip = 4 * layer.out_channels - count_;
    narrow_.stage = layer.stage;
  } else {
    x_ = quad_.x;
    out_ = quad_.out;
    if (kind_ == Kind::kQuad) {
      quad_.SetLayer(rows, depth, channels_, count_, layer.stage);
      mve::PrepareQuad(&quad_, layer.relu);
    }
  }
  if (!words_) {
    for (int32_t i = 0; i < 4; ++i) out_[i] = unaligned_.bytes[i];
    out_ = final_;
  }
}

void Chunk::AddMany(const int8_t* x, int32_t pitch, int8_t* out, int32_t windows) {
  const int32_t out_pitch = layer_.out_channels;
  while (windows > 0) {
    int32_t step = 1;
    if (windows >= 4 && waiting_ == 0 && kind_ != Kind::kRow) {
      for (int32_t i = 0; i < 4; ++i) {
        x_[i] = x + i * pitch;
        out_[i] = out + first_ + i * out_pitch;
      }
      waiting_ = 4;
      int32_t quads = 1;
      if (kind_ == Kind::kNarrow && words_) {
        quads = windows >> 2;
        narrow_.x_step = 4 * pitch;
      }
      RunQuads(quads);
      step = 4 * quads;
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
  RunQuads(1);
}

void Chunk::RunQuads(int32_t quads) {
  if (kind_ == Kind::kNarrow) {
    narrow_.quads = quads;
    mve::MultiplyNarrow(&narrow_, layer_.relu);
  } else {
    mve::MultiplyQuad(&quad_, layer_.relu);
  }
  if (!words_) {
    for (int32_t i = 0; i < waiting_; ++i) {
      mve::CopyBytes(final_[i], unaligned_.bytes[i], count_);
    }
  }
  waiting_ = 0;
}

void Chunk::RunRow(const int8_t* x, int8_t* out) {
  mve::RowArgs args;
  args.x = x;
  args.SetWeights(layer_.filter + first_ * layer_.depth, layer_.depth, count_);
  args.bias = rows_.bias;
  args.out = out;
  args.stage = layer_.stage;
  args.multiplier = rows_.multiplier;
  args.shift = rows_.shift;
  args.per_channel = 1;
  mve::MultiplyRow(&args);
}

// Where the windows of a group are.
struct Windows {
  const cmsis_nn_conv_params* params;
  int32_t kernel_h, kernel_w;
  int32_t height, width;  // of the input, upscaled
  int32_t up_y, up_x;     // 1: every other position is one of the zeros of upscaling
  int32_t pitch;          // of a row of input
  int32_t in_channels, tap_channels;
  int32_t row;      // bytes of a window for one row of the filter
  int32_t depth;    // of a window
  bool is_dense;    // a row of the filter meets bytes of input one after the other

  // A window that is inside the input, from its first tap.
  void CopyInside(int8_t* to, const int8_t* from) const {
    mve::CopyRows(to, row, from, pitch * params->dilation.h, row, kernel_h);
  }

  // Any window, by the position of its first tap.
  void Copy(int8_t* to, const int8_t* input, int32_t y, int32_t x) const {
    const Taps ys = ClipTaps(y, params->dilation.h, kernel_h, height);
    const Taps xs = ClipTaps(x, params->dilation.w, kernel_w, width);
    const int32_t rows = ys.end - ys.begin;
    const int32_t columns = xs.end - xs.begin;
    if (!is_dense || rows < kernel_h || columns < kernel_w) {
      mve::FillBytes(to, -params->input_offset, depth);
      if (rows <= 0 || columns <= 0) return;
    }
    if (is_dense) {
      mve::CopyRows(to + ys.begin * row + xs.begin * tap_channels, row,
                    input + (y + ys.begin * params->dilation.h) * pitch +
                        (x + xs.begin) * in_channels,
                    pitch * params->dilation.h, columns * tap_channels, rows);
      return;
    }
    for (int32_t ky = ys.begin; ky < ys.end; ++ky) {
      const int32_t in_y = y + ky * params->dilation.h;
      for (int32_t kx = xs.begin; kx < xs.end; ++kx) {
        const int32_t in_x = x + kx * params->dilation.w;
        if (((in_y & up_y) | (in_x & up_x)) != 0) continue;
        mve::CopyBytes(to + ky * row + kx * tap_channels,
                       input + (in_y >> up_y) * pitch + (in_x >> up_x) * in_channels,
                       tap_channels);
      }
    }
  }
};

}  // namespace

arm_cmsis_nn_status convolve_s8_mve(const cmsis_nn_context* ctx, const cmsis_nn_conv_params* params,
                                    const cmsis_nn_per_channel_quant_params* quant,
                                    const cmsis_nn_dims* input_dims, const int8_t* input,
                                    const cmsis_nn_dims* filter_dims, const int8_t* filter,
                                    const cmsis_nn_dims*, const int32_t* bias,
                                    const cmsis_nn_dims* upscale_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output) {
  Windows windows;
  windows.params = params;
  windows.kernel_h = filter_dims->h;
  windows.kernel_w = filter_dims->w;
  windows.height = input_dims->h;
  windows.width = input_dims->w;
  windows.up_y = upscale_dims != nullptr && upscale_dims->h == 2 ? 1 : 0;
  windows.up_x = upscale_dims != nullptr && upscale_dims->w == 2 ? 1 : 0;
  windows.in_channels = input_dims->c;
  windows.tap_channels = filter_dims->c;
  windows.pitch = (windows.width >> windows.up_x) * windows.in_channels;
  const bool one_group = filter_dims->c == input_dims->c;
  windows.row = filter_dims->w * filter_dims->c;
  windows.depth = filter_dims->h * windows.row;
  windows.is_dense = one_group && params->dilation.w == 1 && (windows.up_y | windows.up_x) == 0;

  Layer layer;
  layer.quant = quant;
  layer.filter = filter;
  layer.bias = bias;
  layer.input_offset = params->input_offset;
  layer.depth = windows.depth;
  layer.out_channels = output_dims->c;
  layer.stage = {params->output_offset, params->activation.min, params->activation.max};
  layer.relu = mve::IsFullRelu(layer.stage.offset, layer.stage.min, layer.stage.max);

  int32_t batches = input_dims->n;
  int32_t out_h = output_dims->h;
  int32_t out_w = output_dims->w;
  const int32_t stride_h = params->stride.h;
  const int32_t stride_w = params->stride.w;
  const int32_t pad_h = params->padding.h;
  const int32_t pad_w = params->padding.w;

  // Windows inside the input are at outputs [inside.begin, inside.end) of a row. Those of a filter
  // of one row can be read where they are.
  const bool is_row = filter_dims->h == 1 && windows.is_dense;
  Taps inside = {0, 0};
  if (windows.is_dense) {
    inside.begin = (pad_w + stride_w - 1) / stride_w;
    const int32_t room = windows.width - filter_dims->w + pad_w;
    inside.end = room < 0 ? 0 : room / stride_w + 1;
    if (inside.end > out_w) inside.end = out_w;
  }
  const bool is_point = is_row && filter_dims->w == 1 && pad_h == 0 && pad_w == 0;
  if (is_point && stride_h == 1 && stride_w == 1 && out_h == windows.height &&
      out_w == windows.width) {
    // One long row.
    out_w = inside.end = windows.width = out_w * out_h * batches;
    out_h = windows.height = batches = 1;
  }
  // Arm's scratch holds no window for 1x1, one for one row of input, else four.
  auto* const scratch = static_cast<int8_t*>(ctx->buf);
  const bool one_window = input_dims->h == 1 && filter_dims->h == 1;

  const int32_t window_h = (filter_dims->h - 1) * params->dilation.h + 1;
  const int32_t in_step = stride_w * windows.in_channels;
  const int32_t input_size = (windows.height >> windows.up_y) * windows.pitch;
  const int32_t group_channels =
      one_group ? output_dims->c : output_dims->c / (input_dims->c / filter_dims->c);
  for (int32_t channel = 0; channel < output_dims->c;) {
    const int32_t group = channel / group_channels;
    Chunk chunk(layer, channel, (group + 1) * group_channels, output);
    const int8_t* in = input + group * filter_dims->c;
    int8_t* out = output;
    for (int32_t n = 0; n < batches; ++n, in += input_size) {
      for (int32_t out_y = 0; out_y < out_h; ++out_y) {
        const int32_t y = out_y * stride_h - pad_h;
        const bool is_inside = y >= 0 && y + window_h <= windows.height;
        for (int32_t out_x = 0; out_x < out_w;) {
          const int32_t x = out_x * stride_w - pad_w;
          const int8_t* from = in + y * windows.pitch + x * windows.in_channels;
          int32_t step = 1;
          if (is_inside && out_x >= inside.begin && out_x < inside.end) {
            step = inside.end - out_x;
            if (is_row) {
              chunk.AddMany(from, in_step, out, step);
            } else {
              for (int32_t i = 0; i < step; ++i) {
                int8_t* window = scratch + chunk.waiting() * windows.depth;
                windows.CopyInside(window, from);
                chunk.Add(window, out + i * output_dims->c);
                from += in_step;
              }
            }
          } else if (is_point) {
            chunk.AddPadding(out);
          } else {
            int8_t* window = scratch + (one_window ? 0 : chunk.waiting() * windows.depth);
            windows.Copy(window, in, y, x);
            chunk.Add(window, out);
            if (one_window) chunk.Flush();
          }
          out_x += step;
          out += step * output_dims->c;
        }
      }
    }
    chunk.Flush();
    channel += chunk.count();
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

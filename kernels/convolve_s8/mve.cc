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

constexpr int32_t kMostChannels = 40;  // of a chunk; what the stack allows
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

  int32_t FoldedBias(int32_t channel) const {
    const int32_t sum = bias != nullptr ? bias[channel] : 0;
    if (input_offset == 0) return sum;
    return sum + input_offset * mve::SumBytes(filter + channel * depth, depth);
  }
  // Whether the quad tiles can requantize the channel.
  bool IsOrdinary(int32_t channel) const { return quant->shift[channel] < (relu ? 1 : 0); }
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
    if (kind_ == Kind::kRow) return RunRow(x, out);
    x_[waiting_] = x;
    out_[waiting_] = out + first_;
    if (++waiting_ == 4) RunQuads(1, 0);
  }
  // Windows at x, x + pitch, ...
  void AddMany(const int8_t* x, int32_t pitch, int8_t* out, int32_t windows);
  // A window of padding only.
  void AddPadding(int8_t* out) const;
  // Calculates what waits.
  void Flush() {
    if (waiting_ == 0) return;
    for (int32_t i = waiting_; i < 4; ++i) {
      x_[i] = x_[0];
      out_[i] = out_[0];
    }
    RunQuads(1, 0);
  }

 private:
  enum class Kind : uint8_t { kNarrow, kQuad, kRow };

  void RunQuads(int32_t quads, int32_t pitch);
  void RunTile(int8_t* const* out, int32_t quads, int32_t pitch);
  void RunRow(const int8_t* x, int8_t* out);

  const Layer& layer_;
  const int32_t first_;
  int32_t count_;
  Kind kind_;
  bool words_;  // of output can be stored
  int32_t waiting_ = 0;
  const int8_t* x_[4];
  int8_t* out_[4];
  union {
    mve::NarrowPair pairs_[kMostNarrow / 2];
    mve::Channel channels_[kMostChannels];
    struct {
      int32_t bias[kMostChannels];
      int32_t multiplier[kMostChannels];
      int32_t shift[kMostChannels];
    } rows_;
  };
};

Chunk::Chunk(const Layer& layer, int32_t first, int32_t end, const int8_t* output)
    : layer_(layer), first_(first) {
  const int32_t depth = layer.depth;
  const bool ordinary = depth > 0 && end - first >= 4;
  const auto is_ordinary = [&](int32_t channel) {
    return layer.IsOrdinary(channel) && layer.IsOrdinary(channel + 1) &&
           layer.IsOrdinary(channel + 2) && layer.IsOrdinary(channel + 3);
  };
  words_ = ((reinterpret_cast<uintptr_t>(output + first) |
             static_cast<uint32_t>(layer.out_channels)) & 3) == 0;
  kind_ = !ordinary || !is_ordinary(first) ? Kind::kRow
          : depth <= 16                    ? Kind::kNarrow
                                           : Kind::kQuad;
  int32_t most = kind_ == Kind::kNarrow ? kMostNarrow : kMostChannels;
  if (kind_ != Kind::kRow && !words_) most = kMostUnaligned;
  // Even chunks: 64 channels are 32 and 32.
  const int32_t fours = (end - first) / 4;
  const int32_t chunks = (4 * fours + most - 1) / most;
  if (chunks > 1) most = (fours + chunks - 1) / chunks * 4;
  count_ = end - first < 4 ? end - first : 0;
  while (count_ + 4 <= end - first && count_ < most &&
         is_ordinary(first + count_) == (kind_ != Kind::kRow)) {
    count_ += 4;
  }

  for (int32_t i = 0; i < count_; ++i) {
    const int32_t channel = first + i;
    const mve::Channel constants = {layer.FoldedBias(channel), layer.quant->multiplier[channel],
                                    layer.quant->shift[channel]};
    const int32_t slot = mve::ChannelSlot(i);
    if (kind_ == Kind::kQuad) {
      channels_[slot] = constants;
    } else if (kind_ == Kind::kNarrow) {
      mve::NarrowPair& pair = pairs_[slot >> 1];
      pair.channels[slot & 1] = constants;
      mve::FillBytes(pair.weights[slot & 1], 0, 16);
      mve::CopyBytes(pair.weights[slot & 1], layer.filter + channel * depth, depth);
    } else {
      rows_.bias[i] = constants.bias;
      rows_.multiplier[i] = constants.multiplier;
      rows_.shift[i] = constants.shift;
    }
  }
}

void Chunk::AddMany(const int8_t* x, int32_t pitch, int8_t* out, int32_t windows) {
  const int32_t out_pitch = layer_.out_channels;
  while (windows > 0) {
    int32_t step = 1;
    if (kind_ != Kind::kRow && waiting_ == 0 && windows >= 4) {
      for (int32_t i = 0; i < 4; ++i) {
        x_[i] = x + i * pitch;
        out_[i] = out + first_ + i * out_pitch;
      }
      const int32_t quads = kind_ == Kind::kNarrow && words_ ? windows / 4 : 1;
      RunQuads(quads, pitch);
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

void Chunk::RunQuads(int32_t quads, int32_t pitch) {
  const int32_t windows = waiting_ == 0 ? 4 : waiting_;
  waiting_ = 0;
  if (words_) return RunTile(out_, quads, pitch);
  int8_t bytes[4][kMostUnaligned];
  int8_t* const aligned[4] = {bytes[0], bytes[1], bytes[2], bytes[3]};
  RunTile(aligned, quads, pitch);
  for (int32_t i = 0; i < windows; ++i) mve::CopyBytes(out_[i], bytes[i], count_);
}

void Chunk::RunTile(int8_t* const* out, int32_t quads, int32_t pitch) {
  if (kind_ == Kind::kNarrow) {
    mve::NarrowArgs args;
    for (int32_t i = 0; i < 4; ++i) {
      args.x[i] = x_[i];
      args.out[i] = out[i];
    }
    args.pairs = pairs_;
    args.pairs_end = pairs_ + (count_ >> 1);
    args.depth = layer_.depth;
    args.quads = quads;
    args.x_step = 4 * pitch;
    args.out_skip = 4 * layer_.out_channels - count_;
    args.stage = layer_.stage;
    mve::MultiplyNarrow(&args, layer_.relu);
    return;
  }
  mve::QuadArgs args;
  for (int32_t i = 0; i < 4; ++i) {
    args.x[i] = x_[i];
    args.out[i] = out[i];
  }
  args.weights = layer_.filter + first_ * layer_.depth;
  args.weights_2 = args.weights + 2 * layer_.depth;
  args.channels = channels_;
  args.channels_end = channels_ + count_;
  args.SetDepth(layer_.depth);
  args.stage = layer_.stage;
  mve::MultiplyQuad(args, layer_.relu);
}

void Chunk::RunRow(const int8_t* x, int8_t* out) {
  mve::RowArgs args;
  args.x = x;
  args.SetWeights(layer_.filter + first_ * layer_.depth, layer_.depth, count_);
  args.bias = rows_.bias;
  args.out = out + first_;
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
  bool whole_rows;  // the taps of a row lie side by side

  // Writes the window whose first tap is at y, x. The division of a position by the upscaling is a
  // shift.
  void Copy(int8_t* to, const int8_t* input, int32_t y, int32_t x) const {
    const int32_t padding = -params->input_offset;
    const int32_t row = kernel_w * tap_channels;
    const Taps taps = ClipTaps(x, params->dilation.w, kernel_w, width);
    for (int32_t ky = 0; ky < kernel_h; ++ky, y += params->dilation.h, to += row) {
      if (y < 0 || y >= height || (y & up_y) != 0 || taps.begin >= taps.end) {
        mve::FillBytes(to, padding, row);
        continue;
      }
      const int8_t* line = input + (y >> up_y) * pitch;
      if (whole_rows) {
        const int32_t begin = taps.begin * tap_channels;
        const int32_t end = taps.end * tap_channels;
        mve::FillBytes(to, padding, begin);
        mve::CopyBytes(to + begin, line + (x + taps.begin) * in_channels, end - begin);
        mve::FillBytes(to + end, padding, row - end);
        continue;
      }
      int8_t* tap = to;
      for (int32_t kx = 0; kx < kernel_w; ++kx, tap += tap_channels) {
        const int32_t at = x + kx * params->dilation.w;
        if (kx < taps.begin || kx >= taps.end || (at & up_x) != 0) {
          mve::FillBytes(tap, padding, tap_channels);
        } else {
          mve::CopyBytes(tap, line + (at >> up_x) * in_channels, tap_channels);
        }
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
  windows.whole_rows = one_group && params->dilation.w == 1 && windows.up_x == 0;

  Layer layer;
  layer.quant = quant;
  layer.filter = filter;
  layer.bias = bias;
  layer.input_offset = params->input_offset;
  layer.depth = filter_dims->h * filter_dims->w * filter_dims->c;
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

  // Windows that can be read where they are: outputs [direct_begin, direct_end) of a row.
  const bool is_row = filter_dims->h == 1 && windows.whole_rows && windows.up_y == 0;
  Taps direct = {0, 0};
  if (is_row) {
    direct.begin = (pad_w + stride_w - 1) / stride_w;
    const int32_t room = windows.width - filter_dims->w + pad_w;
    direct.end = room < 0 ? 0 : room / stride_w + 1;
    if (direct.end > out_w) direct.end = out_w;
  }
  const bool is_point = is_row && filter_dims->w == 1 && pad_h == 0 && pad_w == 0;
  if (is_point && stride_h == 1 && stride_w == 1 && out_h == windows.height &&
      out_w == windows.width) {
    // One long row.
    out_w = direct.end = windows.width = out_w * out_h * batches;
    out_h = windows.height = batches = 1;
  }
  // Arm's scratch holds no window for 1x1, one for one row of input, else four.
  auto* const scratch = static_cast<int8_t*>(ctx->buf);
  const bool one_window = input_dims->h == 1 && filter_dims->h == 1;

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
        const bool is_inside = y >= 0 && y < windows.height;
        for (int32_t out_x = 0; out_x < out_w;) {
          const int32_t x = out_x * stride_w - pad_w;
          int32_t step = 1;
          if (is_inside && out_x >= direct.begin && out_x < direct.end) {
            step = direct.end - out_x;
            chunk.AddMany(in + y * windows.pitch + x * windows.in_channels,
                          stride_w * windows.in_channels, out, step);
          } else if (is_point) {
            chunk.AddPadding(out);
          } else {
            int8_t* window = scratch + (one_window ? 0 : chunk.waiting() * layer.depth);
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

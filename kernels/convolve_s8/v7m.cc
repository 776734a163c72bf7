// Armv7-M: three output pixels times pairs of output channels (isa/v7m.h, Dot3).
//
// The windows of three pixels, which may lie in different rows, are widened into a panel [depth][3]
// of int32, with the input offset added, and serve all output channels: 6 MLA for one LDM and two
// LDRSB of weights, no weight sums, and a border is a run of zeros in the panel, so nothing is
// tested in the inner loop. Groups, dilation and upscaling differ only in how a panel is filled.
//
// A panel takes 12 bytes per k, so it is made in slices of the depth, with the sums of some
// channels in between: on the stack, 32 k and 32 channels at a time; with Arm's scratch, a third of
// the depth and 64 channels. State is in one object, which keeps the frames of the callees small:
// all of it is within 1 KB.
#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/isa/v7m.h"

namespace cortico::kernels {
namespace {

using v7m::OutputRange;
using v7m::ScaleKind;

constexpr int32_t kPixels = 3;
// The memory beside Arm's scratch: panels and sums of 64 k and channels in all.
constexpr int32_t kLocal = 64;
constexpr int32_t kSlice = 32;

struct Position {
  int32_t y, x;
};

class Convolution {
 public:
  Convolution(const cmsis_nn_conv_params* params, const cmsis_nn_per_channel_quant_params* quant,
              const cmsis_nn_dims* input_dims, const int8_t* input,
              const cmsis_nn_dims* filter_dims, const int8_t* filter, const int32_t* bias,
              const cmsis_nn_dims* upscale_dims, const cmsis_nn_dims* output_dims, int8_t* output)
      : params_(params),
        quant_(quant),
        input_dims_(input_dims),
        filter_dims_(filter_dims),
        output_dims_(output_dims),
        input_(input),
        filter_(filter),
        bias_(bias),
        output_(output),
        depth_(filter_dims->h * filter_dims->w * filter_dims->c),
        scale_(v7m::ChooseScale(quant->shift, output_dims->c, bias, output_dims->c, Range())),
        up_y_(upscale_dims != nullptr && upscale_dims->h == 2 ? 1 : 0),
        up_x_(upscale_dims != nullptr && upscale_dims->w == 2 ? 1 : 0),
        dense_(filter_dims->c == input_dims->c && params->dilation.w == 1 && up_y_ + up_x_ == 0) {}

  void Divide(void* scratch);  // settles slice_ and what follows from it
  void Run();

 private:
  OutputRange Range() const {
    return {params_->output_offset, params_->activation.min, params_->activation.max};
  }
  int32_t ScratchSlice() const;
  Position Window(int32_t pixel) const;
  void Place();
  void RunGroup(int32_t end);
  void Fill(int32_t begin, int32_t count);
  void FillLane(int32_t pixel, int32_t begin, int32_t count);
  void FillPanel(int32_t begin, int32_t count);
  void Multiply(int32_t begin, int32_t count, int32_t channel, int32_t pairs);
  template <typename Scale>
  void Store();

  const cmsis_nn_conv_params* params_;
  const cmsis_nn_per_channel_quant_params* quant_;
  const cmsis_nn_dims* input_dims_;
  const cmsis_nn_dims* filter_dims_;
  const cmsis_nn_dims* output_dims_;
  const int8_t* input_;  // of the image and the group of channels
  const int8_t* filter_;
  const int32_t* bias_;
  int8_t* output_;  // of the first pixel
  int32_t depth_;

  int32_t* panel_;
  int32_t slice_;  // k in a panel

  // The block: up to three pixels from pixel_ on, counted in the image, and some channels.
  int32_t pixel_;
  int32_t window_[kPixels];  // offsets of the windows in the input, if all are inside
  int32_t first_;
  uint8_t channels_;
  uint8_t capacity_;  // channels that have room for their sums, an even number

  const ScaleKind scale_;
  // Upscaling by 2 as a shift: an odd position is one of the zeros in between.
  const uint8_t up_y_ : 1, up_x_ : 1;
  const uint8_t dense_ : 1;  // a row of taps is one run of the input
  uint8_t inside_ : 1;       // all windows lie inside the input, and are dense
  uint8_t pixels_ : 2;       // 1 to 3; what is missing repeats the last one

  int32_t sums_[kLocal * kPixels];  // of the channels, then the panel
};

// How many k Arm's scratch has room for: 4 bytes per k of an ungrouped window, but none for a plain
// 1x1 layer.
int32_t Convolution::ScratchSlice() const {
  const bool plain_1x1 = filter_dims_->w == 1 && filter_dims_->h == 1 &&
                         params_->padding.w == 0 && params_->padding.h == 0 &&
                         params_->dilation.w == 1 && params_->dilation.h == 1 &&
                         filter_dims_->c == input_dims_->c;
  // The MVE family has less for one row; there, this variant is only tested.
  if (plain_1x1 || kIsa == Isa::kMve) return 0;
  return filter_dims_->w * filter_dims_->h * input_dims_->c / kPixels;
}

CORTICO_NOINLINE void Convolution::Divide(void* scratch) {
  slice_ = ScratchSlice();
  capacity_ = kLocal;
  if (depth_ <= kSlice + kSlice / 2) {
    slice_ = depth_;
    capacity_ = static_cast<uint8_t>((kLocal - depth_) & ~1);
  } else if (slice_ <= kSlice) {
    slice_ = kSlice;
    capacity_ = kLocal - kSlice;
  }
  panel_ = capacity_ == kLocal ? static_cast<int32_t*>(scratch) : sums_ + kPixels * capacity_;
}

// Where tap 0 of a pixel of the block reads.
inline Position Convolution::Window(int32_t pixel) const {
  pixel = pixel_ + (pixel < pixels_ ? pixel : pixels_ - 1);
  const int32_t row = pixel / output_dims_->w;
  const int32_t column = pixel - row * output_dims_->w;
  return {row * params_->stride.h - params_->padding.h,
          column * params_->stride.w - params_->padding.w};
}

// The next pixels from pixel_ on.
CORTICO_NOINLINE void Convolution::Place() {
  const int32_t left = output_dims_->h * output_dims_->w - pixel_;
  pixels_ = static_cast<uint8_t>(left < kPixels ? left : kPixels);
  inside_ = dense_;
  for (int32_t i = 0; i < kPixels && dense_; ++i) {
    const Position at = Window(i);
    if (at.x < 0 || at.y < 0 || at.x + filter_dims_->w > input_dims_->w ||
        at.y + (filter_dims_->h - 1) * params_->dilation.h >= input_dims_->h) {
      inside_ = 0;
      return;
    }
    window_[i] = (at.y * input_dims_->w + at.x) * input_dims_->c;
  }
}

// k = begin .. begin + count of one pixel's window, piece by piece: a row of taps, or where that is
// not dense one tap, of which columns [inside, outside) are in the input and the others zero.
CORTICO_NOINLINE void Convolution::FillLane(int32_t pixel, int32_t begin, int32_t count) {
  const cmsis_nn_dims& in = *input_dims_;
  const Position at = Window(pixel);
  const int32_t taps = filter_dims_->w;
  const int32_t columns = dense_ ? taps : 1;
  const int32_t piece = columns * filter_dims_->c;
  int32_t index = begin / piece;
  int32_t from = begin - index * piece;
  int32_t* lane = panel_ + pixel;
  for (; count > 0; ++index, from = 0) {
    const int32_t ky = dense_ ? index : index / taps;
    const int32_t y = at.y + ky * params_->dilation.h;
    const int32_t x = dense_ ? at.x : at.x + (index - ky * taps) * params_->dilation.w;
    int32_t inside = x < 0 ? -x : 0;
    int32_t outside = in.w - x < columns ? in.w - x : columns;
    if (static_cast<uint32_t>(y) >= static_cast<uint32_t>(in.h) || (y & up_y_) != 0 ||
        (x & up_x_) != 0 || inside >= outside) {
      inside = outside = 0;
    }
    inside *= filter_dims_->c;
    outside *= filter_dims_->c;
    const int32_t to = piece - from < count ? piece : from + count;
    count -= to - from;
    for (; from < inside && from < to; ++from, lane += kPixels) *lane = 0;
    const int32_t run = (outside < to ? outside : to) - from;
    if (run > 0) {
      const int32_t position = (y >> up_y_) * (in.w >> up_x_) + (x >> up_x_);
      lane = v7m::WidenLane3(lane, input_ + (position * in.c + from), run, params_->input_offset);
      from += run;
    }
    for (; from < to; ++from, lane += kPixels) *lane = 0;
  }
}

// The same for all three windows at once, where they are inside.
CORTICO_NOINLINE void Convolution::FillPanel(int32_t begin, int32_t count) {
  const int32_t row = filter_dims_->w * filter_dims_->c;
  const int32_t step = params_->dilation.h * input_dims_->w * input_dims_->c;
  const int32_t ky = begin / row;
  int32_t skipped = begin - ky * row;
  const int8_t* source = input_ + ky * step + skipped;
  int32_t* panel = panel_;
  for (;;) {
    const int32_t run = row - skipped < count ? row - skipped : count;
    panel = v7m::Widen3(panel, source + window_[0], source + window_[1], source + window_[2], run,
                        params_->input_offset);
    count -= run;
    if (count == 0) return;
    source += step - skipped;
    skipped = 0;
  }
}

inline void Convolution::Fill(int32_t begin, int32_t count) {
  if (inside_) {
    FillPanel(begin, count);
  } else {
    for (int32_t i = 0; i < kPixels; ++i) FillLane(i, begin, count);
  }
}

// Adds the panel times the weights of pairs of channels to their sums, from the channel that is
// `channel` behind first_; without a pair, of that one channel, which is then computed twice.
CORTICO_NOINLINE void Convolution::Multiply(int32_t begin, int32_t count, int32_t channel,
                                            int32_t pairs) {
  v7m::Dot3(panel_, count, filter_ + (first_ + channel) * depth_ + begin, pairs > 0 ? depth_ : 0,
            sums_ + kPixels * channel, pairs > 0 ? pairs : 1);
}

template <typename Scale>
CORTICO_NOINLINE void Convolution::Store() {
  const OutputRange range = Range();
  const int32_t* multiplier = quant_->multiplier + first_;
  const int32_t* shift = quant_->shift + first_;
  int8_t* output0 = output_ + first_;
  int8_t* output1 = output0 + (pixels_ > 1 ? output_dims_->c : 0);
  int8_t* output2 = output1 + (pixels_ > 2 ? output_dims_->c : 0);
  const int32_t* sums = sums_;
  for (const int32_t* const end = sums + kPixels * channels_; sums != end; sums += kPixels) {
    const Scale scale = Scale::Make(*multiplier++, *shift++, range);
    *output0++ = static_cast<int8_t>(scale(sums[0]));
    *output1++ = static_cast<int8_t>(scale(sums[1]));
    *output2++ = static_cast<int8_t>(scale(sums[2]));
  }
}

// The channels from first_ to the end of their group, of one block. The panel of a window that fits
// in one slice serves all of them.
void Convolution::RunGroup(int32_t end) {
  for (const int32_t group = first_; first_ < end; first_ += channels_) {
    channels_ = static_cast<uint8_t>(end - first_ < capacity_ ? end - first_ : capacity_);
    int32_t* sums = sums_;
    for (int32_t c = first_; c < first_ + channels_; ++c, sums += kPixels) {
      sums[0] = sums[1] = sums[2] = bias_ != nullptr ? bias_[c] : 0;
    }
    for (int32_t begin = 0; begin < depth_; begin += slice_) {
      const int32_t count = depth_ - begin < slice_ ? depth_ - begin : slice_;
      if (first_ == group || slice_ < depth_) Fill(begin, count);
      if (channels_ > 1) Multiply(begin, count, 0, channels_ / 2);
      if (channels_ % 2 != 0) Multiply(begin, count, channels_ - 1, 0);
    }
    if (scale_ == ScaleKind::kRelu) {
      Store<v7m::ReluScale>();
    } else if (scale_ == ScaleKind::kSigned) {
      Store<v7m::SignedScale>();
    } else {
      Store<v7m::GeneralScale>();
    }
  }
}

inline void Convolution::Run() {
  if (output_dims_->h * output_dims_->w * output_dims_->c == 0) return;
  const int32_t group_channels = filter_dims_->c == input_dims_->c
                                     ? output_dims_->c
                                     : output_dims_->c / (input_dims_->c / filter_dims_->c);
  for (int32_t n = input_dims_->n; n > 0; --n) {
    for (pixel_ = 0; pixel_ < output_dims_->h * output_dims_->w; pixel_ += pixels_) {
      Place();
      for (first_ = 0; first_ < output_dims_->c; input_ += filter_dims_->c) {
        RunGroup(first_ + group_channels);
      }
      input_ -= input_dims_->c;
      output_ += pixels_ * output_dims_->c;
    }
    input_ += (input_dims_->h >> up_y_) * (input_dims_->w >> up_x_) * input_dims_->c;
  }
}

}  // namespace

arm_cmsis_nn_status convolve_s8_v7m(const cmsis_nn_context* ctx, const cmsis_nn_conv_params* params,
                                    const cmsis_nn_per_channel_quant_params* quant,
                                    const cmsis_nn_dims* input_dims, const int8_t* input,
                                    const cmsis_nn_dims* filter_dims, const int8_t* filter,
                                    const cmsis_nn_dims*, const int32_t* bias,
                                    const cmsis_nn_dims* upscale_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output) {
  Convolution convolution(params, quant, input_dims, input, filter_dims, filter, bias, upscale_dims,
                          output_dims, output);
  convolution.Divide(ctx->buf);
  convolution.Run();
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

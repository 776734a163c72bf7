// DSP extension: three output pixels at a time, each with its window as a column of activations;
// what is done with them is in common/dense_dsp.h. Here the columns are found in the image:
//
//   in place   a window is one or a few runs of bytes in memory, a whole number of words each: a
//              pixel (1x1), rows of a window inside the image, or tap by tap where padding,
//              dilation or upscaling lies between; what is outside is read from a few bytes of the
//              zero point
//   gathered   runs that are no whole number of words (a first layer's 1 or 3 channels) are first
//              copied, three columns of bytes, into the scratch
#include "kernels/common/dense_dsp.h"
#include "kernels/common/window.h"
#include "kernels/convolve_s8/convolve_s8.h"

namespace cortico::kernels {
namespace {

int32_t Min(int32_t a, int32_t b) { return a < b ? a : b; }

// Short runs: not worth unrolling, still less a call of memcpy.
void CopyBytes(int8_t* to, const int8_t* from, int32_t size) {
#pragma GCC unroll 1
  for (; size >= 4; size -= 4, to += 4, from += 4) memcpy(to, from, 4);
#pragma GCC unroll 1
  for (; size > 0; --size) *to++ = *from++;
}

// A block of rows of so many bytes each.
void CopyRows(int8_t* to, int32_t to_pitch, const int8_t* from, int32_t from_pitch, int32_t size,
              int32_t rows) {
  if (size < 4 || size > 12) {
    for (; rows > 0; --rows, to += to_pitch, from += from_pitch) CopyBytes(to, from, size);
    return;
  }
  // Up to three words, which overlap.
  const int32_t last = size - 4;
  const int32_t middle = Min(4, last);
#pragma GCC unroll 1
  for (; rows > 0; --rows, to += to_pitch, from += from_pitch) {
    memcpy(to, from, 4);
    memcpy(to + middle, from + middle, 4);
    memcpy(to + last, from + last, 4);
  }
}

void FillBytes(int8_t* to, int8_t value, int32_t size) {
  const uint32_t word = 0x01010101u * static_cast<uint8_t>(value);
#pragma GCC unroll 1
  for (; size >= 4; size -= 4, to += 4) memcpy(to, &word, 4);
#pragma GCC unroll 1
  for (; size > 0; --size) *to++ = value;
}

// The windows of three pixels of one group of channels.
class Windows {
 public:
  Windows(const cmsis_nn_conv_params& params, const cmsis_nn_dims& input_dims,
          const cmsis_nn_dims& filter_dims, const cmsis_nn_dims* upscale_dims)
      : params_(params),
        input_dims_(input_dims),
        filter_dims_(filter_dims),
        up_y_(upscale_dims != nullptr && upscale_dims->h == 2 ? 1 : 0),
        up_x_(upscale_dims != nullptr && upscale_dims->w == 2 ? 1 : 0),
        row_pitch_((input_dims.w >> up_x_) * input_dims.c),
        reach_y_(input_dims.h - (filter_dims.h - 1) * params.dilation.h),
        reach_x_(input_dims.w - (filter_dims.w - 1) * params.dilation.w),
        contiguous_(up_y_ == 0 && up_x_ == 0 && params.dilation.h == 1 &&
                    (filter_dims.w == 1 ||
                     (params.dilation.w == 1 && filter_dims.c == input_dims.c))),
        gathered_(filter_dims.c % 4 != 0 && filter_dims.h * filter_dims.w > 1) {
    FillBytes(border_, static_cast<int8_t>(-params.input_offset), kBorder + 4);
  }

  bool gathered() const { return gathered_; }

  // The windows begin at row y of the image at input, or above or below it.
  void SetRow(const int8_t* input, int32_t y) {
    input_ = input;
    next_y_ = y;
    inside_x_ = 0;
    if (contiguous_ && y >= 0 && y < reach_y_) {
      inside_x_ = reach_x_;
      row_ = input + y * row_pitch_;
    }
  }
  // That of column i begins at x.
  void Place(int i, int32_t x) {
    y_[i] = next_y_;
    x_[i] = x;
    first_[i] = x >= 0 && x < inside_x_ ? row_ + x * input_dims_.c : nullptr;
  }

  // Copies the columns to memory.
  __attribute__((noinline)) void Gather(int8_t* memory);

  // Writes the columns' panel from element depth on.
  void WritePanel(uint32_t* panel, int32_t pitch, int32_t depth, int32_t groups,
                  int32_t tail) const {
    dsp::PanelWriter writer(panel, pitch, params_.input_offset);
    writer.Begin(groups);
    if (first_[0] != nullptr && first_[1] != nullptr && first_[2] != nullptr) {
      AppendRows(writer, depth, groups);
    } else {
      AppendTaps(writer, depth, groups);
    }
    writer.End(tail);
  }

 private:
  static constexpr int32_t kBorder = 16;

  // Tap (ky, kx) of column i; null outside the image and between its rows and columns.
  const int8_t* Tap(int i, int32_t ky, int32_t kx) const {
    const int32_t y = y_[i] + ky * params_.dilation.h;
    const int32_t x = x_[i] + kx * params_.dilation.w;
    if (y < 0 || y >= input_dims_.h || x < 0 || x >= input_dims_.w || (y & up_y_) != 0 ||
        (x & up_x_) != 0) {
      return nullptr;
    }
    return input_ + (y >> up_y_) * row_pitch_ + (x >> up_x_) * input_dims_.c;
  }

  // All windows lie inside the image: row by row.
  void AppendRows(dsp::PanelWriter& writer, int32_t depth, int32_t groups) const;
  // Not all do: tap by tap.
  void AppendTaps(dsp::PanelWriter& writer, int32_t depth, int32_t groups) const;

  const cmsis_nn_conv_params& params_;
  const cmsis_nn_dims& input_dims_;
  const cmsis_nn_dims& filter_dims_;
  const int32_t up_y_, up_x_;
  const int32_t row_pitch_;
  const int32_t reach_y_, reach_x_;  // a window that begins before these ends inside the image
  const bool contiguous_;            // a row of a window inside the image is one run of bytes
  const bool gathered_;
  const int8_t* input_ = nullptr;
  const int8_t* row_ = nullptr;
  int32_t next_y_ = 0;
  int32_t inside_x_ = 0;  // windows from 0 to here lie inside the image
  int32_t y_[3], x_[3];
  const int8_t* first_[3];  // null: not inside
  int8_t border_[kBorder + 4];  // and where PanelWriter::End finds a tail
};

void Windows::Gather(int8_t* memory) {
  const int32_t channels = filter_dims_.c;
  const int32_t run = filter_dims_.w * channels;
  for (int i = 0; i < 3; ++i, memory += filter_dims_.h * run) {
    Taps y = {0, filter_dims_.h};
    Taps x = {0, filter_dims_.w};
    if (first_[i] == nullptr) {
      FillBytes(memory, border_[0], filter_dims_.h * run);
      y = ClipTaps(y_[i], params_.dilation.h, filter_dims_.h, input_dims_.h);
      x = ClipTaps(x_[i], params_.dilation.w, filter_dims_.w, input_dims_.w);
    }
    first_[i] = memory;
    if (contiguous_) {
      if (x.begin < x.end) {
        CopyRows(memory + y.begin * run + x.begin * channels, run,
                 input_ + (y_[i] + y.begin) * row_pitch_ + (x_[i] + x.begin) * input_dims_.c,
                 row_pitch_, (x.end - x.begin) * channels, y.end - y.begin);
      }
      continue;
    }
    for (int32_t ky = y.begin; ky < y.end; ++ky) {
      for (int32_t kx = x.begin; kx < x.end; ++kx) {
        const int8_t* tap = Tap(i, ky, kx);
        if (tap != nullptr) CopyBytes(memory + ky * run + kx * channels, tap, channels);
      }
    }
  }
}

void Windows::AppendRows(dsp::PanelWriter& writer, int32_t depth, int32_t groups) const {
  const int8_t* x = first_[0] + depth;
  const int32_t second = static_cast<int32_t>(first_[1] - first_[0]);
  const int32_t third = static_cast<int32_t>(first_[2] - first_[0]);
  if (!gathered_ && filter_dims_.h > 1) {
    const int32_t run = filter_dims_.w * filter_dims_.c;
    const int32_t gap = row_pitch_ - run;
    int32_t done = depth;
    if (depth > 0) {
      const int32_t row = depth / run;
      done -= row * run;
      x += row * gap;
    }
    int32_t some;
    while ((some = (run - done) / 4) < groups) {
      writer.Append(x, x + second, x + third, some);
      groups -= some;
      x += 4 * some + gap;
      done = 0;
    }
  }
  writer.Append(x, x + second, x + third, groups);
}

void Windows::AppendTaps(dsp::PanelWriter& writer, int32_t depth, int32_t groups) const {
  const int32_t channels = filter_dims_.c;
  int32_t done = 0;
  int32_t ky = 0;
  int32_t kx = 0;
  if (depth > 0) {
    const int32_t tap = depth / channels;
    done = depth - tap * channels;
    ky = tap / filter_dims_.w;
    kx = tap - ky * filter_dims_.w;
  }
  while (groups > 0) {
    int32_t some = Min((channels - done) / 4, groups);
    groups -= some;
    const int8_t* x[3];
    int32_t step = some;
    for (int i = 0; i < 3; ++i) {
      x[i] = Tap(i, ky, kx);
      if (x[i] == nullptr) step = Min(some, kBorder / 4);
    }
    for (; some > 0; some -= step, done += 4 * step) {
      if (step > some) step = some;
      writer.Append(x[0] != nullptr ? x[0] + done : border_,
                    x[1] != nullptr ? x[1] + done : border_,
                    x[2] != nullptr ? x[2] + done : border_, step);
    }
    done = 0;
    if (++kx == filter_dims_.w) {
      kx = 0;
      ++ky;
    }
  }
}

// The arguments of arm_convolve_s8 that concern the image.
struct Image {
  const cmsis_nn_conv_params& params;
  const cmsis_nn_dims& input_dims;
  const cmsis_nn_dims& filter_dims;
  const cmsis_nn_dims* upscale_dims;
  const cmsis_nn_dims& output_dims;
  const int8_t* input;
  int8_t* output;
  void* scratch;

  int32_t Taps() const { return filter_dims.h * filter_dims.w; }
  // Each window is a pixel, and pixels follow each other in the input as in the output.
  bool IsPointwise() const {
    return Taps() == 1 && filter_dims.c == input_dims.c && params.stride.h == 1 &&
           params.stride.w == 1 && params.padding.h == 0 && params.padding.w == 0 &&
           upscale_dims == nullptr && input_dims.h == output_dims.h &&
           input_dims.w == output_dims.w;
  }
};

// At the end of the work one or two columns are there several times: the index of column i.
int32_t Column(int32_t i, int32_t left) { return i < left ? i : left - 1; }

__attribute__((noinline)) void ConvolvePoints(const dsp::Rows& rows, const Image& image) {
  constexpr int32_t kArena = dsp::PanelWords(64);
  uint32_t arena[kArena];
  const int32_t offset = image.params.input_offset;
  const int8_t* input = image.input;
  int8_t* output = image.output;
  int32_t left = image.output_dims.h * image.output_dims.w * image.input_dims.n;
  dsp::Multiplier3 multiplier(rows, {arena, kArena}, {nullptr, 0}, output + left * rows.count);
  for (; left > 0; left -= 3) {
    const int32_t second = Column(1, left);
    const int32_t third = Column(2, left);
    multiplier.Multiply(output, second * rows.count, third * rows.count,
                        [=, &rows](uint32_t* panel, int32_t depth, int32_t groups, int32_t tail) {
                          dsp::PanelWriter writer(panel, rows.pitch(), offset);
                          writer.Begin(groups);
                          const int8_t* x = input + depth;
                          writer.Append(x, x + second * rows.depth, x + third * rows.depth, groups);
                          writer.End(tail);
                        });
    input += 3 * rows.depth;
    output += 3 * rows.count;
  }
}

// One group of channels of one image.
void ConvolveGroup(const dsp::Rows& rows, const Image& image, const int8_t* input, int8_t* output,
                   dsp::Multiplier3& multiplier, Windows& windows, int8_t* gather) {
  const cmsis_nn_conv_params& params = image.params;
  const int32_t channels = image.output_dims.c;
  int32_t y = -params.padding.h;
  int32_t x = -params.padding.w;
  const int32_t row_end = x + image.output_dims.w * params.stride.w;
  windows.SetRow(input, y);
  for (int32_t left = image.output_dims.h * image.output_dims.w; left > 0; left -= 3) {
    for (int i = 0; i < 3; ++i) {
      windows.Place(i, x);
      if (i + 1 >= left) continue;
      x += params.stride.w;
      if (x == row_end) {
        x = -params.padding.w;
        y += params.stride.h;
        windows.SetRow(input, y);
      }
    }
    if (gather != nullptr) windows.Gather(gather);
    multiplier.Multiply(output, Column(1, left) * channels, Column(2, left) * channels,
                        [&](uint32_t* panel, int32_t depth, int32_t groups, int32_t tail) {
                          windows.WritePanel(panel, rows.pitch(), depth, groups, tail);
                        });
    output += 3 * channels;
  }
}

__attribute__((noinline)) void ConvolveWindows(dsp::Rows& rows, const Image& image,
                                               int32_t groups) {
  constexpr int32_t kArena = dsp::PanelWords(32);
  uint32_t arena[kArena];
  Windows windows(image.params, image.input_dims, image.filter_dims, image.upscale_dims);
  int8_t* gather = windows.gathered() ? static_cast<int8_t*>(image.scratch) : nullptr;
  // What Arm's size function grants, in words: nothing for one tap.
  const int32_t scratch_size =
      image.Taps() > 1 && gather == nullptr ? (image.Taps() * image.input_dims.c + 3) / 4 * 4 : 0;

  const int8_t* input = image.input;
  int8_t* output = image.output;
  const int32_t pixels = image.output_dims.h * image.output_dims.w;
  const int32_t up =
      image.upscale_dims != nullptr ? image.upscale_dims->h * image.upscale_dims->w : 1;
  const int32_t image_size = image.input_dims.h * image.input_dims.w / up * image.input_dims.c;
  // With groups, the end of the output holds outputs of the groups before.
  dsp::Multiplier3 multiplier(
      rows, {arena, kArena}, {static_cast<uint32_t*>(image.scratch), scratch_size},
      groups == 1 ? output + image.input_dims.n * pixels * image.output_dims.c : nullptr);
  const dsp::Rows first = rows;
  for (int32_t n = 0; n < image.input_dims.n; ++n) {
    rows = first;
    for (int32_t group = 0; group < groups; ++group) {
      ConvolveGroup(rows, image, input + group * image.filter_dims.c,
                    output + group * rows.count, multiplier, windows, gather);
      rows.Advance();
    }
    input += image_size;
    output += pixels * image.output_dims.c;
  }
}

__attribute__((noinline)) arm_cmsis_nn_status Convolve(
    const cmsis_nn_context* ctx, const cmsis_nn_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims*, const int32_t* bias, const cmsis_nn_dims* upscale_dims,
    const cmsis_nn_dims* output_dims, int8_t* output) {
  const Image image = {*params,      *input_dims, *filter_dims, upscale_dims,
                       *output_dims, input,       output,       ctx->buf};
  dsp::Rows rows;
  rows.filter = filter;
  rows.depth = image.Taps() * filter_dims->c;
  rows.count = output_dims->c;
  rows.start = bias;
  rows.multiplier = quant->multiplier;
  rows.shift = quant->shift;
  rows.quant_step = 1;
  rows.offset = params->output_offset;
  rows.range = params->activation;
  rows.finish = dsp::ChooseFinish(rows);
  if (image.IsPointwise()) {
    ConvolvePoints(rows, image);
  } else {
    const int32_t groups = input_dims->c / filter_dims->c;
    rows.count = output_dims->c / groups;
    ConvolveWindows(rows, image, groups);
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace

arm_cmsis_nn_status convolve_s8_dsp(const cmsis_nn_context* ctx, const cmsis_nn_conv_params* params,
                                    const cmsis_nn_per_channel_quant_params* quant,
                                    const cmsis_nn_dims* input_dims, const int8_t* input,
                                    const cmsis_nn_dims* filter_dims, const int8_t* filter,
                                    const cmsis_nn_dims* bias_dims, const int32_t* bias,
                                    const cmsis_nn_dims* upscale_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output) {
  const bool tile_fits =
      filter_dims->h * filter_dims->w * filter_dims->c >= dsp::kMinDepth && output_dims->c > 0;
  return (tile_fits ? Convolve : convolve_s8_scalar)(
      ctx, params, quant, input_dims, input, filter_dims, filter, bias_dims, bias, upscale_dims,
      output_dims, output);
}

}  // namespace cortico::kernels

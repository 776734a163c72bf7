// v6-M: two output pixels in the lanes of a word. Their windows are packed into a panel once, and
// every row of weights, as it lies in memory, multiplies both (isa/v6m.h, DotLanes). No sum can
// overflow a lane, so this needs nothing of the values.
//
// The input offset is not added to the elements (the lanes would overflow) but folded, times the
// sum of the weights, into where a channel's sums start. Channels go in blocks whose starts fit
// into the buffer; within a block the loop is over pairs of pixels, then channels.
//
// Where Arm's contract grants scratch, it grants 4 bytes per element of a window: exactly the
// panel. A 1x1 filter gets none; its panel is on the stack and holds at most kPanelWords elements,
// and longer windows go in slices, with the sums of a block's channels kept in between.
#include "kernels/common/window.h"
#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/isa/v6m.h"

namespace cortico::kernels {
namespace {

using v6m::LaneSums;

constexpr int32_t kBufferWords = 200;
constexpr int32_t kPanelWords = 128;
constexpr int32_t kSlicedChannels = 24;  // with a start and two sums each: what the panel leaves

struct Layer {
  const cmsis_nn_conv_params* params;
  const cmsis_nn_per_channel_quant_params* quant;
  const int32_t* bias;
  cmsis_nn_dims input;
  cmsis_nn_dims filter;
  int32_t window;  // elements of a window: kernel rows * columns * channels of a group
  int32_t row_pitch;
  int32_t tap_step;  // between neighbouring taps of a kernel row
  int32_t run;       // taps of a kernel row that lie side by side: all, or 1
  int32_t out_width;
  int32_t out_channels;
};

// A pixel of the output, and the place of its window.
struct Pixel {
  const int8_t* input;  // the image, at the group's first channel
  int8_t* output;       // at the block's first channel
  int32_t y;            // of the window's first tap, in the input
  int32_t x;
  int32_t column;  // of the output
};

inline void Advance(const Layer& layer, Pixel* pixel) {
  pixel->output += layer.out_channels;
  pixel->x += layer.params->stride.w;
  if (++pixel->column == layer.out_width) {
    pixel->column = 0;
    pixel->x = -layer.params->padding.w;
    pixel->y += layer.params->stride.h;
  }
}

// *panel++ = lanes of (*first++, *second++); a step of 0 repeats an element.
inline uint32_t* Pack(const int8_t* first, const int8_t* second, int32_t count, uint32_t* panel) {
  for (int32_t i = 0; i < count; ++i) *panel++ = v6m::PackLanes(first[i], second[i]);
  return panel;
}

[[gnu::noinline]] uint32_t* PackSteps(const int8_t* first, int32_t first_step,
                                      const int8_t* second, int32_t second_step, int32_t count,
                                      uint32_t* panel) {
  for (; count > 0; --count) {
    *panel++ = v6m::PackLanes(*first, *second);
    first += first_step;
    second += second_step;
  }
  return panel;
}

inline bool Inside(int32_t position, int32_t size) {
  return static_cast<uint32_t>(position) < static_cast<uint32_t>(size);
}

// The windows of two pixels, tap by tap. What lies outside of the input is the value that the
// offset makes 0.
[[gnu::noinline]] void PackWindows(const Layer& layer, const Pixel& first, const Pixel& second,
                                   uint32_t* panel) {
  const int8_t outside = static_cast<int8_t>(-layer.params->input_offset);
  const int32_t channels = layer.filter.c;
  const int32_t places = layer.input.w - layer.run + 1;  // where a whole row of taps is inside
  const bool contiguous = layer.run > 1 && places > 0 && Inside(first.x, places) &&
                          Inside(second.x, places);
  int32_t y0 = first.y;
  int32_t y1 = second.y;
  for (int32_t ky = 0; ky < layer.filter.h; ++ky) {
    const bool row_0 = Inside(y0, layer.input.h);
    const bool row_1 = Inside(y1, layer.input.h);
    const int8_t* in_0 = first.input + y0 * layer.row_pitch + first.x * layer.input.c;
    const int8_t* in_1 = second.input + y1 * layer.row_pitch + second.x * layer.input.c;
    if (contiguous && row_0 && row_1) {
      panel = Pack(in_0, in_1, layer.run * channels, panel);
    } else {
      int32_t x0 = first.x;
      int32_t x1 = second.x;
      for (int32_t kx = 0; kx < layer.filter.w; ++kx) {
        const bool tap_0 = row_0 && Inside(x0, layer.input.w);
        const bool tap_1 = row_1 && Inside(x1, layer.input.w);
        panel = PackSteps(tap_0 ? in_0 : &outside, tap_0, tap_1 ? in_1 : &outside, tap_1, channels,
                          panel);
        x0 += layer.params->dilation.w;
        x1 += layer.params->dilation.w;
        in_0 += layer.tap_step;
        in_1 += layer.tap_step;
      }
    }
    y0 += layer.params->dilation.h;
    y1 += layer.params->dilation.h;
  }
}

// Sum of int8, by words of four unsigned bytes where the address allows.
int32_t Sum(const int8_t* values, int32_t count) {
  int32_t sum = 0;
  for (; count > 0; --count) sum += *values++;
  return sum;
}

// Adds the products of `count` panel words.
inline void Dot(const uint32_t* panel, const int8_t* weights, int32_t count, LaneSums* sums) {
  v6m::DotLanes(panel, weights, count & ~1, sums);
  if (count & 1) {
    const uint32_t product = panel[count - 1] * static_cast<uint32_t>(weights[count - 1]);
    sums->all += product;
    sums->high += static_cast<int32_t>(product + 0x8000) >> 16;
  }
}

struct Block {
  const int8_t* weights;
  const int32_t* multiplier;
  const int32_t* shift;
  int32_t channels;
  const int32_t* start;  // per channel: bias and input offset
  bool scaled;           // every channel has a v6m::Scale
};

[[gnu::noinline]] int8_t RequantizeAny(int32_t sum, int32_t multiplier, int32_t shift,
                                       const cmsis_nn_conv_params* params) {
  return ToOutput(Requantize(sum, multiplier, shift), params->output_offset,
                  params->activation.min, params->activation.max);
}

// Both outputs of a channel from their sums.
inline void Finish(const cmsis_nn_conv_params* params, const Block& block, int32_t channel,
                   const LaneSums& sums, int8_t* first, int8_t* second) {
  const int32_t sum_0 = block.start[channel] + sums.First();
  const int32_t sum_1 = block.start[channel] + sums.Second();
  const int32_t multiplier = block.multiplier[channel];
  const int32_t shift = block.shift[channel];
  if (block.scaled) {
    const int32_t low = params->activation.min;
    const int32_t high = params->activation.max;
    const v6m::Scale scale = v6m::MakeScale(multiplier, shift, params->output_offset);
    *first = static_cast<int8_t>(Clamp(v6m::Requantize(sum_0, scale), low, high));
    *second = static_cast<int8_t>(Clamp(v6m::Requantize(sum_1, scale), low, high));
  } else {
    *first = RequantizeAny(sum_0, multiplier, shift, params);
    *second = RequantizeAny(sum_1, multiplier, shift, params);
  }
}

// Two pixels whose whole windows are packed.
[[gnu::noinline]] void RunPair(const Layer& layer, const Block& block, const uint32_t* panel,
                               int8_t* first, int8_t* second) {
  const int8_t* weights = block.weights;
  for (int32_t channel = 0; channel < block.channels; ++channel) {
    LaneSums sums = {0, 0};
    Dot(panel, weights, layer.window, &sums);
    weights += layer.window;
    Finish(layer.params, block, channel, sums, first++, second++);
  }
}

// Two pixels of a 1x1 convolution, slice by slice.
[[gnu::noinline]] void RunSliced(const Layer& layer, const Block& block, uint32_t* panel,
                                 LaneSums* sums, const int8_t* first, const int8_t* second,
                                 Pixel* pixels) {
  for (int32_t c = 0; c < block.channels; ++c) sums[c] = {0, 0};
  for (int32_t begin = 0; begin < layer.window; begin += kPanelWords) {
    const int32_t left = layer.window - begin;
    const int32_t count = left < kPanelWords ? left : kPanelWords;
    Pack(first + begin, second + begin, count, panel);
    const int8_t* weights = block.weights + begin;
    for (int32_t c = 0; c < block.channels; ++c) {
      Dot(panel, weights, count, &sums[c]);
      weights += layer.window;
    }
  }
  for (int32_t c = 0; c < block.channels; ++c) {
    Finish(layer.params, block, c, sums[c], pixels[0].output + c, pixels[1].output + c);
  }
}

// Fills in where the channels' sums start and whether all of them have a scale.
void Prepare(const Layer& layer, int32_t channel, int32_t channels, int32_t* start,
             const int8_t* weights, Block* block) {
  *block = {weights, layer.quant->multiplier + channel, layer.quant->shift + channel, channels,
            start,   true};
  constexpr int32_t kBiasLimit = v6m::kScaleMaxSum / 2;
  const int32_t offset = layer.params->output_offset;
  bool scaled = layer.window < kBiasLimit / (128 * 255) && offset >= -128 && offset <= 127;
  for (int32_t c = 0; c < channels; ++c) {
    const int32_t bias = layer.bias != nullptr ? layer.bias[channel + c] : 0;
    start[c] = bias + layer.params->input_offset * Sum(weights, layer.window);
    weights += layer.window;
    scaled = scaled && bias < kBiasLimit && bias > -kBiasLimit &&
             v6m::HasScale(block->multiplier[c], block->shift[c]);
  }
  block->scaled = scaled;
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
  const bool upscaled = upscale_dims != nullptr && upscale_dims->h * upscale_dims->w != 1;
  const bool one_tap = filter_dims->w == 1 && filter_dims->h == 1;
  const bool groups = filter_dims->c != input_dims->c;
  const bool pointwise =
      one_tap && !groups && params->padding.w == 0 && params->padding.h == 0;
  // Outputs beyond the input are legal; a 1x1 filter has no scratch for them.
  const bool beyond = (output_dims->w - 1) * params->stride.w >= input_dims->w ||
                      (output_dims->h - 1) * params->stride.h >= input_dims->h;
  const bool aligned = (reinterpret_cast<uintptr_t>(ctx->buf) & 3) == 0;
  if (upscaled || (pointwise ? beyond : !aligned)) {
    return convolve_s8_scalar(ctx, params, quant, input_dims, input, filter_dims, filter, bias_dims,
                              bias, upscale_dims, output_dims, output);
  }

  Layer layer;
  layer.params = params;
  layer.quant = quant;
  layer.bias = bias;
  layer.input = *input_dims;
  layer.filter = *filter_dims;
  layer.window = filter_dims->h * filter_dims->w * filter_dims->c;
  layer.row_pitch = input_dims->w * input_dims->c;
  layer.tap_step = params->dilation.w * input_dims->c;
  layer.run = params->dilation.w == 1 && !groups ? filter_dims->w : 1;
  layer.out_width = output_dims->w;
  layer.out_channels = output_dims->c;
  const int32_t pixels = output_dims->h * output_dims->w;
  if (pixels == 0) return ARM_CMSIS_NN_SUCCESS;

  uint32_t buffer[kBufferWords];
  const bool sliced = pointwise && layer.window > kPanelWords;
  uint32_t* panel = pointwise ? buffer : static_cast<uint32_t*>(ctx->buf);
  const int32_t panel_words = !pointwise ? 0 : sliced ? kPanelWords : layer.window;
  int32_t* const start = reinterpret_cast<int32_t*>(buffer + panel_words);
  const int32_t block_channels = sliced ? kSlicedChannels : kBufferWords - panel_words;

  const int32_t group_channels =
      groups ? output_dims->c / (input_dims->c / filter_dims->c) : output_dims->c;
  int32_t left_in_group = group_channels;
  for (int32_t channel = 0; channel < output_dims->c;) {
    const int32_t count = left_in_group < block_channels ? left_in_group : block_channels;
    Block block;
    Prepare(layer, channel, count, start, filter, &block);
    Pixel next;
    next.input = input;
    next.output = output + channel;
    for (int32_t n = 0; n < input_dims->n; ++n) {
      next.y = -params->padding.h;
      next.x = -params->padding.w;
      next.column = 0;
      for (int32_t i = 0; i < pixels; i += 2) {
        Pixel pair[2];
        pair[0] = next;
        Advance(layer, &next);
        pair[1] = pair[0];  // the odd one at the end is computed twice rather than coded twice
        if (i + 1 < pixels) {
          pair[1] = next;
          Advance(layer, &next);
        }
        if (pointwise) {
          const int8_t* first =
              pair[0].input + pair[0].y * layer.row_pitch + pair[0].x * layer.input.c;
          const int8_t* second =
              pair[1].input + pair[1].y * layer.row_pitch + pair[1].x * layer.input.c;
          if (sliced) {
            RunSliced(layer, block, panel, reinterpret_cast<LaneSums*>(start + kSlicedChannels),
                      first, second, pair);
            continue;
          }
          Pack(first, second, layer.window, panel);
        } else {
          PackWindows(layer, pair[0], pair[1], panel);
        }
        RunPair(layer, block, panel, pair[0].output, pair[1].output);
      }
      next.input += input_dims->h * layer.row_pitch;
    }
    filter += count * layer.window;
    channel += count;
    left_in_group -= count;
    if (left_in_group == 0) {
      left_in_group = group_channels;
      input += filter_dims->c;
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

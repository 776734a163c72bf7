// DSP extension: windows of 3x3, one filter per channel, stride 1 or 2. dsp_lanes.cc has the rest.
//
// Four channels at a time go down a strip of the image. Each pair of input rows is widened and
// transposed into planes once (isa/dsp_depthwise.h), for the windows that begin in it and for those
// that end in it. Padding is zeros in the planes, so nothing after that knows about borders. The
// planes are on the stack, because Arm's kernel for this case has no scratch: hence strips.
#include <algorithm>

#include "kernels/common/requantize.h"
#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/isa/dsp_depthwise.h"
#include "kernels/isa/dsp_elementwise.h"

namespace cortico::kernels {
namespace {

using dsp::Channel;
using dsp::kLanes;
using dsp::kPlaneColumns;
using dsp::Row;

// One image and what is applied to it.
struct Layer {
  const cmsis_nn_dw_conv_params* params;
  const cmsis_nn_per_channel_quant_params* quant;
  const int8_t* input;
  const int8_t* filter;
  const int32_t* bias;
  int8_t* output;
  int32_t channels;
  int32_t in_height, in_width;
  int32_t out_height, out_width;
  uint32_t offsets;  // the input offset in both halfwords
  uint32_t padding;  // four bytes that it turns into zeros
};

// Output columns [begin, begin + width), and what they see of the input.
struct Strip {
  int32_t begin;
  int32_t width;
  int32_t first_column;  // of the input, padding aside
  int32_t columns;       // of the input; perhaps none
  int32_t plane_column;  // where the first of them lies in the planes
};

Strip MakeStrip(const Layer& layer, int32_t begin, int32_t end) {
  const int32_t stride = layer.params->stride.w;
  const int32_t left = begin * stride - layer.params->padding.w;
  const int32_t right = left + (end - begin - 1) * stride + 3;
  const int32_t first = std::max<int32_t>(left, 0);
  const int32_t columns = std::min(right, layer.in_width) - first;
  if (columns <= 0) return {begin, end - begin, 0, 0, 0};
  return {begin, end - begin, first, columns, first - left};
}

// |value| < 2^bits
bool Fits(int32_t value, int bits) {
  return static_cast<uint32_t>(value) + (1u << bits) < 2u << bits;
}

// The scale of a channel that is not shifted to the right, so that there is one rounding only. The
// weights take a shift to the left, up to all their 16 bits. False if that is not enough.
[[gnu::noinline]] bool SetScaleLeft(Channel* channel, int32_t left, int32_t zero_point) {
  if (left < 0 || left > 7 || !Fits(channel->bias, 23)) return false;
  const uint32_t borrowed = ((1u << left) - 1) << 16;  // bits of the low halfword in the high one
  for (auto& taps : channel->taps) {
    for (uint32_t& pair : taps) pair = (pair << left) & ~borrowed;
  }
  channel->bias *= 1 << left;
  channel->rounding = zero_point;
  channel->shift = 0;
  return true;
}

// Writes all but the planes of channels c to c + 3. False if the scale of one does not suit the
// tiles, or if its doubled sums may not keep within 32 bits.
bool SetChannels(const Layer& layer, int32_t c, Channel* channel) {
  const int32_t pitch = layer.channels;
  const int8_t* filter = layer.filter + c;
  for (auto& taps : channel->taps) {
    dsp::PackRows<2>({filter, pitch}, {filter + 3 * pitch, pitch}, 0, 3, taps);
    filter += 3 * pitch;
  }
  const int32_t zero_point = layer.params->output_offset;
  // What is below the zero point is clamped, or its rounding has to be right.
  const int32_t away = layer.params->activation.min >= zero_point ? 0 : dsp::kAwayFromZero;
  const Channel* const end = channel + kLanes;
  for (; channel != end; ++channel, ++c) {
    const int32_t bias = layer.bias != nullptr ? layer.bias[c] : 0;
    const int32_t multiplier = layer.quant->multiplier[c];
    const int32_t right = -layer.quant->shift[c];
    if (multiplier < 0 || !Fits(bias, 29)) return false;
    channel->bias = 2 * bias;
    channel->multiplier = multiplier;
    if (right >= 1 && right <= 22) {
      channel->rounding = zero_point * (1 << right) + (1 << (right - 1));
      channel->shift = right | away;
    } else if (!SetScaleLeft(channel, -right, zero_point)) {
      return false;
    }
  }
  channel[-1].shift |= dsp::kLast;
  return true;
}

// Four channels of a strip, from the top to the bottom.
void ConvolveStrip(const Layer& layer, const Strip& strip, int32_t c, Channel* channels) {
  constexpr int32_t kWord = sizeof(uint32_t);
  const int32_t stride = layer.params->stride.w;
  const int32_t rows = 3 - stride;  // of outputs for each pair of rows
  const int32_t pixel = layer.channels;
  const int32_t in_row = layer.in_width * pixel;
  const int32_t out_row = layer.out_width * pixel;
  const int8_t* const input = layer.input + strip.first_column * pixel + c;
  int8_t* output = layer.output + strip.begin * pixel + c;
  const auto row = [&](int32_t y, int32_t offset) {
    const bool inside = static_cast<uint32_t>(y) < static_cast<uint32_t>(layer.in_height);
    return inside ? Row{input + offset, pixel}
                  : Row{reinterpret_cast<const int8_t*>(&layer.padding), 0};
  };
  const int32_t rest = strip.width % 3;
  // Stride 1: threes, and twos at the end; 3n + 1 is 3 (n - 1) + 2 + 2. Stride 2: the last three
  // may repeat some before.
  const int32_t threes = strip.width / 3 - (stride == 1 && rest == 1 ? 1 : 0);
  const int32_t twos = rest > 0 ? 3 - rest : 0;

  // Offsets of the planes of the pair of rows before, and of this one.
  int32_t above = offsetof(Channel, plane);
  int32_t below = above + static_cast<int32_t>(sizeof(Channel::plane[0]));
  int32_t y = -layer.params->padding.h;
  int32_t offset = y * in_row;
  for (int32_t out_y = -rows; out_y < layer.out_height; out_y += rows) {
    dsp::PackRows<1>(row(y, offset), row(y + 1, offset + in_row), layer.offsets, strip.columns,
                     reinterpret_cast<uint32_t*>(channels) + below / kWord + strip.plane_column);
    if (out_y >= 0) {
      if (stride == 1) {
        const int32_t pitch = out_y + 1 < layer.out_height ? out_row : 0;
        if (threes > 0) {
          dsp::Windows<1, 3>(channels, above, below, output, pixel, pitch, threes);
        }
        if (twos > 0) {
          const int32_t x = 3 * threes;
          dsp::Windows<1, 2>(channels, above + x * kWord, below + x * kWord, output + x * pixel,
                             pixel, pitch, twos);
        }
      } else {
        for (int32_t x = 0, blocks = threes;; x = strip.width - 3, blocks = 1) {
          dsp::Windows<2, 3>(channels, above + 2 * x * kWord, below + 2 * x * kWord,
                             output + x * pixel, pixel, 0, blocks);
          if (x + 3 * blocks == strip.width) break;
        }
      }
      output += rows * out_row;
    }
    y += 2;
    offset += 2 * in_row;
    std::swap(above, below);
  }
}

// False if a channel does not suit the tiles. Not inlined: its stack must not be below that of the
// other variant.
[[gnu::noinline]] bool Convolve(const Layer& layer) {
  // As few strips as the planes allow, and as even: none is narrower than three unless all is.
  const int32_t widest = (kPlaneColumns - 3) / layer.params->stride.w + 1;
  const int32_t strips = (layer.out_width + widest - 1) / widest;
  Channel channels[kLanes];
  for (int32_t i = 0, begin = 0; i < strips; ++i) {
    const int32_t end = layer.out_width * (i + 1) / strips;
    const Strip strip = MakeStrip(layer, begin, end);
    begin = end;
    for (Channel& channel : channels) std::fill_n(channel.plane[0], 2 * kPlaneColumns, 0);
    for (int32_t c = 0; c < layer.channels; c += kLanes) {
      // The last four are not only the rest.
      const int32_t first = std::min(c, layer.channels - kLanes);
      if (!SetChannels(layer, first, channels)) return false;
      ConvolveStrip(layer, strip, first, channels);
    }
  }
  return true;
}

}  // namespace

arm_cmsis_nn_status depthwise_conv_s8_dsp(
    const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* input_dims,
    const int8_t* input, const cmsis_nn_dims* filter_dims, const int8_t* filter,
    const cmsis_nn_dims* bias_dims, const int32_t* bias, const cmsis_nn_dims* output_dims,
    int8_t* output) {
  const int32_t stride = params->stride.w;
  bool done = params->ch_mult == 1 && filter_dims->w == 3 && filter_dims->h == 3 &&
              params->dilation.w == 1 && params->dilation.h == 1 && stride == params->stride.h &&
              stride <= 2 && output_dims->w > stride && output_dims->c >= kLanes;
  if (done) {
    const int32_t offset = params->input_offset;
    Layer layer = {params,
                   quant,
                   input,
                   filter,
                   bias,
                   output,
                   input_dims->c,
                   input_dims->h,
                   input_dims->w,
                   output_dims->h,
                   output_dims->w,
                   dsp::Pair(offset, offset),
                   (-offset & 0xff) * 0x01010101u};
    for (int32_t n = 0; done && n < input_dims->n; ++n) {
      done = Convolve(layer);
      layer.input += layer.in_height * layer.in_width * layer.channels;
      layer.output += layer.out_height * layer.out_width * layer.channels;
    }
  }
  if (done) {
    const cmsis_nn_activation range = params->activation;
    if (range.min > -128 || range.max < 127) {
      const int32_t size = input_dims->n * output_dims->h * output_dims->w * output_dims->c;
      dsp::ClampBytes(output, size, range.min, range.max);
    }
    return ARM_CMSIS_NN_SUCCESS;
  }
  return depthwise_conv_s8_dsp_lanes(ctx, params, quant, input_dims, input, filter_dims, filter,
                                     bias_dims, bias, output_dims, output);
}

}  // namespace cortico::kernels

// DSP extension: four channels at a time, summed in the halfwords of two registers, which is good
// for 256 elements. Larger windows, and fewer than four channels, are left to the plain variant.
#include "kernels/avgpool_s8/avgpool_s8.h"
#include "kernels/common/requantize.h"
#include "kernels/common/window.h"
#include "kernels/isa/dsp_elementwise.h"

namespace cortico::kernels {
namespace {

constexpr int32_t kLanes = 4;
constexpr int32_t kMaxCount = 256;

struct Window {
  const int8_t* first;
  int32_t rows;
  int32_t columns;
  int32_t row_pitch;
  int32_t channels;
};

// Clamped means of channels c to c + 3.
inline void Average(const Window& window, int32_t c, const cmsis_nn_activation& range,
                    int8_t* output) {
  uint32_t even = 0;
  uint32_t odd = 0;
  const int8_t* row = window.first + c;
  for (int32_t y = window.rows; y > 0; --y, row += window.row_pitch) {
    const int8_t* in = row;
    for (int32_t x = window.columns; x > 0; --x, in += window.channels) {
      const uint32_t bytes = dsp::Load4(in);
      even = dsp::Sxtab16(even, bytes);
      odd = dsp::Sxtab16Odd(odd, bytes);
    }
  }
  const int32_t count = window.rows * window.columns;
  const int32_t half = count / 2;
  const int32_t sums[kLanes] = {static_cast<int16_t>(even), static_cast<int16_t>(odd),
                                static_cast<int32_t>(even) >> 16, static_cast<int32_t>(odd) >> 16};
  for (int i = 0; i < kLanes; ++i) {
    const int32_t mean = (sums[i] + (sums[i] > 0 ? half : -half)) / count;
    output[i] = static_cast<int8_t>(Clamp(mean, range.min, range.max));
  }
}

}  // namespace

arm_cmsis_nn_status avgpool_s8_dsp(const cmsis_nn_context* ctx, const cmsis_nn_pool_params* params,
                                   const cmsis_nn_dims* input_dims, const int8_t* input,
                                   const cmsis_nn_dims* filter_dims,
                                   const cmsis_nn_dims* output_dims, int8_t* output) {
  const int32_t channels = input_dims->c;
  // Two comparisons first: the product might not fit.
  if (channels < kLanes || filter_dims->h > kMaxCount || filter_dims->w > kMaxCount ||
      filter_dims->h * filter_dims->w > kMaxCount) {
    return avgpool_s8_scalar(ctx, params, input_dims, input, filter_dims, output_dims, output);
  }
  const int32_t row_pitch = input_dims->w * channels;
  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t out_y = 0; out_y < output_dims->h; ++out_y) {
      const int32_t base_y = out_y * params->stride.h - params->padding.h;
      const Taps y = ClipTaps(base_y, 1, filter_dims->h, input_dims->h);
      for (int32_t out_x = 0; out_x < output_dims->w; ++out_x) {
        const int32_t base_x = out_x * params->stride.w - params->padding.w;
        const Taps x = ClipTaps(base_x, 1, filter_dims->w, input_dims->w);
        Window window = {input + (base_y + y.begin) * row_pitch + (base_x + x.begin) * channels,
                         y.end - y.begin, x.end - x.begin, row_pitch, channels};
        if (window.columns == input_dims->w) {  // one run of pixels
          window.columns *= window.rows;
          window.rows = 1;
        }
        int32_t c = 0;
        for (; c < channels - kLanes; c += kLanes) {
          Average(window, c, params->activation, output + c);
        }
        // The last four are not only the rest.
        Average(window, channels - kLanes, params->activation, output + channels - kLanes);
        output += channels;
      }
    }
    input += input_dims->h * row_pitch;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

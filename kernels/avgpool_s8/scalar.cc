// Plain C++: four channels at a time with their sums in registers, so that no scratch is needed.
#include "kernels/avgpool_s8/avgpool_s8.h"
#include "kernels/common/requantize.h"
#include "kernels/common/window.h"

namespace cortico::kernels {
namespace {

struct Window {
  const int8_t* first;
  int32_t rows;
  int32_t columns;
  int32_t row_pitch;
  int32_t channels;
};

template <int lanes>
inline void Sum(const Window& window, int32_t channel, int32_t* results) {
  int32_t sums[lanes] = {};  // not results: the compiler would keep that in memory
  const int8_t* row = window.first + channel;
  for (int32_t y = 0; y < window.rows; ++y, row += window.row_pitch) {
    const int8_t* in = row;
    for (int32_t x = 0; x < window.columns; ++x, in += window.channels) {
#pragma GCC unroll 4  // at -O2 gcc keeps the loop, and with it the sums in memory
      for (int i = 0; i < lanes; ++i) sums[i] += in[i];
    }
  }
  for (int i = 0; i < lanes; ++i) results[i] = sums[i];
}

}  // namespace

arm_cmsis_nn_status avgpool_s8_scalar(const cmsis_nn_context*, const cmsis_nn_pool_params* params,
                                      const cmsis_nn_dims* input_dims, const int8_t* input,
                                      const cmsis_nn_dims* filter_dims,
                                      const cmsis_nn_dims* output_dims, int8_t* output) {
  const int32_t channels = input_dims->c;
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
        const int32_t count = window.rows * window.columns;
        const int32_t half = count / 2;
        for (int32_t channel = 0; channel < channels;) {
          int32_t sums[4];
          int32_t lanes = 4;
          if (channels - channel >= 4) {
            Sum<4>(window, channel, sums);
          } else {
            lanes = 1;
            Sum<1>(window, channel, sums);
          }
          channel += lanes;
          for (int32_t i = 0; i < lanes; ++i) {
            const int32_t mean = (sums[i] + (sums[i] > 0 ? half : -half)) / count;
            *output++ = static_cast<int8_t>(
                Clamp(mean, params->activation.min, params->activation.max));
          }
        }
      }
    }
    input += input_dims->h * row_pitch;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

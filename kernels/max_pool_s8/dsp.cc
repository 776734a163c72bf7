// DSP extension: the maxima of four channels at a time in the bytes of a word. The plain variant
// has images of fewer channels.
#include "kernels/common/window.h"
#include "kernels/isa/dsp_elementwise.h"
#include "kernels/max_pool_s8/max_pool_s8.h"

namespace cortico::kernels {
namespace {

constexpr int32_t kLanes = 4;

struct Window {
  const int8_t* first;
  int32_t rows;
  int32_t columns;
  int32_t row_pitch;
  int32_t channels;
};

// Of channels c to c + 3, and of `low`.
inline uint32_t Maximum(const Window& window, int32_t c, uint32_t low) {
  uint32_t maximum = low;
  const int8_t* row = window.first + c;
  for (int32_t y = window.rows; y > 0; --y, row += window.row_pitch) {
    const int8_t* in = row;
    for (int32_t x = window.columns; x > 0; --x, in += window.channels) {
      maximum = dsp::MaxBytes(maximum, dsp::Load4(in));
    }
  }
  return maximum;
}

}  // namespace

arm_cmsis_nn_status max_pool_s8_dsp(const cmsis_nn_context* ctx, const cmsis_nn_pool_params* params,
                                    const cmsis_nn_dims* input_dims, const int8_t* input,
                                    const cmsis_nn_dims* filter_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output) {
  const int32_t channels = input_dims->c;
  if (channels < kLanes) {
    return max_pool_s8_scalar(ctx, params, input_dims, input, filter_dims, output_dims, output);
  }
  const int32_t row_pitch = input_dims->w * channels;
  const uint32_t low = dsp::FillBytes(params->activation.min);
  const uint32_t high = dsp::FillBytes(params->activation.max);
  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t out_y = 0; out_y < output_dims->h; ++out_y) {
      const int32_t base_y = out_y * params->stride.h - params->padding.h;
      const Taps y = ClipTaps(base_y, 1, filter_dims->h, input_dims->h);
      for (int32_t out_x = 0; out_x < output_dims->w; ++out_x) {
        const int32_t base_x = out_x * params->stride.w - params->padding.w;
        const Taps x = ClipTaps(base_x, 1, filter_dims->w, input_dims->w);
        Window window = {input, y.end - y.begin, x.end - x.begin, row_pitch, channels};
        if (window.rows > 0 && window.columns > 0) {
          window.first += (base_y + y.begin) * row_pitch + (base_x + x.begin) * channels;
        } else {
          window.rows = 0;
        }
        for (int32_t c = 0; c < channels; c += kLanes) {
          // The last four are not only the rest.
          const int32_t first = c < channels - kLanes ? c : channels - kLanes;
          dsp::Store4(output + first, dsp::MinBytes(Maximum(window, first, low), high));
        }
        output += channels;
      }
    }
    input += input_dims->h * row_pitch;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

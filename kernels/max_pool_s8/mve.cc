// MVE: sixteen channels at a time, the running maximum in a vector.
#include "kernels/common/window.h"
#include "kernels/isa/mve_elementwise.h"
#include "kernels/max_pool_s8/max_pool_s8.h"

namespace cortico::kernels {

arm_cmsis_nn_status max_pool_s8_mve(const cmsis_nn_context*, const cmsis_nn_pool_params* params,
                                    const cmsis_nn_dims* input_dims, const int8_t* input,
                                    const cmsis_nn_dims* filter_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output) {
  const int32_t channels = input_dims->c;
  const int32_t row_pitch = input_dims->w * channels;
  // Clamping is monotonic: starting from the lower bound leaves only the upper one to apply.
  const mve::Int8x16 low = mve::Splat8(params->activation.min);
  const mve::Int8x16 high = mve::Splat8(params->activation.max);
  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t out_y = 0; out_y < output_dims->h; ++out_y) {
      const int32_t base_y = out_y * params->stride.h - params->padding.h;
      const Taps y = ClipTaps(base_y, 1, filter_dims->h, input_dims->h);
      for (int32_t out_x = 0; out_x < output_dims->w; ++out_x) {
        const int32_t base_x = out_x * params->stride.w - params->padding.w;
        const Taps x = ClipTaps(base_x, 1, filter_dims->w, input_dims->w);
        for (int32_t channel = 0; channel < channels; channel += 16) {
          const int32_t lanes = channels - channel;
          mve::Int8x16 largest = low;
          for (int32_t ky = y.begin; ky < y.end; ++ky) {
            const int8_t* in = input + (base_y + ky) * row_pitch +
                               (base_x + x.begin) * channels + channel;
            for (int32_t kx = x.end - x.begin; kx > 0; --kx, in += channels) {
              largest = mve::Larger(largest, mve::LoadBytes8(in, lanes));
            }
          }
          mve::StoreBytes8(output + channel, mve::Smaller(largest, high), lanes);
        }
        output += channels;
      }
    }
    input += input_dims->h * row_pitch;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

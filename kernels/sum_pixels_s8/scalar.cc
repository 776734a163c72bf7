// Plain C++: the sums of eight neighbouring channels at a time stay in registers.
#include "kernels/common/requantize.h"
#include "kernels/sum_pixels_s8/sum_pixels_s8.h"

namespace cortico::kernels {
namespace {

constexpr int32_t kTogether = 8;

// Adds the pixels of `count` channels to sums. A constant count lets the inner loop unroll.
inline void AddPixels(const int8_t* in, int32_t pixels, int32_t channels, int32_t count,
                      int32_t* sums) {
  for (; pixels > 0; --pixels, in += channels) {
    for (int32_t k = 0; k < count; ++k) sums[k] += in[k];
  }
}

}  // namespace

arm_cmsis_nn_status sum_pixels_s8_scalar(const cmsis_nn_dims* dims, const int8_t* in,
                                         int32_t start,
                                         const cmsis_nn_per_tensor_quant_params* quant,
                                         int32_t output_offset, int8_t* out) {
  const int32_t channels = dims->c, pixels = dims->h * dims->w;
  for (int32_t n = dims->n; n > 0; --n, in += pixels * channels) {
    for (int32_t c = 0; c < channels; c += kTogether) {
      const int32_t count = channels - c < kTogether ? channels - c : kTogether;
      int32_t sums[kTogether];
      for (int32_t& sum : sums) sum = start;
      if (count == kTogether) {
        AddPixels(in + c, pixels, channels, kTogether, sums);
      } else {
        AddPixels(in + c, pixels, channels, count, sums);
      }
      for (int32_t k = 0; k < count; ++k) {
        *out++ = ToOutput(Requantize(sums[k], quant->multiplier, quant->shift), output_offset,
                          INT8_MIN, INT8_MAX);
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

// MVE: four channels in a vector of 32 bit sums.
#include "kernels/isa/mve_elementwise.h"
#include "kernels/sum_pixels_s8/sum_pixels_s8.h"

namespace cortico::kernels {
namespace {

using mve::Int32x4;

// Load: four channels of a pixel as a vector.
template <class Load>
inline Int32x4 Sum(const int8_t* in, int32_t pixels, int32_t channels, int32_t start, Load load) {
  Int32x4 sum = mve::Splat(start);
  for (; pixels > 0; --pixels, in += channels) sum = mve::Add(sum, load(in));
  return sum;
}

}  // namespace

arm_cmsis_nn_status sum_pixels_s8_mve(const cmsis_nn_dims* dims, const int8_t* in, int32_t start,
                                      const cmsis_nn_per_tensor_quant_params* quant,
                                      int32_t output_offset, int8_t* out) {
  const int32_t channels = dims->c, pixels = dims->h * dims->w;
  const Int32x4 multiplier = mve::Splat(quant->multiplier), shift = mve::Splat(quant->shift);
  for (int32_t n = dims->n; n > 0; --n, in += pixels * channels, out += channels) {
    for (int32_t c = 0; c < channels; c += 4) {
      const int32_t lanes = channels - c;
      Int32x4 sum;
      if (lanes >= 4) {
        sum = Sum(in + c, pixels, channels, start,
                  [](const int8_t* pixel) { return mve::LoadBytes(pixel); });
      } else {
        sum = Sum(in + c, pixels, channels, start,
                  [lanes](const int8_t* pixel) { return mve::LoadBytes(pixel, lanes); });
      }
      sum = mve::Requantize(sum, multiplier, shift);
      mve::StoreBytes(out + c, mve::ToOutput(sum, output_offset, INT8_MIN, INT8_MAX), lanes);
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

// MVE: 16 bit sums of eight channels in a vector. Windows of up to 255 elements keep them, and half
// the number of elements beside them, within 15 bits, and make the division a multiplication;
// larger ones take four channels at a time and divide.
#include <cstring>

#include "kernels/avgpool_s8/avgpool_s8.h"
#include "kernels/common/requantize.h"
#include "kernels/common/window.h"
#include "kernels/isa/mve_elementwise.h"

namespace cortico::kernels {
namespace {

using mve::Int16x8;
using mve::Int32x4;

struct Window {
  const int8_t* first;
  int32_t rows;
  int32_t columns;
  int32_t row_pitch;
  int32_t channels;
};

// How to compute n / count for n in [0, 128.5 * count] as n * multiplier / 2^(16 + right), count in
// [2, 255]. With 2^right < count <= 2^(right + 1) the multiplier, 2^(16 + right) / count rounded
// up, has 16 bits, and the quotient is too large by less than n / 2^(16 + right) <=
// 128.5 * count / (2^15 * count), which is less than 1 / count: it never reaches the next integer.
struct Divider {
  explicit Divider(int32_t count) : half(count / 2), multiplier(0), right(0) {
    while ((2 << right) < count) ++right;
    multiplier = ((1 << (16 + right)) + count - 1) / count;
  }
  int32_t half;
  int32_t multiplier;
  int32_t right;
};

// Load: eight or four channels as a vector.
template <typename Vector, typename Load>
inline Vector Sum(const Window& window, int32_t channel, Vector sum, Load load) {
  const int8_t* row = window.first + channel;
  for (int32_t y = window.rows; y > 0; --y, row += window.row_pitch) {
    const int8_t* in = row;
    for (int32_t x = window.columns; x > 0; --x, in += window.channels) {
      sum = mve::Add(sum, load(in));
    }
  }
  return sum;
}

void SmallWindow(const Window& window, int32_t count, const cmsis_nn_activation& range,
                 int8_t* output) {
  const Divider divider(count);
  for (int32_t channel = 0; channel < window.channels; channel += 8) {
    const int32_t lanes = window.channels - channel;
    Int16x8 sum = mve::Zero16();
    if (lanes >= 8) {
      sum = Sum(window, channel, sum, [](const int8_t* in) { return mve::LoadBytes16(in); });
    } else {
      sum = Sum(window, channel, sum,
                [lanes](const int8_t* in) { return mve::LoadBytes16(in, lanes); });
    }
    sum = mve::ScaleMagnitude(sum, divider.half, divider.multiplier, divider.right);
    mve::StoreBytes16(output + channel, mve::Clamp(sum, range.min, range.max), lanes);
  }
}

void AnyWindow(const Window& window, int32_t count, const cmsis_nn_activation& range,
               int8_t* output) {
  const int32_t half = count / 2;
  for (int32_t channel = 0; channel < window.channels; channel += 4) {
    const int32_t lanes = window.channels - channel;
    const Int32x4 sum =
        Sum(window, channel, mve::Splat(0),
            [lanes](const int8_t* in) { return mve::LoadBytes(in, lanes); });
    int32_t sums[4];
    std::memcpy(sums, &sum, sizeof(sums));
    for (int32_t i = 0; i < 4 && i < lanes; ++i) {
      const int32_t mean = (sums[i] + (sums[i] > 0 ? half : -half)) / count;
      output[channel + i] = static_cast<int8_t>(Clamp(mean, range.min, range.max));
    }
  }
}

}  // namespace

arm_cmsis_nn_status avgpool_s8_mve(const cmsis_nn_context*, const cmsis_nn_pool_params* params,
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
        const int32_t count = window.rows * window.columns;
        if (window.columns == input_dims->w) {  // whole rows: one long one
          window.rows = 1;
          window.columns = count;
        }
        (count > 1 && count <= 255 ? SmallWindow : AnyWindow)(window, count, params->activation,
                                                              output);
        output += channels;
      }
    }
    input += input_dims->h * row_pitch;
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

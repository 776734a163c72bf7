#include "kernels/portable/portable.h"

namespace cortico::kernels::portable {
namespace {

bool Inside(int32_t at, int32_t size) { return at >= 0 && at < size; }

// The input row or column that reaches `out` through `tap` of a transposed convolution; -1: none.
int32_t SourceOf(const Convolution& c, int axis, int32_t out, int32_t tap) {
  const int32_t at = out + c.padding[axis] - tap * c.dilation[axis];
  return at >= 0 && at % c.stride[axis] == 0 && at / c.stride[axis] < c.in[axis]
             ? at / c.stride[axis]
             : -1;
}

// Calls sum(batch, channel, y, x) for every element of the result, in order, and adds the bias.
template <class Sum>
void ForEachResult(const Convolution& c, const float* bias, float* out, Sum sum) {
  for (int32_t n = 0; n < c.batch; ++n) {
    for (int32_t o = 0; o < c.out_channels; ++o) {
      for (int32_t y = 0; y < c.out[0]; ++y) {
        for (int32_t x = 0; x < c.out[1]; ++x) {
          *out++ = sum(n, o, y, x) + (bias != nullptr ? bias[o] : 0.0f);
        }
      }
    }
  }
}

}  // namespace

void Convolve(const Convolution& c, const float* in, const float* weight, const float* bias,
              float* out) {
  const int32_t channels = c.in_channels / c.groups;
  const int32_t plane = c.in[0] * c.in[1], window = c.kernel[0] * c.kernel[1];
  ForEachResult(c, bias, out, [&](int32_t n, int32_t o, int32_t y, int32_t x) {
    const int32_t group = o / (c.out_channels / c.groups);
    const float* image = in + (n * c.in_channels + group * channels) * plane;
    const float* taps = weight + o * channels * window;
    const int32_t top = y * c.stride[0] - c.padding[0], left = x * c.stride[1] - c.padding[1];
    float sum = 0.0f;
    for (int32_t k = 0; k < channels; ++k, image += plane) {
      for (int32_t i = 0; i < c.kernel[0]; ++i, taps += c.kernel[1]) {
        const int32_t row = top + i * c.dilation[0];
        if (!Inside(row, c.in[0])) continue;
        for (int32_t j = 0; j < c.kernel[1]; ++j) {
          const int32_t column = left + j * c.dilation[1];
          if (Inside(column, c.in[1])) sum += taps[j] * image[row * c.in[1] + column];
        }
      }
    }
    return sum;
  });
}

void ConvolveTransposed(const Convolution& c, const float* in, const float* weight,
                        const float* bias, float* out) {
  const int32_t channels = c.in_channels / c.groups, outs = c.out_channels / c.groups;
  const int32_t plane = c.in[0] * c.in[1], window = c.kernel[0] * c.kernel[1];
  ForEachResult(c, bias, out, [&](int32_t n, int32_t o, int32_t y, int32_t x) {
    const int32_t first = o / outs * channels;
    float sum = 0.0f;
    for (int32_t k = first; k < first + channels; ++k) {
      const float* image = in + (n * c.in_channels + k) * plane;
      const float* taps = weight + (k * outs + o % outs) * window;
      for (int32_t i = 0; i < c.kernel[0]; ++i) {
        const int32_t row = SourceOf(c, 0, y, i);
        if (row < 0) continue;
        for (int32_t j = 0; j < c.kernel[1]; ++j) {
          const int32_t column = SourceOf(c, 1, x, j);
          if (column >= 0) sum += image[row * c.in[1] + column] * taps[i * c.kernel[1] + j];
        }
      }
    }
    return sum;
  });
}

}  // namespace cortico::kernels::portable

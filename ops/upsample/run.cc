#include "ops/upsample/op.h"

#include <cstring>

#include "ops/checks.h"

namespace cortico::ops {
namespace {

constexpr int32_t kMostPixels = 1 << 15;
constexpr int32_t kUnit = 1024;

Error CheckImages(const Tensor& in, const Tensor& out) {
  CORTICO_RETURN_IF_ERROR(CheckImage(in));
  CORTICO_RETURN_IF_ERROR(CheckImage(out));
  for (int d = 2; d < 4; ++d) {
    if (in.size(d) > kMostPixels || out.size(d) > kMostPixels) return Error::kBadShape;
  }
  return in.size(0) == out.size(0) && in.size(1) == out.size(1) ? Error::kOk : Error::kBadShape;
}

// Two neighbours and the weight of the second, of kUnit.
struct Between {
  int32_t low, high, weight;
};

Between PlaceOf(int32_t at, int32_t in, int32_t out, bool align_corners) {
  // In units of 1 / whole input pixels.
  int32_t place = align_corners ? at * (in - 1) : (2 * at + 1) * in - out;
  const int32_t whole = align_corners ? (out > 1 ? out - 1 : 1) : 2 * out;
  if (place < 0 || (align_corners && out == 1)) place = 0;
  Between result;
  result.low = place / whole;
  result.high = result.low + 1 < in ? result.low + 1 : in - 1;
  const int64_t rest = place - result.low * whole;
  result.weight = static_cast<int32_t>((rest * kUnit + whole / 2) / whole);
  return result;
}

}  // namespace

Error Check(const UpsampleNearest2d<Device>& op) { return CheckImages(op.input, op.out); }

void Run(const UpsampleNearest2d<Device>& op) {
  const int32_t channels = op.input.size(1);
  const int32_t in_h = op.input.size(2), in_w = op.input.size(3);
  const int32_t out_h = op.out.size(2), out_w = op.out.size(3);
  const int8_t* image = op.input.As<int8_t>();
  int8_t* out = op.out.As<int8_t>();
  for (int32_t n = 0; n < op.input.size(0); ++n, image += in_h * in_w * channels) {
    for (int32_t y = 0; y < out_h; ++y) {
      const int8_t* row = image + y * in_h / out_h * in_w * channels;
      for (int32_t x = 0; x < out_w; ++x, out += channels) {
        std::memcpy(out, row + x * in_w / out_w * channels, static_cast<size_t>(channels));
      }
    }
  }
}

Error Check(const UpsampleBilinear2d<Device>& op) {
  // The places are counted in 32 bits.
  for (int d = 2; d < 4 && op.input.rank == 4 && op.out.rank == 4; ++d) {
    if (op.input.size(d) > kMostPixels / 2 || op.out.size(d) > kMostPixels / 2) {
      return Error::kBadShape;
    }
  }
  return CheckImages(op.input, op.out);
}

void Run(const UpsampleBilinear2d<Device>& op) {
  const int32_t channels = op.input.size(1);
  const int32_t in_h = op.input.size(2), in_w = op.input.size(3);
  const int32_t out_h = op.out.size(2), out_w = op.out.size(3);
  const int8_t* image = op.input.As<int8_t>();
  int8_t* out = op.out.As<int8_t>();
  for (int32_t n = 0; n < op.input.size(0); ++n, image += in_h * in_w * channels) {
    for (int32_t y = 0; y < out_h; ++y) {
      const Between v = PlaceOf(y, in_h, out_h, op.align_corners);
      const int8_t* upper = image + v.low * in_w * channels;
      const int8_t* lower = image + v.high * in_w * channels;
      for (int32_t x = 0; x < out_w; ++x) {
        const Between h = PlaceOf(x, in_w, out_w, op.align_corners);
        const int32_t left = h.low * channels, right = h.high * channels;
        for (int32_t c = 0; c < channels; ++c) {
          const int32_t above =
              upper[left + c] * (kUnit - h.weight) + upper[right + c] * h.weight;
          const int32_t below =
              lower[left + c] * (kUnit - h.weight) + lower[right + c] * h.weight;
          const int32_t sum = above * (kUnit - v.weight) + below * v.weight;
          *out++ = static_cast<int8_t>((sum + kUnit * kUnit / 2) >> 20);
        }
      }
    }
  }
}

}  // namespace cortico::ops

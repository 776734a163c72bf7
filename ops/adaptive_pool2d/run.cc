#include "ops/adaptive_pool2d/op.h"

#include "ops/checks.h"

namespace cortico::ops {
namespace {

constexpr int32_t kMostSize = 1 << 15;
constexpr int32_t kMostTerms = 1 << 22;

// Rows (or columns) of the window of output `i`.
struct Span1d {
  int32_t begin, end;
  Span1d(int32_t i, int32_t in, int32_t out) : begin(i * in / out), end(((i + 1) * in - 1) / out + 1) {}
  int32_t size() const { return end - begin; }
};

// Calls step(value, element) over each window, from its first element on, then finish(value, count).
template <class Step, class Finish>
void Pool2d(const AdaptiveAvgPool2d<Device>& op, int32_t start, Step step, Finish finish) {
  const int32_t channels = op.input.size(1), h = op.input.size(2), w = op.input.size(3);
  const int32_t out_h = op.out.size(2), out_w = op.out.size(3);
  const int8_t* image = op.input.As<int8_t>();
  int8_t* out = op.out.As<int8_t>();
  for (int32_t n = 0; n < op.input.size(0); ++n, image += h * w * channels) {
    for (int32_t y = 0; y < out_h; ++y) {
      const Span1d rows(y, h, out_h);
      for (int32_t x = 0; x < out_w; ++x) {
        const Span1d columns(x, w, out_w);
        for (int32_t c = 0; c < channels; ++c) {
          int32_t value = start;
          for (int32_t i = rows.begin; i < rows.end; ++i) {
            const int8_t* in = image + (i * w + columns.begin) * channels + c;
            for (int32_t j = 0; j < columns.size(); ++j) value = step(value, in[j * channels]);
          }
          *out++ = static_cast<int8_t>(finish(value, rows.size() * columns.size()));
        }
      }
    }
  }
}

}  // namespace

Error Check(const AdaptiveAvgPool2d<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckImage(op.input));
  CORTICO_RETURN_IF_ERROR(CheckImage(op.out));
  const Tensor &in = op.input, &out = op.out;
  if (in.size(0) != out.size(0) || in.size(1) != out.size(1)) return Error::kBadShape;
  int32_t terms = 1;
  for (int d = 2; d < 4; ++d) {
    if (in.size(d) > kMostSize || out.size(d) > kMostSize) return Error::kBadShape;
    // No window is larger: a whole part, and a piece of an element at either end.
    const int32_t largest = in.size(d) / out.size(d) + 2;
    if (terms > kMostTerms / largest) return Error::kSumOverflow;
    terms *= largest;
  }
  return Error::kOk;
}

void Run(const AdaptiveAvgPool2d<Device>& op) {
  Pool2d(op, 0, [](int32_t sum, int32_t x) { return sum + x; },
         [](int32_t sum, int32_t count) {
           return (sum < 0 ? sum - count / 2 : sum + count / 2) / count;
         });
}

void Run(const AdaptiveMaxPool2d<Device>& op) {
  Pool2d(op, -128, [](int32_t most, int32_t x) { return x > most ? x : most; },
         [](int32_t most, int32_t) { return most; });
}

}  // namespace cortico::ops

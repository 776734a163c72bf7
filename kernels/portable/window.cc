#include "kernels/portable/portable.h"

namespace cortico::kernels::portable {
namespace {

int32_t Least(int32_t a, int32_t b) { return a < b ? a : b; }
int32_t Most(int32_t a, int32_t b) { return a > b ? a : b; }

// Calls f(plane, y, x) for every output position, in order; `in` are the planes.
template <class F>
void ForEachOutput(const Window& w, const float* in, F f) {
  for (int32_t p = 0; p < w.planes; ++p, in += w.in[0] * w.in[1]) {
    for (int32_t y = 0; y < w.out[0]; ++y) {
      for (int32_t x = 0; x < w.out[1]; ++x) f(in, y, x);
    }
  }
}

struct Range {
  int32_t begin, end;
  int32_t size() const { return end - begin; }
};

double SumOfBlock(const float* plane, int32_t width, Range rows, Range columns) {
  double sum = 0.0;
  for (int32_t i = rows.begin; i < rows.end; ++i) {
    for (int32_t j = columns.begin; j < columns.end; ++j) {
      sum += static_cast<double>(plane[i * width + j]);
    }
  }
  return sum;
}

// Between input pixels `low` and `high`, so far towards the latter.
struct Between {
  int32_t low, high;
  float weight;
};

Between PlaceOf(const Resize& r, int axis, int32_t at, bool align_corners) {
  float place = align_corners ? static_cast<float>(at) * r.scale[axis]
                              : (static_cast<float>(at) + 0.5f) * r.scale[axis] - 0.5f;
  place = place < 0.0f ? 0.0f : place;
  const int32_t low = Least(static_cast<int32_t>(place), r.in[axis] - 1);
  const float weight = place - static_cast<float>(low);
  return {low, Least(low + 1, r.in[axis] - 1), weight < 1.0f ? weight : 1.0f};
}

float Mix(float low, float high, float weight) {
  return low * (1.0f - weight) + high * weight;
}

}  // namespace

void AveragePool(const Window& w, const float* in, float* out, bool count_padding,
                 int32_t divisor) {
  ForEachOutput(w, in, [&](const float* plane, int32_t y, int32_t x) {
    const int32_t at[2] = {y, x};
    Range inside[2];
    int32_t area = 1, padded = 1;
    for (int i = 0; i < 2; ++i) {
      const int32_t begin = at[i] * w.stride[i] - w.padding[i];
      // A window that hangs over the padding (ceil mode) is counted up to the padding's edge.
      const int32_t end = Least(begin + w.kernel[i], w.in[i] + w.padding[i]);
      inside[i] = {Most(begin, 0), Least(end, w.in[i])};
      area *= inside[i].size();
      padded *= end - begin;
    }
    const int32_t count = divisor != 0 ? divisor : count_padding ? padded : area;
    *out++ = static_cast<float>(SumOfBlock(plane, w.in[1], inside[0], inside[1]) / count);
  });
}

void MaxPool(const Window& w, const float* in, float* out, int64_t* indices) {
  ForEachOutput(w, in, [&](const float* plane, int32_t y, int32_t x) {
    float best = -__builtin_inff();
    int32_t index = -1;
    for (int32_t i = 0; i < w.kernel[0]; ++i) {
      const int32_t row = y * w.stride[0] - w.padding[0] + i * w.dilation[0];
      if (row < 0 || row >= w.in[0]) continue;
      for (int32_t j = 0; j < w.kernel[1]; ++j) {
        const int32_t column = x * w.stride[1] - w.padding[1] + j * w.dilation[1];
        if (column < 0 || column >= w.in[1]) continue;
        const float v = plane[row * w.in[1] + column];
        if (index < 0 || v > best || v != v) {
          best = v;
          index = row * w.in[1] + column;
        }
      }
    }
    *out++ = best;
    *indices++ = index;
  });
}

void AdaptiveAveragePool(const Window& w, const float* in, float* out) {
  const auto range = [&w](int axis, int32_t at) -> Range {
    const auto size = static_cast<int64_t>(w.in[axis]);
    return {static_cast<int32_t>(at * size / w.out[axis]),
            static_cast<int32_t>(((at + 1) * size + w.out[axis] - 1) / w.out[axis])};
  };
  ForEachOutput(w, in, [&](const float* plane, int32_t y, int32_t x) {
    const Range rows = range(0, y), columns = range(1, x);
    *out++ = static_cast<float>(SumOfBlock(plane, w.in[1], rows, columns) /
                                (rows.size() * columns.size()));
  });
}

void ResizeNearest(const Resize& r, const float* in, float* out) {
  const auto source = [&r](int axis, int32_t at) {
    return Least(static_cast<int32_t>(static_cast<float>(at) * r.scale[axis]), r.in[axis] - 1);
  };
  for (int32_t p = 0; p < r.planes; ++p, in += r.in[0] * r.in[1]) {
    for (int32_t y = 0; y < r.out[0]; ++y) {
      const float* row = in + source(0, y) * r.in[1];
      for (int32_t x = 0; x < r.out[1]; ++x) *out++ = row[source(1, x)];
    }
  }
}

void ResizeBilinear(const Resize& r, const float* in, float* out, bool align_corners) {
  for (int32_t p = 0; p < r.planes; ++p, in += r.in[0] * r.in[1]) {
    for (int32_t y = 0; y < r.out[0]; ++y) {
      const Between v = PlaceOf(r, 0, y, align_corners);
      const float* low = in + v.low * r.in[1];
      const float* high = in + v.high * r.in[1];
      for (int32_t x = 0; x < r.out[1]; ++x) {
        const Between h = PlaceOf(r, 1, x, align_corners);
        *out++ = Mix(Mix(low[h.low], low[h.high], h.weight),
                     Mix(high[h.low], high[h.high], h.weight), v.weight);
      }
    }
  }
}

}  // namespace cortico::kernels::portable

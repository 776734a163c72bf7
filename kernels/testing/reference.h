// What the integer kernels must compute, written from the formulas in arm_nnfunctions.h and sharing
// no code with the kernels: 64-bit arithmetic, one obvious loop nest per function, a bounds test
// per element. Host only; slow on purpose. Also the reference value of the ops.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace cortico::reference {

struct Shape {
  int n = 1;
  int h = 1;
  int w = 1;
  int c = 1;

  int64_t size() const { return int64_t{n} * h * w * c; }
  int64_t at(int64_t in, int64_t ih, int64_t iw, int64_t ic) const {
    return ((in * h + ih) * w + iw) * c + ic;
  }
};

struct Range {
  int min = -128;
  int max = 127;
};

// round(a * b / 2^31), halves up; the one product that does not fit is the largest int32.
inline int64_t RoundingDoublingHigh(int64_t a, int64_t b) {
  const int64_t product = a * b;
  const int64_t denominator = int64_t{1} << 31;
  int64_t quotient = (product + denominator / 2) / denominator;
  if ((product + denominator / 2) % denominator < 0) --quotient;  // C++ truncates; floor is meant
  return std::min<int64_t>(quotient, INT32_MAX);
}

// round(value / 2^exponent), halves away from zero.
inline int64_t RoundingShiftRight(int64_t value, int exponent) {
  const int64_t denominator = int64_t{1} << exponent;
  const int64_t magnitude = (std::abs(value) + denominator / 2) / denominator;
  return value < 0 ? -magnitude : magnitude;
}

// TensorFlow Lite's double rounding; the left shift is taken modulo 2^32.
inline int64_t Requantize(int64_t value, int32_t multiplier, int32_t shift) {
  if (shift > 0) value = static_cast<int32_t>(static_cast<uint32_t>(value) << shift);
  value = RoundingDoublingHigh(value, multiplier);
  return shift < 0 ? RoundingShiftRight(value, -shift) : value;
}

inline int8_t ToOutput(int64_t value, int64_t offset, Range range) {
  return static_cast<int8_t>(
      std::min<int64_t>(std::max<int64_t>(value + offset, range.min), range.max));
}

// In all convolutions: bias empty for none; multiplier and shift with one entry per output channel.
struct Convolution {
  Shape input;   // with upscaling: the size before it
  Shape filter;  // n output channels, c channels of a group; depthwise: n 1, c output channels
  Shape output;
  int stride_h = 1, stride_w = 1;
  int pad_h = 0, pad_w = 0;
  int dilation_h = 1, dilation_w = 1;
  int upscale_h = 1, upscale_w = 1;
  int input_offset = 0, output_offset = 0;
  Range range;
};

struct Operands {
  std::vector<int8_t> input;
  std::vector<int8_t> filter;
  std::vector<int32_t> bias;
  std::vector<int32_t> multiplier;
  std::vector<int32_t> shift;
};

inline std::vector<int8_t> Convolve(const Convolution& p, const Operands& x) {
  std::vector<int8_t> output(p.output.size());
  const int groups = p.input.c / p.filter.c;
  const int outputs_per_group = p.output.c / groups;
  for (int n = 0; n < p.output.n; ++n)
    for (int oy = 0; oy < p.output.h; ++oy)
      for (int ox = 0; ox < p.output.w; ++ox)
        for (int o = 0; o < p.output.c; ++o) {
          int64_t sum = x.bias.empty() ? 0 : x.bias[o];
          for (int ky = 0; ky < p.filter.h; ++ky)
            for (int kx = 0; kx < p.filter.w; ++kx)
              for (int i = 0; i < p.filter.c; ++i) {
                const int y = oy * p.stride_h - p.pad_h + ky * p.dilation_h;
                const int u = ox * p.stride_w - p.pad_w + kx * p.dilation_w;
                if (y < 0 || y >= p.input.h * p.upscale_h || y % p.upscale_h != 0) continue;
                if (u < 0 || u >= p.input.w * p.upscale_w || u % p.upscale_w != 0) continue;
                const int channel = o / outputs_per_group * p.filter.c + i;
                const int64_t a =
                    x.input[p.input.at(n, y / p.upscale_h, u / p.upscale_w, channel)];
                sum += (a + p.input_offset) * x.filter[p.filter.at(o, ky, kx, i)];
              }
          output[p.output.at(n, oy, ox, o)] =
              ToOutput(Requantize(sum, x.multiplier[o], x.shift[o]), p.output_offset, p.range);
        }
  return output;
}

inline std::vector<int8_t> DepthwiseConvolve(const Convolution& p, const Operands& x) {
  std::vector<int8_t> output(p.output.size());
  const int multiplier = p.input.c == 0 ? 1 : p.output.c / p.input.c;
  for (int n = 0; n < p.output.n; ++n)
    for (int oy = 0; oy < p.output.h; ++oy)
      for (int ox = 0; ox < p.output.w; ++ox)
        for (int o = 0; o < p.output.c; ++o) {
          int64_t sum = x.bias.empty() ? 0 : x.bias[o];
          for (int ky = 0; ky < p.filter.h; ++ky)
            for (int kx = 0; kx < p.filter.w; ++kx) {
              const int y = oy * p.stride_h - p.pad_h + ky * p.dilation_h;
              const int u = ox * p.stride_w - p.pad_w + kx * p.dilation_w;
              if (y < 0 || y >= p.input.h || u < 0 || u >= p.input.w) continue;
              const int64_t a = x.input[p.input.at(n, y, u, o / multiplier)];
              sum += (a + p.input_offset) * x.filter[p.filter.at(0, ky, kx, o)];
            }
          output[p.output.at(n, oy, ox, o)] =
              ToOutput(Requantize(sum, x.multiplier[o], x.shift[o]), p.output_offset, p.range);
        }
  return output;
}

// Every input element is spread over the outputs it reaches.
inline std::vector<int8_t> TransposeConvolve(const Convolution& p, const Operands& x) {
  std::vector<int64_t> sums(p.output.size(), 0);
  for (int n = 0; n < p.input.n; ++n)
    for (int y = 0; y < p.input.h; ++y)
      for (int u = 0; u < p.input.w; ++u)
        for (int o = 0; o < p.output.c; ++o)
          for (int ky = 0; ky < p.filter.h; ++ky)
            for (int kx = 0; kx < p.filter.w; ++kx)
              for (int i = 0; i < p.input.c; ++i) {
                const int oy = y * p.stride_h - p.pad_h + ky;
                const int ox = u * p.stride_w - p.pad_w + kx;
                if (oy < 0 || oy >= p.output.h || ox < 0 || ox >= p.output.w) continue;
                const int64_t a = x.input[p.input.at(n, y, u, i)];
                sums[p.output.at(n, oy, ox, o)] +=
                    (a + p.input_offset) * x.filter[p.filter.at(o, ky, kx, i)];
              }
  std::vector<int8_t> output(sums.size());
  for (size_t j = 0; j < sums.size(); ++j) {
    const size_t o = j % p.output.c;
    const int64_t sum = sums[j] + (x.bias.empty() ? 0 : x.bias[o]);
    output[j] = ToOutput(Requantize(sum, x.multiplier[o], x.shift[o]), p.output_offset, p.range);
  }
  return output;
}

struct FullyConnected {
  int batches = 1;
  int depth = 1;
  int outputs = 1;
  int input_offset = 0, filter_offset = 0, output_offset = 0;
  Range range;
};

// multiplier and shift with one entry, or one per output.
inline std::vector<int8_t> FullyConnect(const FullyConnected& p, const Operands& x) {
  std::vector<int8_t> output(int64_t{p.batches} * p.outputs);
  for (int b = 0; b < p.batches; ++b)
    for (int o = 0; o < p.outputs; ++o) {
      int64_t sum = x.bias.empty() ? 0 : x.bias[o];
      for (int i = 0; i < p.depth; ++i) {
        const int64_t a = x.input[int64_t{b} * p.depth + i];
        const int64_t w = x.filter[int64_t{o} * p.depth + i];
        sum += (a + p.input_offset) * (w + p.filter_offset);
      }
      const size_t q = x.multiplier.size() == 1 ? 0 : o;
      output[int64_t{b} * p.outputs + o] =
          ToOutput(Requantize(sum, x.multiplier[q], x.shift[q]), p.output_offset, p.range);
    }
  return output;
}

// lhs [n, h, w rows, c depth], rhs [n, h, w columns, c depth].
struct BatchMatmul {
  Shape lhs;
  Shape rhs;
  int input_offset = 0, filter_offset = 0, output_offset = 0;
  int32_t multiplier = 1;
  int32_t shift = 0;
  Range range;

  Shape output() const { return {std::max(lhs.n, rhs.n), std::max(lhs.h, rhs.h), lhs.w, rhs.w}; }
};

inline std::vector<int8_t> Matmul(const BatchMatmul& p, const std::vector<int8_t>& lhs,
                                  const std::vector<int8_t>& rhs) {
  const Shape out = p.output();
  std::vector<int8_t> output(out.size());
  for (int n = 0; n < out.n; ++n)
    for (int h = 0; h < out.h; ++h)
      for (int r = 0; r < out.w; ++r)
        for (int s = 0; s < out.c; ++s) {
          int64_t sum = 0;
          for (int i = 0; i < p.lhs.c; ++i) {
            const int64_t a = lhs[p.lhs.at(p.lhs.n == 1 ? 0 : n, p.lhs.h == 1 ? 0 : h, r, i)];
            const int64_t b = rhs[p.rhs.at(p.rhs.n == 1 ? 0 : n, p.rhs.h == 1 ? 0 : h, s, i)];
            sum += (a + p.input_offset) * (b + p.filter_offset);
          }
          output[out.at(n, h, r, s)] =
              ToOutput(Requantize(sum, p.multiplier, p.shift), p.output_offset, p.range);
        }
  return output;
}

struct Scale {
  int offset = 0;  // added before (inputs) or after (output) scaling
  int32_t multiplier = 1;
  int32_t shift = 0;
};

inline std::vector<int8_t> Add(const std::vector<int8_t>& a, Scale scale_a,
                               const std::vector<int8_t>& b, Scale scale_b, int left_shift,
                               Scale scale_out, Range range) {
  std::vector<int8_t> output(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const int64_t unit = int64_t{1} << left_shift;
    const int64_t x = Requantize((a[i] + scale_a.offset) * unit, scale_a.multiplier, scale_a.shift);
    const int64_t y = Requantize((b[i] + scale_b.offset) * unit, scale_b.multiplier, scale_b.shift);
    output[i] = ToOutput(Requantize(x + y, scale_out.multiplier, scale_out.shift),
                         scale_out.offset, range);
  }
  return output;
}

inline std::vector<int8_t> Multiply(const std::vector<int8_t>& a, int offset_a,
                                    const std::vector<int8_t>& b, int offset_b, Scale scale_out,
                                    Range range) {
  std::vector<int8_t> output(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const int64_t product = int64_t{a[i] + offset_a} * (b[i] + offset_b);
    output[i] = ToOutput(Requantize(product, scale_out.multiplier, scale_out.shift),
                         scale_out.offset, range);
  }
  return output;
}

struct Pool {
  Shape input;
  Shape output;
  int window_h = 1, window_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_h = 0, pad_w = 0;
  Range range;
};

// The elements of channel c that output (n, oy, ox) looks at.
inline std::vector<int> PoolWindow(const Pool& p, const std::vector<int8_t>& input, int n, int oy,
                                   int ox, int c) {
  std::vector<int> elements;
  for (int ky = 0; ky < p.window_h; ++ky)
    for (int kx = 0; kx < p.window_w; ++kx) {
      const int y = oy * p.stride_h - p.pad_h + ky;
      const int x = ox * p.stride_w - p.pad_w + kx;
      if (y < 0 || y >= p.input.h || x < 0 || x >= p.input.w) continue;
      elements.push_back(input[p.input.at(n, y, x, c)]);
    }
  return elements;
}

// No window may be empty.
inline std::vector<int8_t> AveragePool(const Pool& p, const std::vector<int8_t>& input) {
  std::vector<int8_t> output(p.output.size());
  for (int n = 0; n < p.output.n; ++n)
    for (int y = 0; y < p.output.h; ++y)
      for (int x = 0; x < p.output.w; ++x)
        for (int c = 0; c < p.output.c; ++c) {
          int64_t sum = 0;
          const std::vector<int> elements = PoolWindow(p, input, n, y, x, c);
          for (int element : elements) sum += element;
          const int64_t count = elements.size();
          // Twice the magnitude plus the count, over twice the count: to nearest, halves outwards.
          const int64_t magnitude = (2 * std::abs(sum) + count) / (2 * count);
          output[p.output.at(n, y, x, c)] = ToOutput(sum < 0 ? -magnitude : magnitude, 0, p.range);
        }
  return output;
}

inline std::vector<int8_t> MaxPool(const Pool& p, const std::vector<int8_t>& input) {
  std::vector<int8_t> output(p.output.size());
  for (int n = 0; n < p.output.n; ++n)
    for (int y = 0; y < p.output.h; ++y)
      for (int x = 0; x < p.output.w; ++x)
        for (int c = 0; c < p.output.c; ++c) {
          int largest = -128;
          for (int element : PoolWindow(p, input, n, y, x, c)) largest = std::max(largest, element);
          output[p.output.at(n, y, x, c)] = ToOutput(largest, 0, p.range);
        }
  return output;
}

inline std::vector<int8_t> Pad(const Shape& input_shape, const std::vector<int8_t>& input,
                               const Shape& before, const Shape& after, int8_t value) {
  const Shape out = {before.n + input_shape.n + after.n, before.h + input_shape.h + after.h,
                     before.w + input_shape.w + after.w, before.c + input_shape.c + after.c};
  std::vector<int8_t> output(out.size(), value);
  for (int n = 0; n < input_shape.n; ++n)
    for (int h = 0; h < input_shape.h; ++h)
      for (int w = 0; w < input_shape.w; ++w)
        for (int c = 0; c < input_shape.c; ++c)
          output[out.at(before.n + n, before.h + h, before.w + w, before.c + c)] =
              input[input_shape.at(n, h, w, c)];
  return output;
}

// Output axis i is input axis permutation[i].
inline std::vector<int8_t> Transpose(const std::array<int, 4>& input_sizes,
                                     const std::array<int, 4>& permutation,
                                     const std::vector<int8_t>& input) {
  const Shape in = {input_sizes[0], input_sizes[1], input_sizes[2], input_sizes[3]};
  const Shape out = {input_sizes[permutation[0]], input_sizes[permutation[1]],
                     input_sizes[permutation[2]], input_sizes[permutation[3]]};
  std::vector<int8_t> output(input.size());
  for (int n = 0; n < out.n; ++n)
    for (int h = 0; h < out.h; ++h)
      for (int w = 0; w < out.w; ++w)
        for (int c = 0; c < out.c; ++c) {
          const int place[4] = {n, h, w, c};
          int from[4];
          for (int axis = 0; axis < 4; ++axis) from[permutation[axis]] = place[axis];
          output[out.at(n, h, w, c)] = input[in.at(from[0], from[1], from[2], from[3])];
        }
  return output;
}

// The smaller or the larger of two inputs, axes of size 1 stretched to those of the other.
inline std::vector<int8_t> MinMax(bool maximum, const Shape& shape_a, const std::vector<int8_t>& a,
                                  const Shape& shape_b, const std::vector<int8_t>& b) {
  const auto axis = [](int x, int y) { return x == 1 ? y : x; };
  const Shape out = {axis(shape_a.n, shape_b.n), axis(shape_a.h, shape_b.h),
                     axis(shape_a.w, shape_b.w), axis(shape_a.c, shape_b.c)};
  const auto read = [](const Shape& s, const std::vector<int8_t>& data, int n, int h, int w,
                       int c) {
    return data[s.at(s.n == 1 ? 0 : n, s.h == 1 ? 0 : h, s.w == 1 ? 0 : w, s.c == 1 ? 0 : c)];
  };
  std::vector<int8_t> output(out.size());
  for (int n = 0; n < out.n; ++n)
    for (int h = 0; h < out.h; ++h)
      for (int w = 0; w < out.w; ++w)
        for (int c = 0; c < out.c; ++c) {
          const int8_t x = read(shape_a, a, n, h, w, c);
          const int8_t y = read(shape_b, b, n, h, w, c);
          output[out.at(n, h, w, c)] = maximum ? std::max(x, y) : std::min(x, y);
        }
  return output;
}

// exp(x / 2^26) * 2^31 for x <= 0, as gemmlowp rounds it: a polynomial of degree 4 around -1/8 for
// what is left of x beyond whole quarters, times exp(-1/4), exp(-1/2), ... for the bits of the
// number of quarters.
inline int64_t ExpOnNegative(int64_t x) {
  if (x == 0) return INT32_MAX;
  const int64_t quarter = int64_t{1} << 24;
  int64_t quarters = 0;
  int64_t rest = x;
  while (rest < -quarter) {
    rest += quarter;
    ++quarters;
  }
  const int64_t t = rest * 32 + (int64_t{1} << 28);
  const int64_t square = RoundingDoublingHigh(t, t);
  const int64_t fourth = RoundingDoublingHigh(square, square);
  const int64_t third = RoundingDoublingHigh(square, t);
  const int64_t exp_minus_eighth = 1895147668;
  const int64_t higher =
      RoundingDoublingHigh(RoundingShiftRight(fourth, 2) + third, 715827883) + square;
  int64_t result = exp_minus_eighth +
                   RoundingDoublingHigh(exp_minus_eighth, t + RoundingShiftRight(higher, 1));
  for (const int64_t factor :
       {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242}) {
    if (quarters % 2 == 1) result = RoundingDoublingHigh(result, factor);
    quarters /= 2;
  }
  return result;
}

inline std::vector<int8_t> Softmax(const std::vector<int8_t>& input, int rows, int size,
                                   int32_t multiplier, int32_t shift, int32_t diff_min) {
  const auto saturate = [](int64_t x) {
    return std::min<int64_t>(std::max<int64_t>(x, INT32_MIN), INT32_MAX);
  };
  std::vector<int8_t> output(input.size());
  for (int r = 0; r < rows; ++r) {
    const auto row = input.begin() + int64_t{r} * size;
    const int largest = *std::max_element(row, row + size);
    std::vector<int64_t> exponentials;
    int64_t sum = 0;  // of exponentials / 2^12
    for (int i = 0; i < size; ++i) {
      const int64_t difference = row[i] - largest;
      int64_t e = 0;
      if (difference >= diff_min) {
        e = ExpOnNegative(RoundingDoublingHigh(difference * (int64_t{1} << shift), multiplier));
      }
      exponentials.push_back(e);
      sum += RoundingShiftRight(e, 12);
    }
    // sum = (2^31 + fraction) / 2^headroom, and the inverse of 1 + fraction / 2^31 by Newton's
    // method on half of it.
    int headroom = 0;
    while (sum << (headroom + 1) < int64_t{1} << 32) ++headroom;
    const int64_t fraction = (sum << headroom) - (int64_t{1} << 31);
    const int64_t half = (fraction + INT32_MAX + 1) / 2;
    int64_t inverse = 1515870810 + RoundingDoublingHigh(half, -1010580540);
    for (int i = 0; i < 3; ++i) {
      const int64_t error = (int64_t{1} << 29) - RoundingDoublingHigh(half, inverse);
      inverse += saturate(RoundingDoublingHigh(inverse, error) * 4);
    }
    inverse = saturate(inverse * 2);
    for (int i = 0; i < size; ++i) {
      const int64_t quotient =
          RoundingShiftRight(RoundingDoublingHigh(inverse, exponentials[i]), 35 - headroom);
      output[int64_t{r} * size + i] = ToOutput(quotient, -128, {});
    }
  }
  return output;
}

// bias(r) + lhs_offset * sum over the row of (element + rhs_offset).
inline std::vector<int32_t> RowSums(int rows, int columns, const std::vector<int8_t>& data,
                                    int lhs_offset, int rhs_offset,
                                    const std::vector<int32_t>& bias) {
  std::vector<int32_t> sums(rows);
  for (int r = 0; r < rows; ++r) {
    int64_t sum = 0;
    for (int c = 0; c < columns; ++c) sum += data[int64_t{r} * columns + c] + rhs_offset;
    sums[r] = static_cast<int32_t>(sum * lhs_offset + (bias.empty() ? 0 : bias[r]));
  }
  return sums;
}

// Per image and channel: requantize(start + sum over the pixels) + offset.
inline std::vector<int8_t> SumPixels(int images, int pixels, int channels,
                                     const std::vector<int8_t>& data, int64_t start,
                                     int32_t multiplier, int32_t shift, int output_offset) {
  std::vector<int8_t> output;
  for (int n = 0; n < images; ++n) {
    for (int c = 0; c < channels; ++c) {
      int64_t sum = start;
      for (int i = 0; i < pixels; ++i) sum += data[(int64_t{n} * pixels + i) * channels + c];
      output.push_back(ToOutput(Requantize(sum, multiplier, shift), output_offset, {-128, 127}));
    }
  }
  return output;
}

}  // namespace cortico::reference

// Floats, indices and masks: ops that nothing accelerates. Correct first, small second.
//
// One loop serves a family. What an op computes of an element is a function that it passes, so a
// firmware holds one copy of each loop and the functions of its own ops.
//
// The bits are those of compiler/reference: additions, products, quotients and square roots in the
// same order and width (sums of a matrix product or a convolution in float, those of a mean, a norm
// or a softmax in double), compiled without contraction. What comes from libm (exp, tanh, erf …)
// may differ in the last bits between two C libraries.
//
// Tensors lie in the logical order, outermost dimension first. Nothing is checked here: the ops
// have checked at Load. `out` may be an input's memory where a function says so.
#pragma once

#include <cstdint>

namespace cortico::kernels::portable {

inline constexpr int kMaxRank = 8;

enum class Element : uint8_t { kFloat32, kInt64, kInt32, kUInt8, kBool };

constexpr int32_t BytesOf(Element element) {
  return element == Element::kInt64 ? 8
         : element == Element::kFloat32 || element == Element::kInt32 ? 4
                                                                      : 1;
}

/// A tensor's elements. Read as a float or as an integer, whatever the type: an integer's value, 0
/// or 1 of a mask. A float read as an integer is cut off towards zero and held within int64, NaN is
/// 0. Stored into a narrower integer the upper bits are lost; a mask holds whether it is not 0.
struct Array {
  void* data;
  Element element;

  float Float(int32_t i) const;
  int64_t Int(int32_t i) const;
  void Set(int32_t i, float value) const;
  void Set(int32_t i, int64_t value) const;
};

// ---- element by element ------------------------------------------------------------------------

/// out[i] = f(in[i], parameters). `out` may be `in` where their elements have one size.
using Function = float (*)(float x, const float* parameters);
using IntFunction = int64_t (*)(int64_t x, const float* parameters);
void Map(Array in, Array out, int32_t count, Function f, const float* parameters = nullptr);
void MapInts(Array in, Array out, int32_t count, IntFunction f, const float* parameters = nullptr);

/// Positions of a box in row-major order and, for each, places in up to three operands; a stride
/// is 0 along a dimension that an operand repeats.
struct Broadcast {
  int rank = 0;
  int32_t sizes[kMaxRank];
  int32_t strides[3][kMaxRank];
};

/// out[i] = f(a[…], b[…], parameter). `out` may be an operand of its sizes and element size.
using Function2 = float (*)(float a, float b, float parameter);
using IntFunction2 = int64_t (*)(int64_t a, int64_t b, int64_t parameter);
void Combine(const Broadcast& box, Array a, Array b, Array out, Function2 f, float parameter = 0);
void CombineInts(const Broadcast& box, Array a, Array b, Array out, IntFunction2 f,
                 int64_t parameter = 0);
/// out[i] = condition[…] ? a[…] : b[…]; the operands in the order of Broadcast::strides.
void Choose(const Broadcast& box, Array condition, Array a, Array b, Array out);

// ---- reductions --------------------------------------------------------------------------------

/// Places along some of a tensor's dimensions, in row-major order.
struct Walk {
  int rank = 0;
  int32_t sizes[kMaxRank];
  int32_t strides[kMaxRank];

  int32_t count() const;
  /// Calls function(offset) for each. Sizes are positive.
  template <class F>
  void Each(F function) const {
    int32_t at[kMaxRank] = {};
    int32_t offset = 0;
    for (;;) {
      function(offset);
      int i = rank - 1;
      for (; i >= 0; --i) {
        offset += strides[i];
        if (++at[i] < sizes[i]) break;
        offset -= at[i] * strides[i];
        at[i] = 0;
      }
      if (i < 0) return;
    }
  }
};

/// One result from the elements `first` + each place of `terms`; at least one.
using Reducer = double (*)(Array in, int32_t first, const Walk& terms, double parameter);
using IntReducer = int64_t (*)(Array in, int32_t first, const Walk& terms);
void Reduce(Array in, Array out, const Walk& kept, const Walk& reduced, Reducer f,
            double parameter = 0);
void ReduceInts(Array in, Array out, const Walk& kept, const Walk& reduced, IntReducer f);

double SumOf(Array in, int32_t first, const Walk& terms, double);
/// In double, then divided: one rounding.
double MeanOf(Array in, int32_t first, const Walk& terms, double);
/// Of the squared distances from the mean, divided by max(count - correction, 0).
double VarianceOf(Array in, int32_t first, const Walk& terms, double correction);
/// NaN wins.
double LargestOf(Array in, int32_t first, const Walk& terms, double);
double SmallestOf(Array in, int32_t first, const Walk& terms, double);
int64_t IntSumOf(Array in, int32_t first, const Walk& terms);
int64_t IntLargestOf(Array in, int32_t first, const Walk& terms);
int64_t IntSmallestOf(Array in, int32_t first, const Walk& terms);
/// Which of the places has the largest element, the first of equals; NaN wins.
int64_t PlaceOfLargest(Array in, int32_t first, const Walk& terms);
int64_t PlaceOfSmallest(Array in, int32_t first, const Walk& terms);
int64_t AnyOf(Array in, int32_t first, const Walk& terms);

/// Running sums along the middle of [outer, along, inner], in double or in int64.
void CumulativeSum(Array in, Array out, int32_t outer, int32_t along, int32_t inner);

// ---- matrices, convolutions --------------------------------------------------------------------

/// out[m, n] = sum over k = 0, 1, … of a[m, k] * b[k, n], one running float sum each.
void MatrixProduct(const float* a, const float* b, float* out, int32_t rows, int32_t depth,
                   int32_t columns);

/// Images [batch, channels, height, width]. Index 0 is height, 1 is width.
struct Convolution {
  int32_t batch, in_channels, out_channels, groups;
  int32_t in[2], out[2], kernel[2];
  int32_t stride[2], padding[2], dilation[2];
};
/// weight [out, in / groups, kernel]; `bias` may be null. A sum runs over channels, then rows, then
/// columns of the kernel; the bias comes last.
void Convolve(const Convolution& c, const float* in, const float* weight, const float* bias,
              float* out);
/// weight [in, out / groups, kernel]: in[y] adds to out[y * stride - padding + i * dilation].
void ConvolveTransposed(const Convolution& c, const float* in, const float* weight,
                        const float* bias, float* out);

// ---- norms -------------------------------------------------------------------------------------

/// Rows of `width` elements: out = (x - mean) / sqrt(variance + eps) * weight + bias, statistics in
/// double. Element i of a row has the weight and the bias number (row % groups * width + i) / run;
/// both may be null. mean, rstd: one for each row. `out` may be `in`.
struct Norm {
  int32_t rows, width;
  int32_t groups;  ///< rows after which weights repeat: 1 for a layer norm
  int32_t run;     ///< neighbours with the same weight: 1 for a layer norm
  double eps;
};
void Normalize(const Norm& n, const float* in, const float* weight, const float* bias, float* out,
               float* mean, float* rstd);

/// exp(x - largest) / sum along the middle of [outer, along, inner]; or x - largest - log(sum).
/// `out` may be `in`.
void Softmax(const float* in, float* out, int32_t outer, int32_t along, int32_t inner);
void LogSoftmax(const float* in, float* out, int32_t outer, int32_t along, int32_t inner);

// ---- windows over planes -----------------------------------------------------------------------

/// `planes` images; index 0 is height, 1 is width.
struct Window {
  int32_t planes;
  int32_t in[2], out[2], kernel[2], stride[2], padding[2], dilation[2];
};
/// The mean of a window, summed in double. divisor: 0 counts the elements, those of the padding
/// too if `count_padding`.
void AveragePool(const Window& w, const float* in, float* out, bool count_padding, int32_t divisor);
/// The largest of a window, and its place in the plane; the first of equals, NaN wins.
void MaxPool(const Window& w, const float* in, float* out, int64_t* indices);
/// Output y is the mean of rows floor(y * in / out) to ceil((y + 1) * in / out), columns likewise.
void AdaptiveAveragePool(const Window& w, const float* in, float* out);

/// scale: input pixels to an output pixel, for height and width.
struct Resize {
  int32_t planes;
  int32_t in[2], out[2];
  float scale[2];
};
void ResizeNearest(const Resize& r, const float* in, float* out);
void ResizeBilinear(const Resize& r, const float* in, float* out, bool align_corners);

// ---- movement, by bytes ------------------------------------------------------------------------

/// out[i] = in[offset + place of i], for the positions of a box; strides may be negative or 0. In
/// elements of `bytes` bytes.
void Gather(const Walk& box, const void* in, int32_t offset, int32_t bytes, void* out);
/// out[to + i by out_strides] = in[from + i by the box's strides]; along the last dimension both
/// lie without a gap.
void Copy(const Walk& box, const void* in, int32_t from, const int32_t* out_strides, void* out,
          int32_t to, int32_t bytes);
/// `count` times the one element at `value`.
void Fill(const void* value, int32_t count, int32_t bytes, void* out);

/// out[o, j, …] = in[o, index[j], …]: `outer` tables of `rows` rows of `row_bytes` bytes. An index
/// out of range is clamped; returns whether none was. Negative ones are out of range.
bool TakeRows(const void* in, int32_t outer, int32_t rows, int32_t row_bytes, Array index,
              int32_t count, void* out);
/// out[i] = in[i with index[i] for the coordinate of `dim`] for the positions of `box`, whose
/// strides are those of `in`; clamped as above.
bool TakeElements(const Walk& box, int dim, int32_t size, const void* in, Array index,
                  int32_t bytes, void* out);

}  // namespace cortico::kernels::portable

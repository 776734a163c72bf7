// DSP extension: four elements at a time along the last axis, or along all the last axes on which
// neither input is stretched.
#include "kernels/isa/dsp_elementwise.h"
#include "kernels/minimum_maximum_s8/minimum_maximum_s8.h"

namespace cortico::kernels {
namespace {

// How far an input moves for one step of the output along each axis.
struct Steps {
  explicit Steps(const cmsis_nn_dims& dims)
      : n(dims.n == 1 ? 0 : dims.h * dims.w * dims.c),
        h(dims.h == 1 ? 0 : dims.w * dims.c),
        w(dims.w == 1 ? 0 : dims.c),
        c(dims.c == 1 ? 0 : 1) {}
  int32_t n, h, w, c;
};

template <bool maximum>
uint32_t Choose(uint32_t a, uint32_t b) {
  return maximum ? dsp::MaxBytes(a, b) : dsp::MinBytes(a, b);
}

// `size` elements from a and b, which move by 1 or 0.
template <bool maximum>
void Run(const int8_t* a, int32_t a_step, const int8_t* b, int32_t b_step, int8_t* output,
         int32_t size) {
  const uint32_t a_fill = dsp::FillBytes(*a);
  const uint32_t b_fill = dsp::FillBytes(*b);
  int32_t left = size;
  for (; left >= 4; left -= 4) {
    const uint32_t a_bytes = a_step > 0 ? dsp::Load4(a) : a_fill;
    const uint32_t b_bytes = b_step > 0 ? dsp::Load4(b) : b_fill;
    dsp::Store4(output, Choose<maximum>(a_bytes, b_bytes));
    a += 4 * a_step;
    b += 4 * b_step;
    output += 4;
  }
  for (; left > 0; --left, a += a_step, b += b_step) {
    *output++ = (*a > *b) == maximum ? *a : *b;
  }
}

}  // namespace

void minimum_maximum_s8_dsp(Extreme extreme, const int8_t* input_1,
                            const cmsis_nn_dims& input_1_dims, const int8_t* input_2,
                            const cmsis_nn_dims& input_2_dims, int8_t* output,
                            const cmsis_nn_dims& output_dims) {
  const Steps step_1(input_1_dims);
  const Steps step_2(input_2_dims);
  cmsis_nn_dims size = output_dims;
  if (size.n < 1 || size.h < 1 || size.w < 1 || size.c < 1) return;
  const auto same = [&](int32_t a, int32_t b, int32_t out) { return a == out && b == out; };
  if (same(input_1_dims.c, input_2_dims.c, size.c) &&
      same(input_1_dims.w, input_2_dims.w, size.w)) {
    size.c *= size.w;
    size.w = 1;
    if (same(input_1_dims.h, input_2_dims.h, size.h)) {
      size.c *= size.h;
      size.h = 1;
    }
  }
  // A last axis of one element is not stretched, wherever it has been merged into.
  const int32_t c_1 = size.c == output_dims.c ? step_1.c : 1;
  const int32_t c_2 = size.c == output_dims.c ? step_2.c : 1;
  for (int32_t n = 0; n < size.n; ++n) {
    for (int32_t h = 0; h < size.h; ++h) {
      for (int32_t w = 0; w < size.w; ++w) {
        const int8_t* a = input_1 + n * step_1.n + h * step_1.h + w * step_1.w;
        const int8_t* b = input_2 + n * step_2.n + h * step_2.h + w * step_2.w;
        if (extreme == Extreme::kMaximum) {
          Run<true>(a, c_1, b, c_2, output, size.c);
        } else {
          Run<false>(a, c_1, b, c_2, output, size.c);
        }
        output += size.c;
      }
    }
  }
}

}  // namespace cortico::kernels

// MVE: sixteen elements of the innermost axis at a time. Inputs of the output's own shape are one
// long axis; one that is stretched along the innermost axis is one value in all lanes.
#include "kernels/isa/mve_elementwise.h"
#include "kernels/minimum_maximum_s8/minimum_maximum_s8.h"

namespace cortico::kernels {
namespace {

using mve::Int8x16;

// How far an input moves for one step of the output along each axis.
struct Steps {
  explicit Steps(const cmsis_nn_dims& dims)
      : n(dims.n == 1 ? 0 : dims.h * dims.w * dims.c),
        h(dims.h == 1 ? 0 : dims.w * dims.c),
        w(dims.w == 1 ? 0 : dims.c),
        is_stretched(dims.c == 1) {}
  int32_t n, h, w;
  bool is_stretched;
};

bool IsSame(const cmsis_nn_dims& a, const cmsis_nn_dims& b) {
  return a.n == b.n && a.h == b.h && a.w == b.w && a.c == b.c;
}

Int8x16 Load(const int8_t* row, bool is_stretched, int32_t c, int32_t lanes) {
  return is_stretched ? mve::Splat8(*row) : mve::LoadBytes8(row + c, lanes);
}

}  // namespace

void minimum_maximum_s8_mve(Extreme extreme, const int8_t* input_1,
                            const cmsis_nn_dims& input_1_dims, const int8_t* input_2,
                            const cmsis_nn_dims& input_2_dims, int8_t* output,
                            const cmsis_nn_dims& output_dims) {
  cmsis_nn_dims size = output_dims;
  Steps step_1(input_1_dims);
  Steps step_2(input_2_dims);
  if (IsSame(input_1_dims, output_dims) && IsSame(input_2_dims, output_dims)) {
    size = {1, 1, 1, output_dims.n * output_dims.h * output_dims.w * output_dims.c};
    step_1.is_stretched = step_2.is_stretched = false;
  }
  for (int32_t n = 0; n < size.n; ++n) {
    for (int32_t h = 0; h < size.h; ++h) {
      for (int32_t w = 0; w < size.w; ++w) {
        const int8_t* a = input_1 + n * step_1.n + h * step_1.h + w * step_1.w;
        const int8_t* b = input_2 + n * step_2.n + h * step_2.h + w * step_2.w;
        for (int32_t c = 0; c < size.c; c += 16) {
          const int32_t lanes = size.c - c;
          const Int8x16 x = Load(a, step_1.is_stretched, c, lanes);
          const Int8x16 y = Load(b, step_2.is_stretched, c, lanes);
          const Int8x16 result =
              extreme == Extreme::kMinimum ? mve::Smaller(x, y) : mve::Larger(x, y);
          mve::StoreBytes8(output + c, result, lanes);
        }
        output += size.c;
      }
    }
  }
}

}  // namespace cortico::kernels

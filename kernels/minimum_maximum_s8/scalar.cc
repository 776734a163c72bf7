// Plain C++: one loop nest for every kind of stretching, by steps that are 0 along stretched axes.
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

}  // namespace

void minimum_maximum_s8_scalar(Extreme extreme, const int8_t* input_1,
                               const cmsis_nn_dims& input_1_dims, const int8_t* input_2,
                               const cmsis_nn_dims& input_2_dims, int8_t* output,
                               const cmsis_nn_dims& output_dims) {
  const Steps step_1(input_1_dims);
  const Steps step_2(input_2_dims);
  const bool minimum = extreme == Extreme::kMinimum;
  for (int32_t n = 0; n < output_dims.n; ++n) {
    for (int32_t h = 0; h < output_dims.h; ++h) {
      for (int32_t w = 0; w < output_dims.w; ++w) {
        const int8_t* a = input_1 + n * step_1.n + h * step_1.h + w * step_1.w;
        const int8_t* b = input_2 + n * step_2.n + h * step_2.h + w * step_2.w;
        for (int32_t c = 0; c < output_dims.c; ++c) {
          *output++ = (*a < *b) == minimum ? *a : *b;
          a += step_1.c;
          b += step_2.c;
        }
      }
    }
  }
}

}  // namespace cortico::kernels

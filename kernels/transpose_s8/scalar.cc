// Plain C++: the output in order, the input by the strides of the permuted axes. When the last axis
// stays last, its rows are copied whole.
#include <cstring>

#include "kernels/transpose_s8/axes.h"
#include "kernels/transpose_s8/transpose_s8.h"

namespace cortico::kernels {

arm_cmsis_nn_status transpose_s8_scalar(const int8_t* input, int8_t* output,
                                        const cmsis_nn_dims* input_dims, const cmsis_nn_dims*,
                                        const cmsis_nn_transpose_params* params) {
  const TransposedAxes axes(*input_dims, *params);
  const int32_t(&size)[4] = axes.size;
  const int32_t(&step)[4] = axes.step;
  for (int32_t n = 0; n < size[0]; ++n) {
    for (int32_t h = 0; h < size[1]; ++h) {
      for (int32_t w = 0; w < size[2]; ++w) {
        const int8_t* in = input + n * step[0] + h * step[1] + w * step[2];
        if (step[3] == 1) {
          std::memcpy(output, in, static_cast<size_t>(size[3]));
          output += size[3];
        } else {
          for (int32_t c = size[3]; c > 0; --c, in += step[3]) *output++ = *in;
        }
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

// Plain C++: the output in order, the input by the strides of the permuted axes. When the last axis
// stays last, its rows are copied whole.
#include <cstring>

#include "kernels/transpose_s8/transpose_s8.h"

namespace cortico::kernels {

arm_cmsis_nn_status transpose_s8_scalar(const int8_t* input, int8_t* output,
                                        const cmsis_nn_dims* input_dims, const cmsis_nn_dims*,
                                        const cmsis_nn_transpose_params* params) {
  // Fewer than four axes: the missing ones are the last, of size 1, and stay where they are.
  int32_t in_size[4] = {input_dims->n, input_dims->h, input_dims->w, input_dims->c};
  int32_t in_stride[4];
  int32_t stride = 1;
  for (int32_t axis = 3; axis >= 0; --axis) {
    if (axis >= params->num_dims) in_size[axis] = 1;
    in_stride[axis] = stride;
    stride *= in_size[axis];
  }
  int32_t size[4];
  int32_t step[4];
  for (int32_t axis = 0; axis < 4; ++axis) {
    const uint32_t from =
        axis < params->num_dims ? params->permutations[axis] : static_cast<uint32_t>(axis);
    size[axis] = in_size[from];
    step[axis] = in_stride[from];
  }
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

// The axes of the output of a transposition: their sizes, and the steps in the input along them.
#pragma once

#include <cstdint>

#include "arm_nnfunctions.h"

namespace cortico::kernels {

struct TransposedAxes {
  // Fewer than four axes: the missing ones are the last, of size 1, and stay where they are.
  TransposedAxes(const cmsis_nn_dims& input, const cmsis_nn_transpose_params& params) {
    int32_t in_size[4] = {input.n, input.h, input.w, input.c};
    int32_t in_stride[4];
    int32_t stride = 1;
    for (int32_t axis = 3; axis >= 0; --axis) {
      if (axis >= params.num_dims) in_size[axis] = 1;
      in_stride[axis] = stride;
      stride *= in_size[axis];
    }
    for (int32_t axis = 0; axis < 4; ++axis) {
      const uint32_t from =
          axis < params.num_dims ? params.permutations[axis] : static_cast<uint32_t>(axis);
      size[axis] = in_size[from];
      step[axis] = in_stride[from];
    }
  }

  int32_t size[4];
  int32_t step[4];
};

}  // namespace cortico::kernels

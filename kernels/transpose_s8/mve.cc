// MVE: rows of an axis that stays last are copied. Otherwise the axis that was last and the one
// that becomes it are an image to transpose, in blocks: sixteen elements of four rows are read and
// interleaved, and sixteen words written.
#include <cstring>

#include "kernels/isa/mve_elementwise.h"
#include "kernels/transpose_s8/axes.h"
#include "kernels/transpose_s8/transpose_s8.h"

namespace cortico::kernels {
namespace {

// out[x * out_pitch + y] = in[y * in_pitch + x]
void TransposeImage(const int8_t* in, int32_t in_pitch, int32_t columns, int32_t rows, int8_t* out,
                    int32_t out_pitch) {
  int8_t block[64];
  for (int32_t x = 0; x < columns; x += 16) {
    const int32_t lanes = columns - x < 16 ? columns - x : 16;
    int32_t y = 0;
    for (; y + 4 <= rows; y += 4) {
      mve::Interleave4(in + y * in_pitch + x, in_pitch, lanes, block);
      int8_t* to = out + x * out_pitch + y;
      for (int32_t i = 0; i < lanes; ++i, to += out_pitch) std::memcpy(to, block + 4 * i, 4);
    }
    for (; y < rows; ++y) {
      const int8_t* from = in + y * in_pitch + x;
      int8_t* to = out + x * out_pitch + y;
      for (int32_t i = 0; i < lanes; ++i, to += out_pitch) *to = from[i];
    }
  }
}

}  // namespace

arm_cmsis_nn_status transpose_s8_mve(const int8_t* input, int8_t* output,
                                     const cmsis_nn_dims* input_dims, const cmsis_nn_dims*,
                                     const cmsis_nn_transpose_params* params) {
  const TransposedAxes axes(*input_dims, *params);
  const int32_t(&size)[4] = axes.size;
  const int32_t(&step)[4] = axes.step;
  int32_t pitch[4];  // of the output
  int32_t count = 1;
  for (int32_t axis = 3; axis >= 0; --axis) {
    pitch[axis] = count;
    count *= size[axis];
  }
  if (count == 0) return ARM_CMSIS_NN_SUCCESS;
  // The axis along which the input is contiguous. Axes of size 1 may have step 1 as well.
  int32_t last = 3;
  for (int32_t axis = 0; axis < 4; ++axis) {
    if (step[axis] == 1 && (size[axis] > size[last] || step[last] != 1)) last = axis;
  }
  // The two other axes; all three when it stays last.
  int32_t loop_size[3] = {1, 1, 1};
  int32_t loop_step[3] = {0, 0, 0};
  int32_t loop_pitch[3] = {0, 0, 0};
  int32_t loops = 0;
  for (int32_t axis = 0; axis < 3; ++axis) {
    if (axis == last) continue;
    loop_size[loops] = size[axis];
    loop_step[loops] = step[axis];
    loop_pitch[loops] = pitch[axis];
    ++loops;
  }
  for (int32_t a = 0; a < loop_size[0]; ++a) {
    for (int32_t b = 0; b < loop_size[1]; ++b) {
      for (int32_t c = 0; c < loop_size[2]; ++c) {
        const int8_t* in = input + a * loop_step[0] + b * loop_step[1] + c * loop_step[2];
        int8_t* out = output + a * loop_pitch[0] + b * loop_pitch[1] + c * loop_pitch[2];
        if (last == 3) {
          mve::Copy(out, in, size[3]);
        } else {
          TransposeImage(in, step[3], size[last], size[3], out, pitch[last]);
        }
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

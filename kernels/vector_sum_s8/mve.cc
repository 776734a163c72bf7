// MVE: VADDVA adds 16 weights at a time, the last of a row by tail predication.
#include "kernels/isa/mve_dense.h"
#include "kernels/vector_sum_s8/vector_sum_s8.h"

namespace cortico::kernels {

arm_cmsis_nn_status vector_sum_s8_mve(int32_t* sums, int32_t columns, int32_t rows,
                                      const int8_t* data, int32_t lhs_offset, int32_t rhs_offset,
                                      const int32_t* bias) {
  for (int32_t row = 0; row < rows; ++row, data += columns) {
    const int32_t sum = columns * rhs_offset + mve::SumBytes(data, columns);
    sums[row] = lhs_offset * sum + (bias != nullptr ? bias[row] : 0);
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

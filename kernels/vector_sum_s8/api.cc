#include "kernels/vector_sum_s8/vector_sum_s8.h"

extern "C" arm_cmsis_nn_status arm_vector_sum_s8(int32_t* vector_sum_buf, int32_t vector_cols,
                                                 int32_t vector_rows, const int8_t* vector_data,
                                                 int32_t lhs_offset, int32_t rhs_offset,
                                                 const int32_t* bias_data) {
  constexpr auto* run = cortico::kernels::Select(cortico::kernels::kVectorSumS8);
  return run(vector_sum_buf, vector_cols, vector_rows, vector_data, lhs_offset, rhs_offset,
             bias_data);
}

#include "kernels/minimum_maximum_s8/minimum_maximum_s8.h"

namespace {

using cortico::kernels::Extreme;

constexpr auto* kRun = cortico::kernels::Select(cortico::kernels::kMinimumMaximumS8);

}  // namespace

extern "C" {

arm_cmsis_nn_status arm_minimum_s8(const cmsis_nn_context*, const int8_t* input_1_data,
                                   const cmsis_nn_dims* input_1_dims, const int8_t* input_2_data,
                                   const cmsis_nn_dims* input_2_dims, int8_t* output_data,
                                   const cmsis_nn_dims* output_dims) {
  kRun(Extreme::kMinimum, input_1_data, *input_1_dims, input_2_data, *input_2_dims, output_data,
       *output_dims);
  return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_maximum_s8(const cmsis_nn_context*, const int8_t* input_1_data,
                                   const cmsis_nn_dims* input_1_dims, const int8_t* input_2_data,
                                   const cmsis_nn_dims* input_2_dims, int8_t* output_data,
                                   const cmsis_nn_dims* output_dims) {
  kRun(Extreme::kMaximum, input_1_data, *input_1_dims, input_2_data, *input_2_dims, output_data,
       *output_dims);
  return ARM_CMSIS_NN_SUCCESS;
}

}  // extern "C"

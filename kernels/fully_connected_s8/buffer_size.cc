// Arm's sizes of ctx->buf for the fully connected layer: the kernel sums, which only MVE has.
#include "kernels/common/variants.h"
#include "arm_nnfunctions.h"

extern "C" {

int32_t arm_fully_connected_s8_get_buffer_size_dsp(const cmsis_nn_dims*) { return 0; }

int32_t arm_fully_connected_s8_get_buffer_size_mve(const cmsis_nn_dims* filter_dims) {
  return filter_dims->c * static_cast<int32_t>(sizeof(int32_t));
}

int32_t arm_fully_connected_s8_get_buffer_size(const cmsis_nn_dims* filter_dims) {
  return cortico::kernels::kIsa == cortico::kernels::Isa::kMve
             ? arm_fully_connected_s8_get_buffer_size_mve(filter_dims)
             : 0;
}

}  // extern "C"

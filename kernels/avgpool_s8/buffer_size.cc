// Arm's scratch sizes for average pooling: one int32 per channel on DSP, nothing elsewhere.
#include "kernels/common/variants.h"
#include "arm_nnfunctions.h"

extern "C" {

int32_t arm_avgpool_s8_get_buffer_size_dsp(int, int ch_src) {
  return ch_src * static_cast<int32_t>(sizeof(int32_t));
}

int32_t arm_avgpool_s8_get_buffer_size_mve(int, int) { return 0; }

int32_t arm_avgpool_s8_get_buffer_size(int dim_dst_width, int ch_src) {
  return cortico::kernels::kIsa == cortico::kernels::Isa::kDsp
             ? arm_avgpool_s8_get_buffer_size_dsp(dim_dst_width, ch_src)
             : 0;
}

}  // extern "C"

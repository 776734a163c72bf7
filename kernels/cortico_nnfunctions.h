// Entry points of Cortico's own beside the CMSIS-NN API, in its manner. Arm's library has none of
// them; a build against that one (-DCORTICO_CMSIS_NN=external) takes them from here all the same.
#pragma once

#include "arm_nnfunctions.h"

#ifdef __cplusplus
extern "C" {
#endif

// arm_fully_connected_wrapper_s8 by the MVE contract on every ISA: kernel_sum, int32[C_OUT], holds
// bias and input offset (see there), and neither is read elsewhere. With it a host or a DSP core
// runs a program that was compiled for MVE. Always succeeds.
arm_cmsis_nn_status cortico_fully_connected_kernel_sum_s8(
    const int32_t* kernel_sum, const cmsis_nn_fc_params* fc_params,
    const cmsis_nn_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* output_dims, int8_t* output_data);

// output(n, c) = clamp(requantize(start + sum over h, w of input(n, h, w, c)) + output_offset), int8,
// N H W C: a mean over the pixels whose result has a scale of its own, which arm_avgpool_s8 cannot
// give. start: minus the pixels times the input's zero point. The caller sees to it that the sums,
// shifted to the left, keep within 32 bits. Always succeeds.
arm_cmsis_nn_status cortico_sum_pixels_s8(const cmsis_nn_dims* input_dims,
                                          const int8_t* input_data, int32_t start,
                                          const cmsis_nn_per_tensor_quant_params* quant_params,
                                          int32_t output_offset, int8_t* output_data);

#ifdef __cplusplus
}
#endif

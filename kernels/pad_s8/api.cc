#include "kernels/pad_s8/pad_s8.h"

extern "C" arm_cmsis_nn_status arm_pad_s8(const int8_t* input, int8_t* output, int8_t pad_value,
                                          const cmsis_nn_dims* input_size,
                                          const cmsis_nn_dims* pre_pad,
                                          const cmsis_nn_dims* post_pad) {
  constexpr auto* run = cortico::kernels::Select(cortico::kernels::kPadS8);
  return run(input, output, pad_value, input_size, pre_pad, post_pad);
}

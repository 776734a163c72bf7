#include "kernels/softmax_s8/softmax_s8.h"

extern "C" void arm_softmax_s8(const int8_t* input, int32_t num_rows, int32_t row_size,
                               int32_t mult, int32_t shift, int32_t diff_min, int8_t* output) {
  constexpr auto* run = cortico::kernels::Select(cortico::kernels::kSoftmaxS8);
  run(input, num_rows, row_size, mult, shift, diff_min, output);
}

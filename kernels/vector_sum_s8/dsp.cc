// DSP extension: four elements at a time, widened and added in pairs. Each half of the sums takes
// 16 bits, so they are emptied before 2^15 / 2^7 of them can overflow.
#include "kernels/isa/dsp.h"
#include "kernels/vector_sum_s8/vector_sum_s8.h"

namespace cortico::kernels {

arm_cmsis_nn_status vector_sum_s8_dsp(int32_t* sums, int32_t columns, int32_t rows,
                                      const int8_t* data, int32_t lhs_offset, int32_t rhs_offset,
                                      const int32_t* bias) {
  constexpr int32_t kMaxPairs = 128;  // two additions to each half for every four elements
  for (int32_t row = 0; row < rows; ++row) {
    int32_t sum = columns * rhs_offset;
    int32_t groups = columns / 4;
    while (groups > 0) {
      int32_t some = groups < kMaxPairs ? groups : kMaxPairs;
      groups -= some;
      uint32_t pairs = 0;
#pragma GCC unroll 4
      for (; some > 0; --some, data += 4) {
        const uint32_t bytes = dsp::Load4(data);
        pairs = dsp::Sxtab16Odd(dsp::Sxtab16(pairs, bytes), bytes);
      }
      sum = dsp::Smlad(pairs, 0x00010001, sum);
    }
    for (int32_t left = columns % 4; left > 0; --left) sum += *data++;
    sums[row] = lhs_offset * sum + (bias != nullptr ? bias[row] : 0);
  }
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

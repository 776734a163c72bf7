// MVE: four elements at a time.
#include "kernels/elementwise_mul_s8/elementwise_mul_s8.h"
#include "kernels/isa/mve_elementwise.h"

namespace cortico::kernels {

arm_cmsis_nn_status elementwise_mul_s8_mve(const int8_t* input_1, const int8_t* input_2,
                                           int32_t offset_1, int32_t offset_2, int8_t* output,
                                           int32_t out_offset, int32_t out_multiplier,
                                           int32_t out_shift, int32_t low, int32_t high,
                                           int32_t size) {
  const mve::Int32x4 multiplier = mve::Splat(out_multiplier);
  const mve::Int32x4 shift = mve::Splat(out_shift);
  const auto multiply = [&](int32_t i, int32_t lanes) {
    const mve::Int32x4 a = mve::Add(mve::LoadBytes(input_1 + i, lanes), offset_1);
    const mve::Int32x4 b = mve::Add(mve::LoadBytes(input_2 + i, lanes), offset_2);
    const mve::Int32x4 scaled = mve::Requantize(mve::Multiply(a, b), multiplier, shift);
    mve::StoreBytes(output + i, mve::ToOutput(scaled, out_offset, low, high), lanes);
  };
  int32_t i = 0;
  for (; i + 4 <= size; i += 4) multiply(i, 4);
  if (i < size) multiply(i, size - i);
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

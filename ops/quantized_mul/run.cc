#include "ops/quantized_mul/op.h"

#include "arm_nnfunctions.h"
#include "ops/elementwise.h"

namespace cortico::ops {

Error Check(const QuantizedMul<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckElementwise(op.self, op.other, op.out));
  if (!IsInt8(op.self_zero_point) || !IsInt8(op.other_zero_point) ||
      !IsInt8(op.output_zero_point) || op.output_shift > 14) {
    return Error::kBadArgument;
  }
  return CheckRequantize(op.output_multiplier, op.output_shift);
}

void Run(const QuantizedMul<Device>& op) {
  ForEachBlock(op.self, op.other, op.out,
               [&op](const int8_t* self, const int8_t* other, int8_t* out, int32_t count) {
    arm_elementwise_mul_s8(self, other, -op.self_zero_point, -op.other_zero_point, out,
                           op.output_zero_point, op.output_multiplier, op.output_shift, -128, 127,
                           count);
  });
}

}  // namespace cortico::ops

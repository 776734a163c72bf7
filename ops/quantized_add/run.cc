#include "ops/quantized_add/op.h"

#include "arm_nnfunctions.h"
#include "ops/elementwise.h"

namespace cortico::ops {
namespace {

// TensorFlow Lite's headroom for the sum of two requantized int8 values.
constexpr int32_t kLeftShift = 20;

Error CheckOperand(int32_t zero_point, int32_t multiplier, int32_t shift) {
  return IsInt8(zero_point) && multiplier >= 0 && InRange(shift, -31, 0) ? Error::kOk
                                                                        : Error::kBadArgument;
}

}  // namespace

Error Check(const QuantizedAdd<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckElementwise(op.self, op.other, op.out));
  CORTICO_RETURN_IF_ERROR(CheckOperand(op.self_zero_point, op.self_multiplier, op.self_shift));
  CORTICO_RETURN_IF_ERROR(CheckOperand(op.other_zero_point, op.other_multiplier, op.other_shift));
  if (!IsInt8(op.output_zero_point) || op.output_multiplier < 0) return Error::kBadArgument;
  CORTICO_RETURN_IF_ERROR(CheckRequantize(op.output_multiplier, op.output_shift));
  return CheckActivation(op.activation_min, op.activation_max);
}

void Run(const QuantizedAdd<Device>& op) {
  ForEachBlock(op.self, op.other, op.out,
               [&op](const int8_t* self, const int8_t* other, int8_t* out, int32_t count) {
    arm_elementwise_add_s8(self, other, -op.self_zero_point, op.self_multiplier, op.self_shift,
                           -op.other_zero_point, op.other_multiplier, op.other_shift, kLeftShift,
                           out, op.output_zero_point, op.output_multiplier, op.output_shift,
                           op.activation_min, op.activation_max, count);
  });
}

}  // namespace cortico::ops

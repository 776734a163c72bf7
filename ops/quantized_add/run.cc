#include "ops/quantized_add/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"

namespace cortico::ops {
namespace {

// TensorFlow Lite's headroom for the sum of two requantized int8 values.
constexpr int32_t kLeftShift = 20;

// One element per channel, [1, C, 1, 1], for the pixels of an NHWC tensor.
bool IsPerChannel(const Tensor& t, const Tensor& out) {
  return t.rank == 4 && out.IsNhwc() && t.size(1) == out.size(1) && t.numel() == t.size(1);
}

Error CheckOperand(const Tensor& t, const Tensor& out, int32_t zero_point, int32_t multiplier,
                   int32_t shift) {
  if (t.dtype != DType::kInt8 || t.layout == Layout::kOther) return Error::kBadType;
  if (SameSizes(t, out)) {
    if (t.layout != out.layout) return Error::kBadType;
  } else if (!IsPerChannel(t, out)) {
    return Error::kBadShape;
  }
  return IsInt8(zero_point) && multiplier >= 0 && InRange(shift, -31, 0) ? Error::kOk
                                                                        : Error::kBadArgument;
}

}  // namespace

Error Check(const QuantizedAdd<Device>& op) {
  if (op.out.dtype != DType::kInt8) return Error::kBadType;
  CORTICO_RETURN_IF_ERROR(CheckOperand(op.self, op.out, op.self_zero_point, op.self_multiplier,
                                       op.self_shift));
  CORTICO_RETURN_IF_ERROR(CheckOperand(op.other, op.out, op.other_zero_point, op.other_multiplier,
                                       op.other_shift));
  if (!SameSizes(op.self, op.out) && !SameSizes(op.other, op.out)) return Error::kBadShape;
  if (!IsInt8(op.output_zero_point) || op.output_multiplier < 0) return Error::kBadArgument;
  CORTICO_RETURN_IF_ERROR(CheckRequantize(op.output_multiplier, op.output_shift));
  return CheckActivation(op.activation_min, op.activation_max);
}

void Run(const QuantizedAdd<Device>& op) {
  const int32_t count = op.out.numel();
  const bool repeats_self = !SameSizes(op.self, op.out);
  const bool repeats_other = !SameSizes(op.other, op.out);
  const int32_t block = repeats_self || repeats_other ? op.out.size(1) : count;
  const int8_t* self = op.self.As<int8_t>();
  const int8_t* other = op.other.As<int8_t>();
  int8_t* out = op.out.As<int8_t>();
  for (int32_t done = 0; done < count; done += block) {
    arm_elementwise_add_s8(self, other, -op.self_zero_point, op.self_multiplier, op.self_shift,
                           -op.other_zero_point, op.other_multiplier, op.other_shift, kLeftShift,
                           out, op.output_zero_point, op.output_multiplier, op.output_shift,
                           op.activation_min, op.activation_max, block);
    if (!repeats_self) self += block;
    if (!repeats_other) other += block;
    out += block;
  }
}

}  // namespace cortico::ops

#include "ops/softmax/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"

namespace cortico::ops {

Error Check(const Softmax<Device>& op) {
  if (op.input.dtype != DType::kInt8 || op.out.dtype != DType::kInt8 ||
      op.input.layout != Layout::kContiguous || op.out.layout != Layout::kContiguous) {
    return Error::kBadType;
  }
  if (op.input.rank < 1 || !SameSizes(op.input, op.out) || !HasElements(op.input) ||
      op.input.size(op.input.rank - 1) > 4095) {
    return Error::kBadShape;
  }
  const bool last = op.dim == -1 || op.dim == op.input.rank - 1;
  return last && op.output_zero_point == -128 && op.input_multiplier >= 0 &&
                 InRange(op.input_shift, 0, 30) && op.diff_min <= 0 &&
                 op.diff_min >= -(INT32_MAX >> op.input_shift)
             ? Error::kOk
             : Error::kBadArgument;
}

void Run(const Softmax<Device>& op) {
  const int32_t row = op.input.size(op.input.rank - 1);
  arm_softmax_s8(op.input.As<int8_t>(), op.input.numel() / row, row, op.input_multiplier,
                 op.input_shift, op.diff_min, op.out.As<int8_t>());
}

}  // namespace cortico::ops

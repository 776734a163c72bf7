#include "ops/minimum_maximum/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"

namespace cortico::ops {
namespace {

// Four sizes in the order of memory, ones in front.
cmsis_nn_dims MemoryDims(const Tensor& t) {
  if (t.layout == Layout::kChannelsLast) return NhwcDims(t);
  int32_t sizes[4] = {1, 1, 1, 1};
  for (int i = 0; i < t.rank; ++i) sizes[4 - t.rank + i] = t.size(i);
  return {sizes[0], sizes[1], sizes[2], sizes[3]};
}

// Ranks may differ, as in NumPy, as long as memory is in the logical order.
Error CheckOperand(const Tensor& t, const Tensor& out) {
  if (t.dtype != DType::kInt8 || t.layout != out.layout) return Error::kBadType;
  if (t.rank > out.rank) return Error::kBadShape;
  for (int i = 0; i < t.rank; ++i) {
    const int32_t size = t.size(t.rank - 1 - i);
    if (size != 1 && size != out.size(out.rank - 1 - i)) return Error::kBadShape;
  }
  return Error::kOk;
}

template <class Op>
Error CheckBoth(const Op& op) {
  if (op.out.dtype != DType::kInt8 || op.out.layout == Layout::kOther) return Error::kBadType;
  if (op.out.rank > 4 || !HasElements(op.out)) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(CheckOperand(op.self, op.out));
  return CheckOperand(op.other, op.out);
}

template <class Op, class Kernel>
void RunBoth(const Op& op, Kernel kernel) {
  const cmsis_nn_context none = {nullptr, 0};
  const cmsis_nn_dims self = MemoryDims(op.self), other = MemoryDims(op.other);
  const cmsis_nn_dims out = MemoryDims(op.out);
  kernel(&none, op.self.template As<int8_t>(), &self, op.other.template As<int8_t>(), &other,
         op.out.template As<int8_t>(), &out);
}

}  // namespace

Error Check(const Minimum<Device>& op) { return CheckBoth(op); }
void Run(const Minimum<Device>& op) { RunBoth(op, arm_minimum_s8); }
Error Check(const Maximum<Device>& op) { return CheckBoth(op); }
void Run(const Maximum<Device>& op) { RunBoth(op, arm_maximum_s8); }

}  // namespace cortico::ops

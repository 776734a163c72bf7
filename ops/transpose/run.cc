#include "ops/transpose/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"

namespace cortico::ops {
namespace {

// Arm's dims of a tensor with fewer than four dimensions: the first of n, h, w, c.
cmsis_nn_dims FirstDims(const Tensor& t) {
  int32_t sizes[4] = {1, 1, 1, 1};
  for (int i = 0; i < t.rank; ++i) sizes[i] = t.size(i);
  return {sizes[0], sizes[1], sizes[2], sizes[3]};
}

}  // namespace

Error Check(const Transpose<Device>& op) {
  if (op.input.dtype != DType::kInt8 || op.out.dtype != DType::kInt8 ||
      op.input.layout != Layout::kContiguous || op.out.layout != Layout::kContiguous) {
    return Error::kBadType;
  }
  const int rank = op.input.rank;
  if (rank < 1 || rank > 4 || op.out.rank != rank || !HasElements(op.input)) return Error::kBadShape;
  if (op.perm.count != rank) return Error::kBadArgument;
  uint32_t seen = 0;
  for (int i = 0; i < rank; ++i) {
    const int32_t from = op.perm[i];
    if (!InRange(from, 0, rank - 1) || (seen & (1u << from)) != 0) return Error::kBadArgument;
    seen |= 1u << from;
    if (op.out.size(i) != op.input.size(from)) return Error::kBadShape;
  }
  return Error::kOk;
}

void Run(const Transpose<Device>& op) {
  const cmsis_nn_dims in = FirstDims(op.input), out = FirstDims(op.out);
  uint32_t perm[4] = {0, 1, 2, 3};
  for (int i = 0; i < op.perm.count; ++i) perm[i] = static_cast<uint32_t>(op.perm[i]);
  const cmsis_nn_transpose_params params = {op.perm.count, perm};
  arm_transpose_s8(op.input.As<int8_t>(), op.out.As<int8_t>(), &in, &out, &params);
}

}  // namespace cortico::ops

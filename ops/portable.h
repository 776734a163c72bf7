// What the portable ops (floats, indices, masks) share on the target: which tensors they take, and
// how they stand to the loops in kernels/portable.
//
// They have ExecuTorch's names, schemas and rules, so that its portable kernels run the same file.
// Element types: float32, int64, int32, uint8, bool; never int8, which is quantized. Tensors lie in
// the logical order and have at least one element.
#pragma once

#include <cstdint>

#include "kernels/portable/portable.h"
#include "ops/checks.h"

namespace cortico::ops {

namespace portable = kernels::portable;

inline bool IsInteger(DType dtype) {
  return dtype == DType::kInt64 || dtype == DType::kInt32 || dtype == DType::kUInt8;
}
inline bool IsPlain(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kBool || IsInteger(dtype);
}
inline bool IsIndex(DType dtype) { return dtype == DType::kInt64 || dtype == DType::kInt32; }
inline bool IsFloat(const Tensor& t) { return t.dtype == DType::kFloat32; }

/// A checked tensor's elements.
portable::Array ArrayOf(const Tensor& t);
inline int32_t BytesOf(const Tensor& t) { return static_cast<int32_t>(SizeOf(t.dtype)); }

/// One of the element types, in the logical order, at least one element.
CORTICO_AT_LOAD Error CheckPlain(const Tensor& t);
/// The same, float32; of any rank if `rank` is negative.
CORTICO_AT_LOAD Error CheckFloats(const Tensor& t, int rank = -1);
/// Both, of one type and the same sizes.
CORTICO_AT_LOAD Error CheckSame(const Tensor& a, const Tensor& b);
/// `t` repeats to the sizes of `out` by PyTorch's rules.
CORTICO_AT_LOAD Error CheckBroadcast(const Tensor& t, const Tensor& out);
/// Dimensions of a tensor of `rank`: each from -rank to rank - 1, none twice.
CORTICO_AT_LOAD Error CheckDims(const int32_t* dims, int count, int rank);

inline int Wrap(int dim, int rank) { return dim < 0 ? dim + rank : dim; }

/// The positions of `out`, and places in the operands (null ones left out).
portable::Broadcast BroadcastOf(const Tensor& out, const Tensor* a, const Tensor* b,
                                const Tensor* c = nullptr);
/// Elements between neighbours along each dimension; returns their number.
void StridesOf(const Tensor& t, int32_t strides[portable::kMaxRank]);
/// All positions of `t`.
portable::Walk WalkOf(const Tensor& t);
/// [outer, along, inner] around a dimension.
struct Lines {
  int32_t outer = 1, along = 1, inner = 1;
};
Lines LinesOf(const Tensor& t, int dim);

}  // namespace cortico::ops

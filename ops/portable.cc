#include "ops/portable.h"

namespace cortico::ops {

portable::Array ArrayOf(const Tensor& t) {
  portable::Element element = portable::Element::kFloat32;
  switch (t.dtype) {
    case DType::kInt64:
      element = portable::Element::kInt64;
      break;
    case DType::kInt32:
      element = portable::Element::kInt32;
      break;
    case DType::kUInt8:
      element = portable::Element::kUInt8;
      break;
    case DType::kBool:
      element = portable::Element::kBool;
      break;
    default:
      break;
  }
  return {t.data, element};
}

Error CheckPlain(const Tensor& t) {
  if (!IsPlain(t.dtype) || t.layout != Layout::kContiguous) return Error::kBadType;
  return HasElements(t) ? Error::kOk : Error::kBadShape;
}

Error CheckFloats(const Tensor& t, int rank) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(t));
  if (!IsFloat(t)) return Error::kBadType;
  return rank < 0 || t.rank == rank ? Error::kOk : Error::kBadShape;
}

Error CheckSame(const Tensor& a, const Tensor& b) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(a));
  CORTICO_RETURN_IF_ERROR(CheckPlain(b));
  if (a.dtype != b.dtype) return Error::kBadType;
  return SameSizes(a, b) ? Error::kOk : Error::kBadShape;
}

Error CheckBroadcast(const Tensor& t, const Tensor& out) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(t));
  if (t.rank > out.rank) return Error::kBadShape;
  for (int i = 1; i <= t.rank; ++i) {
    const int32_t size = t.size(t.rank - i);
    if (size != 1 && size != out.size(out.rank - i)) return Error::kBadShape;
  }
  return Error::kOk;
}

Error CheckDims(const int32_t* dims, int count, int rank) {
  uint32_t seen = 0;
  for (int i = 0; i < count; ++i) {
    if (!InRange(dims[i], -rank, rank - 1)) return Error::kBadArgument;
    const uint32_t bit = 1u << Wrap(dims[i], rank);
    if ((seen & bit) != 0) return Error::kBadArgument;
    seen |= bit;
  }
  return Error::kOk;
}

void StridesOf(const Tensor& t, int32_t strides[portable::kMaxRank]) {
  int32_t stride = 1;
  for (int i = t.rank - 1; i >= 0; --i) {
    strides[i] = stride;
    stride *= t.size(i);
  }
}

portable::Broadcast BroadcastOf(const Tensor& out, const Tensor* a, const Tensor* b,
                                const Tensor* c) {
  portable::Broadcast box;
  box.rank = out.rank;
  for (int i = 0; i < out.rank; ++i) box.sizes[i] = out.size(i);
  const Tensor* const operands[3] = {a, b, c};
  for (int k = 0; k < 3; ++k) {
    if (operands[k] == nullptr) continue;
    const Tensor& t = *operands[k];
    int32_t own[portable::kMaxRank];
    StridesOf(t, own);
    const int missing = out.rank - t.rank;
    for (int i = 0; i < out.rank; ++i) {
      box.strides[k][i] = i < missing || t.size(i - missing) == 1 ? 0 : own[i - missing];
    }
  }
  return box;
}

portable::Walk WalkOf(const Tensor& t) {
  portable::Walk walk;
  walk.rank = t.rank;
  for (int i = 0; i < t.rank; ++i) walk.sizes[i] = t.size(i);
  StridesOf(t, walk.strides);
  return walk;
}

Lines LinesOf(const Tensor& t, int dim) {
  Lines lines;
  for (int i = 0; i < t.rank; ++i) {
    int32_t& size = i < dim ? lines.outer : i > dim ? lines.inner : lines.along;
    size *= t.size(i);
  }
  return lines;
}

}  // namespace cortico::ops

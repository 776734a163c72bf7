#include "ops/portable_reduce/op.h"

#include "ops/portable.h"

namespace cortico::ops {
namespace {

// Dimensions of a list that may be absent: none means all.
struct Dims {
  const int32_t* dims;
  int count;
};

template <class List>
Dims DimsOf(const List& list) {
  return {list.v, list.count > 0 ? list.count : 0};
}
Dims DimsOf(const OptionalInt& dim) { return {&dim.v, dim.present ? 1 : 0}; }

uint32_t MaskOf(Dims d, int rank) {
  uint32_t mask = 0;
  for (int i = 0; i < d.count; ++i) mask |= 1u << Wrap(d.dims[i], rank);
  return d.count == 0 ? ~0u : mask;
}

CORTICO_AT_LOAD Error CheckReduction(const Tensor& self, Dims dims, bool keep, const Tensor& out) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(self));
  CORTICO_RETURN_IF_ERROR(CheckPlain(out));
  CORTICO_RETURN_IF_ERROR(CheckDims(dims.dims, dims.count, self.rank));
  const uint32_t mask = MaskOf(dims, self.rank);
  int next = 0;
  for (int d = 0; d < self.rank; ++d) {
    const bool reduced = (mask >> d & 1) != 0;
    if (reduced && !keep) continue;
    if (next >= out.rank || out.size(next) != (reduced ? 1 : self.size(d))) return Error::kBadShape;
    ++next;
  }
  return next == out.rank ? Error::kOk : Error::kBadShape;
}

struct Walks {
  portable::Walk kept, reduced;
};

Walks Split(const Tensor& self, Dims dims) {
  const uint32_t mask = MaskOf(dims, self.rank);
  int32_t strides[portable::kMaxRank];
  StridesOf(self, strides);
  Walks walks;
  for (int d = 0; d < self.rank; ++d) {
    portable::Walk& walk = (mask >> d & 1) != 0 ? walks.reduced : walks.kept;
    walk.sizes[walk.rank] = self.size(d);
    walk.strides[walk.rank++] = strides[d];
  }
  return walks;
}

void RunFloats(const Tensor& self, Dims dims, const Tensor& out, portable::Reducer f,
               double parameter = 0) {
  const Walks walks = Split(self, dims);
  portable::Reduce(ArrayOf(self), ArrayOf(out), walks.kept, walks.reduced, f, parameter);
}

void RunInts(const Tensor& self, Dims dims, const Tensor& out, portable::IntReducer f) {
  const Walks walks = Split(self, dims);
  portable::ReduceInts(ArrayOf(self), ArrayOf(out), walks.kept, walks.reduced, f);
}

CORTICO_AT_LOAD bool SumsInto(const Tensor& self, const Tensor& out) {
  return out.dtype == (IsFloat(self) ? DType::kFloat32 : DType::kInt64);
}

template <class Op>
CORTICO_AT_LOAD Error CheckExtreme(const Op& op) {
  if (op.self.dtype != op.out.dtype) return Error::kBadType;
  return CheckReduction(op.self, DimsOf(op.dim), op.keepdim, op.out);
}

template <class Op>
CORTICO_AT_LOAD Error CheckPlace(const Op& op) {
  if (op.out.dtype != DType::kInt64) return Error::kBadType;
  return CheckReduction(op.self, DimsOf(op.dim), op.keepdim, op.out);
}

}  // namespace

Error Check(const AtenSum<Device>& op) {
  if (!SumsInto(op.self, op.out)) return Error::kBadType;
  return CheckReduction(op.self, DimsOf(op.dim), op.keepdim, op.out);
}

void Run(const AtenSum<Device>& op) {
  if (IsFloat(op.self)) {
    RunFloats(op.self, DimsOf(op.dim), op.out, portable::SumOf);
  } else {
    RunInts(op.self, DimsOf(op.dim), op.out, portable::IntSumOf);
  }
}

Error Check(const AtenMean<Device>& op) {
  if (!IsFloat(op.self) || !IsFloat(op.out)) return Error::kBadType;
  return CheckReduction(op.self, DimsOf(op.dim), op.keepdim, op.out);
}

void Run(const AtenMean<Device>& op) {
  RunFloats(op.self, DimsOf(op.dim), op.out, portable::MeanOf);
}

Error Check(const AtenVar<Device>& op) {
  if (!IsFloat(op.self) || !IsFloat(op.out)) return Error::kBadType;
  return CheckReduction(op.self, DimsOf(op.dim), op.keepdim, op.out);
}

void Run(const AtenVar<Device>& op) {
  const double correction = op.correction.present ? static_cast<double>(op.correction.v) : 1.0;
  RunFloats(op.self, DimsOf(op.dim), op.out, portable::VarianceOf, correction);
}

Error Check(const AtenAmax<Device>& op) { return CheckExtreme(op); }

void Run(const AtenAmax<Device>& op) {
  if (IsFloat(op.self)) {
    RunFloats(op.self, DimsOf(op.dim), op.out, portable::LargestOf);
  } else {
    RunInts(op.self, DimsOf(op.dim), op.out, portable::IntLargestOf);
  }
}

Error Check(const AtenAmin<Device>& op) { return CheckExtreme(op); }

void Run(const AtenAmin<Device>& op) {
  if (IsFloat(op.self)) {
    RunFloats(op.self, DimsOf(op.dim), op.out, portable::SmallestOf);
  } else {
    RunInts(op.self, DimsOf(op.dim), op.out, portable::IntSmallestOf);
  }
}

Error Check(const AtenAny<Device>& op) {
  if (op.out.dtype != DType::kBool) return Error::kBadType;
  return CheckReduction(op.self, DimsOf(op.dim), op.keepdim, op.out);
}

void Run(const AtenAny<Device>& op) {
  RunInts(op.self, DimsOf(op.dim), op.out, portable::AnyOf);
}

Error Check(const AtenArgmax<Device>& op) { return CheckPlace(op); }

void Run(const AtenArgmax<Device>& op) {
  RunInts(op.self, DimsOf(op.dim), op.out, portable::PlaceOfLargest);
}

Error Check(const AtenArgmin<Device>& op) { return CheckPlace(op); }

void Run(const AtenArgmin<Device>& op) {
  RunInts(op.self, DimsOf(op.dim), op.out, portable::PlaceOfSmallest);
}

Error Check(const AtenCumsum<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckPlain(op.self));
  CORTICO_RETURN_IF_ERROR(CheckPlain(op.out));
  if (!SumsInto(op.self, op.out)) return Error::kBadType;
  CORTICO_RETURN_IF_ERROR(CheckDims(&op.dim, 1, op.self.rank));
  return SameSizes(op.self, op.out) ? Error::kOk : Error::kBadShape;
}

void Run(const AtenCumsum<Device>& op) {
  const Lines lines = LinesOf(op.self, Wrap(op.dim, op.self.rank));
  portable::CumulativeSum(ArrayOf(op.self), ArrayOf(op.out), lines.outer, lines.along, lines.inner);
}

}  // namespace cortico::ops

// aten::slice_copy: every step-th element of a range along one dimension.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = self's elements start, start + step, … below end along `dim`.
/// self, out: one type of any kind, one order in memory (logical, or NHWC), equal sizes but for
/// `dim`. dim: negative counts from the end. 0 <= start < end <= self's size; 1 <= step <= self's size. out may be
/// self's memory where that part of it lies; then nothing is moved.
template <class D>
struct SliceCopy {
  static constexpr char kName[] = "aten::slice_copy";
  static constexpr char kOverload[] = "Tensor_out";
  static constexpr char kSchema[] =
      "aten::slice_copy.Tensor_out(Tensor self, int dim=0, SymInt? start=None, SymInt? end=None, "
      "SymInt step=1, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  int32_t dim = 0, start = 0, end = 0, step = 1;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("start", op.start);
    visit("end", op.end);
    visit("step", op.step);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const SliceCopy<Device>& op);
void Run(const SliceCopy<Device>& op);

}  // namespace cortico::ops

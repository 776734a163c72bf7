// cortico::argmax, cortico::argmin: where the largest or smallest int8 element stands.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = the index along `dim` of input's largest element, the first of equals. The order of
/// integers is that of the reals they stand for, so scale and zero point do not matter.
/// input: int8, dim in [0, rank). out: int64, input's sizes with 1 for `dim`, in input's order in
/// memory; or without it, both in the logical order, or input in NHWC and dim 1.
template <class D>
struct Argmax {
  static constexpr char kName[] = "cortico::argmax";

  In<D> input;
  int32_t dim = 0;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("dim", op.dim);
    visit("out", op.out);
  }
};

/// The same of the smallest.
template <class D>
struct Argmin : Argmax<D> {
  static constexpr char kName[] = "cortico::argmin";
};

CORTICO_AT_LOAD Error Check(const Argmax<Device>& op);
void Run(const Argmax<Device>& op);
void Run(const Argmin<Device>& op);

}  // namespace cortico::ops

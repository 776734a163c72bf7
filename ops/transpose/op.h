// cortex_m::transpose: int8, dimensions in another order.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out dimension i = input dimension perm[i].
/// input, out: int8, rank 1 to 4, logical order in memory. perm: a permutation of the dimensions.
template <class D>
struct Transpose {
  static constexpr char kName[] = "cortex_m::transpose";

  In<D> input;
  IntList<4> perm;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("perm", op.perm);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const Transpose<Device>& op);
void Run(const Transpose<Device>& op);

}  // namespace cortico::ops

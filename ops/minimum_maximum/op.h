// cortex_m::minimum, cortex_m::maximum: of two int8 tensors with the same scale and zero point.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = min(self, other)
/// self, other, out: int8, rank at most 4, the same order in memory. Every axis of self and other
/// is that of out or 1, in which case its one element is used all along the axis. out may be self
/// or other, if these have its size.
template <class D>
struct Minimum {
  static constexpr char kName[] = "cortex_m::minimum";

  In<D> self, other;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("other", op.other);
    visit("out", op.out);
  }
};

/// out = max(self, other); the rest as Minimum.
template <class D>
struct Maximum {
  static constexpr char kName[] = "cortex_m::maximum";

  In<D> self, other;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("other", op.other);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const Minimum<Device>& op);
void Run(const Minimum<Device>& op);
CORTICO_AT_LOAD Error Check(const Maximum<Device>& op);
void Run(const Maximum<Device>& op);

}  // namespace cortico::ops

// dim_order_ops::_to_dim_order_copy and _clone_dim_order: the same tensor, other order in memory.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = self, element by element in logical order. The order in memory is that of each tensor's
/// own dim order, contiguous or (rank 4) channels last; `dim_order` repeats out's, and the runtime
/// does not read it.
/// self, out: one type of any kind (this op converts no values), the same sizes.
template <class D>
struct ToDimOrderCopy {
  static constexpr char kName[] = "dim_order_ops::_to_dim_order_copy";
  static constexpr char kSchema[] =
      "dim_order_ops::_to_dim_order_copy.out(Tensor self, *, bool non_blocking=False, "
      "int[]? dim_order=None, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  bool non_blocking = false;
  OptionalIntList<kMaxRank> dim_order;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("non_blocking", op.non_blocking);
    visit("dim_order", op.dim_order);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const ToDimOrderCopy<Device>& op);
void Run(const ToDimOrderCopy<Device>& op);

/// The same under the name that torch's clone gets.
template <class D>
struct CloneDimOrder {
  static constexpr char kName[] = "dim_order_ops::_clone_dim_order";
  static constexpr char kSchema[] =
      "dim_order_ops::_clone_dim_order.out(Tensor self, *, bool non_blocking=False, "
      "int[]? dim_order=None, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  bool non_blocking = false;
  OptionalIntList<kMaxRank> dim_order;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("non_blocking", op.non_blocking);
    visit("dim_order", op.dim_order);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const CloneDimOrder<Device>& op);
void Run(const CloneDimOrder<Device>& op);

}  // namespace cortico::ops

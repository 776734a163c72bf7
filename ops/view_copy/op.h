// aten::view_copy and executorch_prim::et_view: the same elements, other sizes.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = self's elements in logical order under out's sizes; `size` repeats these (-1 for one that
/// follows from the others), and the runtime does not read it.
/// self, out: one type of any kind, the same number of elements, contiguous (or of one order in
/// memory and equal sizes). out may be self's memory; then nothing is moved.
template <class D>
struct ViewCopy {
  static constexpr char kName[] = "aten::view_copy";
  static constexpr char kSchema[] =
      "aten::view_copy.out(Tensor self, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  IntList<kMaxRank> size;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("size", op.size);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const ViewCopy<Device>& op);
void Run(const ViewCopy<Device>& op);

/// What ExecuTorch writes instead when the planner has given both the same memory.
template <class D>
struct EtView {
  static constexpr char kName[] = "executorch_prim::et_view";
  static constexpr char kOverload[] = "default";
  static constexpr char kSchema[] =
      "executorch_prim::et_view.default(Tensor self, int[] size, *, Tensor(a!) out) -> ()";

  In<D> self;
  IntList<kMaxRank> size;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("size", op.size);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const EtView<Device>& op);
void Run(const EtView<Device>& op);

}  // namespace cortico::ops

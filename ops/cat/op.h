// aten::cat: tensors side by side along one dimension.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = the tensors one behind the other along `dim`.
/// tensors, out: one type of any kind and, for int8, one scale and zero point; one order in memory
/// (logical, or NHWC); equal sizes but for `dim`. dim: negative counts from the end. At most 8
/// tensors: the compiler makes a chain of more. out may hold a tensor at its place already; then
/// this one is not moved.
template <class D>
struct Cat {
  static constexpr char kName[] = "aten::cat";
  static constexpr char kSchema[] =
      "aten::cat.out(Tensor[] tensors, int dim=0, *, Tensor(a!) out) -> Tensor(a!)";

  InList<D, 8> tensors;
  int32_t dim = 0;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("tensors", op.tensors);
    visit("dim", op.dim);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const Cat<Device>& op);
void Run(const Cat<Device>& op);

}  // namespace cortico::ops

// aten::mm, aten::bmm, aten::addmm: float matrix products, under ExecuTorch's portable names.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out[m, n] = sum over k of self[m, k] * mat2[k, n]. float32, in the logical order.
template <class D>
struct AtenMm {
  static constexpr char kName[] = "aten::mm";
  static constexpr char kAten[] = "aten.mm.default";
  static constexpr char kSchema[] =
      "aten::mm.out(Tensor self, Tensor mat2, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> self, mat2;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("mat2", op.mat2);
    visit("out", op.out);
  }
};

/// The same for each matrix of a batch: [b, m, k] and [b, k, n].
template <class D>
struct AtenBmm {
  static constexpr char kName[] = "aten::bmm";
  static constexpr char kAten[] = "aten.bmm.default";
  static constexpr char kSchema[] =
      "aten::bmm.out(Tensor self, Tensor mat2, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> self, mat2;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("mat2", op.mat2);
    visit("out", op.out);
  }
};

/// out = beta * self + alpha * (mat1 times mat2), self repeated to the sizes of out. With a beta of
/// 0 self is not read.
template <class D>
struct AtenAddmm {
  static constexpr char kName[] = "aten::addmm";
  static constexpr char kAten[] = "aten.addmm.default";
  static constexpr char kSchema[] =
      "aten::addmm.out(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1, "
      "Tensor(a!) out) -> Tensor(a!)";

  In<D> self, mat1, mat2;
  Scalar beta = {1.0f}, alpha = {1.0f};
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("mat1", op.mat1);
    visit("mat2", op.mat2);
    visit("beta", op.beta);
    visit("alpha", op.alpha);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const AtenMm<Device>& op);
void Run(const AtenMm<Device>& op);
CORTICO_AT_LOAD Error Check(const AtenBmm<Device>& op);
void Run(const AtenBmm<Device>& op);
CORTICO_AT_LOAD Error Check(const AtenAddmm<Device>& op);
void Run(const AtenAddmm<Device>& op);

}  // namespace cortico::ops

// aten::permute_copy, aten::expand_copy, aten::flip, aten::constant_pad_nd: floats, indices and
// masks moved, under ExecuTorch's portable names.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// In all of them self and out have one plain type and lie in the logical order.

/// out[i] = self with dimension dims[k] where out has k. dims: each dimension once.
template <class D>
struct AtenPermute {
  static constexpr char kName[] = "aten::permute_copy";
  static constexpr char kAten[] = "aten.permute.default";
  static constexpr char kSchema[] =
      "aten::permute_copy.out(Tensor self, int[] dims, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  IntList<kMaxRank> dims;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dims", op.dims);
    visit("out", op.out);
  }
};

/// out = self repeated along dimensions of 1 and along new ones in front. size repeats out's sizes,
/// with -1 for one that self has.
template <class D>
struct AtenExpand {
  static constexpr char kName[] = "aten::expand_copy";
  static constexpr char kAten[] = "aten.expand_copy.default";
  static constexpr char kSchema[] =
      "aten::expand_copy.out(Tensor self, SymInt[] size, *, bool implicit=False, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  IntList<kMaxRank> size;
  bool implicit = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("size", op.size);
    visit("implicit", op.implicit);
    visit("out", op.out);
  }
};

/// out = self turned round along `dims`, none of them twice.
template <class D>
struct AtenFlip {
  static constexpr char kName[] = "aten::flip";
  static constexpr char kAten[] = "aten.flip.default";
  static constexpr char kSchema[] =
      "aten::flip.out(Tensor self, int[] dims, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  IntList<kMaxRank> dims;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dims", op.dims);
    visit("out", op.out);
  }
};

/// out = self in a border of `value`. pad: before and after the last dimension, then of the one in
/// front of it, and so on, at most four of them; a negative number takes elements away.
template <class D>
struct AtenPad {
  static constexpr char kName[] = "aten::constant_pad_nd";
  static constexpr char kAten[] = "aten.constant_pad_nd.default";
  static constexpr char kSchema[] =
      "aten::constant_pad_nd.out(Tensor self, SymInt[] pad, Scalar value=0, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  IntList<8> pad;
  Scalar value;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("pad", op.pad);
    visit("value", op.value);
    visit("out", op.out);
  }
};

#define CORTICO_DECLARE(Struct)                          \
  CORTICO_AT_LOAD Error Check(const Struct<Device>& op); \
  void Run(const Struct<Device>& op);
CORTICO_DECLARE(AtenPermute)
CORTICO_DECLARE(AtenExpand)
CORTICO_DECLARE(AtenFlip)
CORTICO_DECLARE(AtenPad)
#undef CORTICO_DECLARE

}  // namespace cortico::ops

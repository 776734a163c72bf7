// aten::sum, aten::mean, aten::argmax …: reductions over dimensions, under ExecuTorch's portable
// names; aten::cumsum.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// Each element of out is made from the elements of self that differ from it in `dim` alone; all of
/// self for a dim that is empty or none. out has the sizes of self without these dimensions or, for
/// keepdim, with 1 in their place. dim: from -rank to rank - 1, none twice. dtype is not read: out
/// has the type.
/// sum: of floats in double, rounded once; of integers and masks in int64, which out is then.
template <class D>
struct AtenSum {
  static constexpr char kName[] = "aten::sum";
  static constexpr char kOverload[] = "IntList_out";
  static constexpr char kAten[] = "aten.sum.dim_IntList";
  static constexpr char kSchema[] =
      "aten::sum.IntList_out(Tensor self, int[1]? dim, bool keepdim=False, *, "
      "ScalarType? dtype=None, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  OptionalIntList<kMaxRank> dim;
  bool keepdim = false;
  OptionalInt dtype;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("keepdim", op.keepdim);
    visit("dtype", op.dtype);
    visit("out", op.out);
  }
};

/// The sum in double divided by the count, rounded once. float32.
template <class D>
struct AtenMean {
  static constexpr char kName[] = "aten::mean";
  static constexpr char kAten[] = "aten.mean.dim";
  static constexpr char kSchema[] =
      "aten::mean.out(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None, "
      "Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  OptionalIntList<kMaxRank> dim;
  bool keepdim = false;
  OptionalInt dtype;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("keepdim", op.keepdim);
    visit("dtype", op.dtype);
    visit("out", op.out);
  }
};

/// Squared distances from the mean, in double, divided by max(count - correction, 0); a correction
/// that is not given is 1. float32.
template <class D>
struct AtenVar {
  static constexpr char kName[] = "aten::var";
  static constexpr char kOverload[] = "correction_out";
  static constexpr char kAten[] = "aten.var.correction";
  static constexpr char kSchema[] =
      "aten::var.correction_out(Tensor self, int[1]? dim=None, *, Scalar? correction=None, "
      "bool keepdim=False, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  OptionalIntList<kMaxRank> dim;
  OptionalScalar correction;
  bool keepdim = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("correction", op.correction);
    visit("keepdim", op.keepdim);
    visit("out", op.out);
  }
};

/// The largest element; NaN wins. Any plain type, which out has too.
template <class D>
struct AtenAmax {
  static constexpr char kName[] = "aten::amax";
  static constexpr char kAten[] = "aten.amax.default";
  static constexpr char kSchema[] =
      "aten::amax.out(Tensor self, int[1] dim=[], bool keepdim=False, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  IntList<kMaxRank> dim;
  bool keepdim = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("keepdim", op.keepdim);
    visit("out", op.out);
  }
};

/// The smallest; the rest as AtenAmax.
template <class D>
struct AtenAmin {
  static constexpr char kName[] = "aten::amin";
  static constexpr char kAten[] = "aten.amin.default";
  static constexpr char kSchema[] =
      "aten::amin.out(Tensor self, int[1] dim=[], bool keepdim=False, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  IntList<kMaxRank> dim;
  bool keepdim = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("keepdim", op.keepdim);
    visit("out", op.out);
  }
};

/// Whether any element is not 0. out: bool.
template <class D>
struct AtenAny {
  static constexpr char kName[] = "aten::any";
  static constexpr char kOverload[] = "dims_out";
  static constexpr char kAten[] = "aten.any.dims";
  static constexpr char kSchema[] =
      "aten::any.dims_out(Tensor self, int[]? dim=None, bool keepdim=False, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  OptionalIntList<kMaxRank> dim;
  bool keepdim = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("keepdim", op.keepdim);
    visit("out", op.out);
  }
};

/// The place of the largest element along one dimension, or in all of self; of equals the first, NaN
/// wins. self: any plain type; out: int64.
template <class D>
struct AtenArgmax {
  static constexpr char kName[] = "aten::argmax";
  static constexpr char kAten[] = "aten.argmax.default";
  static constexpr char kSchema[] =
      "aten::argmax.out(Tensor self, int? dim=None, bool keepdim=False, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  OptionalInt dim;
  bool keepdim = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("keepdim", op.keepdim);
    visit("out", op.out);
  }
};

/// Of the smallest; the rest as AtenArgmax.
template <class D>
struct AtenArgmin {
  static constexpr char kName[] = "aten::argmin";
  static constexpr char kAten[] = "aten.argmin.default";
  static constexpr char kSchema[] =
      "aten::argmin.out(Tensor self, int? dim=None, bool keepdim=False, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  OptionalInt dim;
  bool keepdim = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("keepdim", op.keepdim);
    visit("out", op.out);
  }
};

/// Running sums along a dimension: of floats in double, each rounded once; of integers in int64.
/// out: the sizes of self, float32 where self is and int64 otherwise.
template <class D>
struct AtenCumsum {
  static constexpr char kName[] = "aten::cumsum";
  static constexpr char kAten[] = "aten.cumsum.default";
  static constexpr char kSchema[] =
      "aten::cumsum.out(Tensor self, int dim, *, ScalarType? dtype=None, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  int32_t dim = 0;
  OptionalInt dtype;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("dtype", op.dtype);
    visit("out", op.out);
  }
};

#define CORTICO_DECLARE(Struct)                          \
  CORTICO_AT_LOAD Error Check(const Struct<Device>& op); \
  void Run(const Struct<Device>& op);
CORTICO_DECLARE(AtenSum)
CORTICO_DECLARE(AtenMean)
CORTICO_DECLARE(AtenVar)
CORTICO_DECLARE(AtenAmax)
CORTICO_DECLARE(AtenAmin)
CORTICO_DECLARE(AtenAny)
CORTICO_DECLARE(AtenArgmax)
CORTICO_DECLARE(AtenArgmin)
CORTICO_DECLARE(AtenCumsum)
#undef CORTICO_DECLARE

}  // namespace cortico::ops

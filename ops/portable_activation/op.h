// aten::clamp, aten::elu …: functions of one element with parameters, under ExecuTorch's portable
// names.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// In all of them self and out are float32 with the same sizes, in the logical order; out may be
/// self's memory.

/// out = min(max(self, min), max); a bound may be absent, and where they cross max holds.
template <class D>
struct AtenClamp {
  static constexpr char kName[] = "aten::clamp";
  static constexpr char kAten[] = "aten.clamp.default";
  static constexpr char kSchema[] =
      "aten::clamp.out(Tensor self, Scalar? min=None, Scalar? max=None, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  OptionalScalar min, max;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("min", op.min);
    visit("max", op.max);
    visit("out", op.out);
  }
};

/// out = self held within [min_val, max_val].
template <class D>
struct AtenHardtanh {
  static constexpr char kName[] = "aten::hardtanh";
  static constexpr char kAten[] = "aten.hardtanh.default";
  static constexpr char kSchema[] =
      "aten::hardtanh.out(Tensor self, Scalar min_val=-1, Scalar max_val=1, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  Scalar min_val = {-1.0f}, max_val = {1.0f};
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("min_val", op.min_val);
    visit("max_val", op.max_val);
    visit("out", op.out);
  }
};

/// out = self > 0 ? self : self * negative_slope.
template <class D>
struct AtenLeakyRelu {
  static constexpr char kName[] = "aten::leaky_relu";
  static constexpr char kAten[] = "aten.leaky_relu.default";
  static constexpr char kSchema[] =
      "aten::leaky_relu.out(Tensor self, Scalar negative_slope=0.01, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  Scalar negative_slope = {0.01f};
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("negative_slope", op.negative_slope);
    visit("out", op.out);
  }
};

/// out = self > 0 ? self * scale : expm1(self * input_scale) * alpha * scale.
template <class D>
struct AtenElu {
  static constexpr char kName[] = "aten::elu";
  static constexpr char kAten[] = "aten.elu.default";
  static constexpr char kSchema[] =
      "aten::elu.out(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1, *, "
      "Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  Scalar alpha = {1.0f}, scale = {1.0f}, input_scale = {1.0f};
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("alpha", op.alpha);
    visit("scale", op.scale);
    visit("input_scale", op.input_scale);
    visit("out", op.out);
  }
};

/// out = self / 2 * (1 + erf(self / sqrt(2))) for "none", or for "tanh"
/// self / 2 * (1 + tanh(sqrt(2 / pi) * (self + 0.044715 * self^3))).
template <class D>
struct AtenGelu {
  static constexpr char kName[] = "aten::gelu";
  static constexpr char kAten[] = "aten.gelu.default";
  static constexpr char kSchema[] =
      "aten::gelu.out(Tensor self, *, str approximate=\"none\", Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  Text approximate = {"none"};
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("approximate", op.approximate);
    visit("out", op.out);
  }
};

#define CORTICO_DECLARE(Struct)                          \
  CORTICO_AT_LOAD Error Check(const Struct<Device>& op); \
  void Run(const Struct<Device>& op);
CORTICO_DECLARE(AtenClamp)
CORTICO_DECLARE(AtenHardtanh)
CORTICO_DECLARE(AtenLeakyRelu)
CORTICO_DECLARE(AtenElu)
CORTICO_DECLARE(AtenGelu)
#undef CORTICO_DECLARE

}  // namespace cortico::ops

// aten::native_layer_norm, aten::native_group_norm, aten::_softmax, aten::_log_softmax: float
// normalizations, under ExecuTorch's portable names.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out0 = (input - mean) / sqrt(variance + eps) * weight + bias over the last dimensions, which
/// normalized_shape repeats; statistics in double. out1 and out2 hold the mean and
/// 1 / sqrt(variance + eps), with 1 for these dimensions. weight, bias: of normalized_shape, or
/// none. float32, in the logical order.
template <class D>
struct AtenLayerNorm {
  static constexpr char kName[] = "aten::native_layer_norm";
  static constexpr char kAten[] = "aten.native_layer_norm.default";
  static constexpr char kSchema[] =
      "aten::native_layer_norm.out(Tensor input, SymInt[] normalized_shape, Tensor? weight, "
      "Tensor? bias, float eps, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) "
      "-> (Tensor(a!), Tensor(b!), Tensor(c!))";

  In<D> input;
  IntList<kMaxRank> normalized_shape;
  OptionalIn<D> weight, bias;
  float eps = 1e-5f;
  Out<D> out0, out1, out2;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("normalized_shape", op.normalized_shape);
    visit("weight", op.weight);
    visit("bias", op.bias);
    visit("eps", op.eps);
    visit("out0", op.out0);
    visit("out1", op.out1);
    visit("out2", op.out2);
  }
};

/// The same over each of `group` runs of channels of [N, C, …]; weight and bias: one for each
/// channel, or none. N, C and HxW repeat the input's sizes. out1, out2: [N, group].
template <class D>
struct AtenGroupNorm {
  static constexpr char kName[] = "aten::native_group_norm";
  static constexpr char kAten[] = "aten.native_group_norm.default";
  static constexpr char kSchema[] =
      "aten::native_group_norm.out(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, "
      "SymInt HxW, int group, float eps, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) "
      "-> (Tensor(a!), Tensor(b!), Tensor(c!))";

  In<D> input;
  OptionalIn<D> weight, bias;
  int32_t N = 0, C = 0, HxW = 0, group = 1;
  float eps = 1e-5f;
  Out<D> out0, out1, out2;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("weight", op.weight);
    visit("bias", op.bias);
    visit("N", op.N);
    visit("C", op.C);
    visit("HxW", op.HxW);
    visit("group", op.group);
    visit("eps", op.eps);
    visit("out0", op.out0);
    visit("out1", op.out1);
    visit("out2", op.out2);
  }
};

/// out = exp(self - largest) / sum along `dim`. half_to_float is false. float32, in the logical
/// order; out may be self's memory.
template <class D>
struct AtenSoftmax {
  static constexpr char kName[] = "aten::_softmax";
  static constexpr char kAten[] = "aten._softmax.default";
  static constexpr char kSchema[] =
      "aten::_softmax.out(Tensor self, int dim, bool half_to_float, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  int32_t dim = -1;
  bool half_to_float = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("half_to_float", op.half_to_float);
    visit("out", op.out);
  }
};

/// out = self - largest - log(sum of exp(self - largest)); the rest as AtenSoftmax.
template <class D>
struct AtenLogSoftmax {
  static constexpr char kName[] = "aten::_log_softmax";
  static constexpr char kAten[] = "aten._log_softmax.default";
  static constexpr char kSchema[] =
      "aten::_log_softmax.out(Tensor self, int dim, bool half_to_float, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  int32_t dim = -1;
  bool half_to_float = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("dim", op.dim);
    visit("half_to_float", op.half_to_float);
    visit("out", op.out);
  }
};

#define CORTICO_DECLARE(Struct)                          \
  CORTICO_AT_LOAD Error Check(const Struct<Device>& op); \
  void Run(const Struct<Device>& op);
CORTICO_DECLARE(AtenLayerNorm)
CORTICO_DECLARE(AtenGroupNorm)
CORTICO_DECLARE(AtenSoftmax)
CORTICO_DECLARE(AtenLogSoftmax)
#undef CORTICO_DECLARE

}  // namespace cortico::ops

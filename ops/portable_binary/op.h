// aten::add, aten::mul, aten::gt …: functions of two elements, broadcast as in PyTorch, under
// ExecuTorch's portable names; aten::pow and aten::where.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = f(self, other), each repeated to the sizes of out; f is the formula in binary.inc.
/// self, other: plain types. Computed in float where one of them is float32, otherwise in int64.
/// out: float32; an integer type where neither operand is a float; bool for comparisons. In the
/// logical order. out may be the memory of an operand of its sizes and element size.
template <class D>
struct BinaryFields {
  In<D> self, other;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("other", op.other);
    visit("out", op.out);
  }
};

/// The same with a factor for `other`.
template <class D>
struct ScaledFields {
  In<D> self, other;
  Scalar alpha = {1.0f};
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("other", op.other);
    visit("alpha", op.alpha);
    visit("out", op.out);
  }
};

#define CORTICO_BINARY(Struct, FieldsOf, name, aten, overload, arguments)               \
  template <class D>                                                                    \
  struct Struct : FieldsOf<D> {                                                         \
    static constexpr char kName[] = "aten::" name;                                      \
    static constexpr char kOverload[] = overload;                                       \
    static constexpr char kAten[] = "aten." name "." aten;                              \
    static constexpr char kSchema[] = "aten::" name "." overload                        \
                                      "(Tensor self, Tensor other, *, " arguments       \
                                      "Tensor(a!) out) -> Tensor(a!)";                  \
  };                                                                                    \
  CORTICO_AT_LOAD Error Check(const Struct<Device>& op);                                \
  void Run(const Struct<Device>& op);
#define CORTICO_SCALED(Struct, name, f, i) \
  CORTICO_BINARY(Struct, ScaledFields, name, "Tensor", "out", "Scalar alpha=1, ")
#define CORTICO_ARITHMETIC(Struct, name, aten, f, i) \
  CORTICO_BINARY(Struct, BinaryFields, name, aten, "out", "")
#define CORTICO_REAL(Struct, name, aten, f) \
  CORTICO_BINARY(Struct, BinaryFields, name, aten, "out", "")
#define CORTICO_COMPARISON(Struct, name, aten, overload, f) \
  CORTICO_BINARY(Struct, BinaryFields, name, aten, overload, "")
#include "ops/portable_binary/binary.inc"
#undef CORTICO_SCALED
#undef CORTICO_ARITHMETIC
#undef CORTICO_REAL
#undef CORTICO_COMPARISON
#undef CORTICO_BINARY

/// out = self to the power of exponent, in float; a square is a product. Types as above; out is
/// float32.
template <class D>
struct AtenPow {
  static constexpr char kName[] = "aten::pow";
  static constexpr char kOverload[] = "Tensor_Tensor_out";
  static constexpr char kAten[] = "aten.pow.Tensor_Tensor";
  static constexpr char kSchema[] =
      "aten::pow.Tensor_Tensor_out(Tensor self, Tensor exponent, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> self, exponent;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("exponent", op.exponent);
    visit("out", op.out);
  }
};

/// out = condition ? self : other, all three repeated to the sizes of out. condition: bool. self,
/// other: plain types; out: float32 where one of them is, otherwise theirs.
template <class D>
struct AtenWhere {
  static constexpr char kName[] = "aten::where";
  static constexpr char kOverload[] = "self_out";
  static constexpr char kAten[] = "aten.where.self";
  static constexpr char kSchema[] =
      "aten::where.self_out(Tensor condition, Tensor self, Tensor other, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> condition, self, other;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("condition", op.condition);
    visit("self", op.self);
    visit("other", op.other);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const AtenPow<Device>& op);
void Run(const AtenPow<Device>& op);
CORTICO_AT_LOAD Error Check(const AtenWhere<Device>& op);
void Run(const AtenWhere<Device>& op);

}  // namespace cortico::ops

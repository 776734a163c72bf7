// aten::exp, aten::sqrt … : functions of one element, under ExecuTorch's portable names.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = f(self), element by element; f is the formula in unary.inc.
/// self: any plain type, out: float32; integers are computed as floats. A number function keeps an
/// integer type: then self and out have it both. A predicate's out is bool. The same sizes, in the
/// logical order. out may be self's memory.
template <class D>
struct UnaryFields {
  In<D> self;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("out", op.out);
  }
};

#define CORTICO_UNARY(Struct, name)                                          \
  template <class D>                                                         \
  struct Struct : UnaryFields<D> {                                           \
    static constexpr char kName[] = "aten::" name;                           \
    static constexpr char kAten[] = "aten." name ".default";                 \
    static constexpr char kSchema[] =                                        \
        "aten::" name ".out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)"; \
  };                                                                         \
  CORTICO_AT_LOAD Error Check(const Struct<Device>& op);                     \
  void Run(const Struct<Device>& op);
#define CORTICO_FUNCTION(Struct, name, x) CORTICO_UNARY(Struct, name)
#define CORTICO_NUMBER_FUNCTION(Struct, name, x, n) CORTICO_UNARY(Struct, name)
#define CORTICO_PREDICATE(Struct, name, x, n) CORTICO_UNARY(Struct, name)
#include "ops/portable_unary/unary.inc"
#undef CORTICO_FUNCTION
#undef CORTICO_NUMBER_FUNCTION
#undef CORTICO_PREDICATE
#undef CORTICO_UNARY

/// out = self in out's element type: an integer from a float is cut off towards zero, a mask says
/// whether it is not 0. memory_format is not read.
template <class D>
struct AtenToCopy {
  static constexpr char kName[] = "aten::_to_copy";
  static constexpr char kAten[] = "aten._to_copy.default";
  static constexpr char kSchema[] =
      "aten::_to_copy.out(Tensor self, *, bool non_blocking=False, "
      "MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  bool non_blocking = false;
  OptionalInt memory_format;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("non_blocking", op.non_blocking);
    visit("memory_format", op.memory_format);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const AtenToCopy<Device>& op);
void Run(const AtenToCopy<Device>& op);

}  // namespace cortico::ops

// cortex_m::quantized_activation: any function of one int8 element, as a table.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = lut[input + 128]
/// input, out: int8, the same sizes and order in memory; out may be input. lut: int8, 256 elements.
/// The compiler evaluates the float function at every input value: the result is the nearest one
/// there is.
template <class D>
struct QuantizedActivation {
  static constexpr char kName[] = "cortex_m::quantized_activation";

  In<D> input;
  Constant<D> lut;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("lut", op.lut);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const QuantizedActivation<Device>& op);
void Run(const QuantizedActivation<Device>& op);

}  // namespace cortico::ops

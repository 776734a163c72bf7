// cortex_m::quantized_div: int8 quotient of two tensors, in float.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = clamp(round(a / b * output_scale) + output_zero_point) to [-128, 127]
/// a = self - self_zero_point, b = other - other_zero_point; 0 where b is 0; halves to even.
/// output_scale: scale of self / (scale of other * scale of out), in [2^-20, 2^20].
/// self, other, out: int8, the same order in memory and the same sizes, or one of self and other
/// with one element per channel of NHWC images, [1, C, 1, 1]. out may be self or other, if these
/// have its size. zero points: int8 range.
template <class D>
struct QuantizedDiv {
  static constexpr char kName[] = "cortex_m::quantized_div";

  In<D> self;
  int32_t self_zero_point = 0;
  In<D> other;
  int32_t other_zero_point = 0;
  int32_t output_zero_point = 0;
  float output_scale = 1.0f;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("self_zero_point", op.self_zero_point);
    visit("other", op.other);
    visit("other_zero_point", op.other_zero_point);
    visit("output_zero_point", op.output_zero_point);
    visit("output_scale", op.output_scale);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const QuantizedDiv<Device>& op);
void Run(const QuantizedDiv<Device>& op);

}  // namespace cortico::ops

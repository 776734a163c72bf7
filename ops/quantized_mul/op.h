// cortex_m::quantized_mul: int8 product of two tensors, each with its own scale.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = clamp((self - self_zero_point) * (other - other_zero_point) * m + output_zero_point)
/// to [-128, 127], m = output_multiplier * 2^(output_shift - 31) with TensorFlow Lite's double
/// rounding.
/// self, other, out: int8, the same order in memory and the same sizes. One of self and other may
/// be smaller: when the others are NHWC in memory and it has one element per channel,
/// [1, C, 1, 1], it is used for every pixel. Either may be a constant. out may be self or other,
/// if these have its size.
/// zero points: int8 range. output_multiplier: not -2^31. output_shift: [-31, 14], so that no
/// product is shifted out of 32 bits.
template <class D>
struct QuantizedMul {
  static constexpr char kName[] = "cortex_m::quantized_mul";

  In<D> self;
  int32_t self_zero_point = 0;
  In<D> other;
  int32_t other_zero_point = 0;
  int32_t output_zero_point = 0, output_multiplier = 0, output_shift = 0;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("self_zero_point", op.self_zero_point);
    visit("other", op.other);
    visit("other_zero_point", op.other_zero_point);
    visit("output_zero_point", op.output_zero_point);
    visit("output_multiplier", op.output_multiplier);
    visit("output_shift", op.output_shift);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const QuantizedMul<Device>& op);
void Run(const QuantizedMul<Device>& op);

}  // namespace cortico::ops

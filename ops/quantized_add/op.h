// cortex_m::quantized_add: int8 sum of two tensors, each with its own scale.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = clamp(requantize_output(requantize_self((self - self_zero_point) * 2^20) +
///                               requantize_other((other - other_zero_point) * 2^20))
///             + output_zero_point, activation_min, activation_max)
/// requantize_x(a) = a * multiplier * 2^(shift - 31) with TensorFlow Lite's double rounding.
/// self, other, out: int8, the same order in memory and the same sizes. One of self and other may
/// be smaller: when the others are NHWC in memory and it has one element per channel,
/// [1, C, 1, 1], it is used for every pixel. Either may be a constant. out may be self or other,
/// if these have its size.
/// zero points: int8 range. multipliers: [0, 2^31). shifts: self and other [-31, 0], out [-31, 30].
template <class D>
struct QuantizedAdd {
  static constexpr char kName[] = "cortex_m::quantized_add";

  In<D> self;
  int32_t self_zero_point = 0, self_multiplier = 0, self_shift = 0;
  In<D> other;
  int32_t other_zero_point = 0, other_multiplier = 0, other_shift = 0;
  int32_t output_zero_point = 0, output_multiplier = 0, output_shift = 0;
  int32_t activation_min = -128, activation_max = 127;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("self_zero_point", op.self_zero_point);
    visit("self_multiplier", op.self_multiplier);
    visit("self_shift", op.self_shift);
    visit("other", op.other);
    visit("other_zero_point", op.other_zero_point);
    visit("other_multiplier", op.other_multiplier);
    visit("other_shift", op.other_shift);
    visit("output_zero_point", op.output_zero_point);
    visit("output_multiplier", op.output_multiplier);
    visit("output_shift", op.output_shift);
    visit("activation_min", op.activation_min);
    visit("activation_max", op.activation_max);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const QuantizedAdd<Device>& op);
void Run(const QuantizedAdd<Device>& op);

}  // namespace cortico::ops

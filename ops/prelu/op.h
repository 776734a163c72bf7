// cortico::prelu: int8 parametric ReLU, a slope for each channel.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// x = input - input_zero_point;
/// out = clamp(requantize(x) + output_zero_point) to [-128, 127], with the factor
///   positive_multiplier * 2^(positive_shift - 31)     for x >= 0
///   multipliers[c] * 2^(shifts[c] - 31)               for x < 0, of the element's channel c
/// and TensorFlow Lite's double rounding. A slope below 0 has a negative multiplier.
/// input, out: int8, equal sizes, rank 2 or more, channels in dimension 1; both in the logical order
/// or both NHWC. multipliers, shifts: int32, one per channel. Shifts are in [-31, 22].
template <class D>
struct Prelu {
  static constexpr char kName[] = "cortico::prelu";

  In<D> input;
  Constant<D> multipliers, shifts;
  int32_t input_zero_point = 0, output_zero_point = 0;
  int32_t positive_multiplier = 0, positive_shift = 0;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("multipliers", op.multipliers);
    visit("shifts", op.shifts);
    visit("input_zero_point", op.input_zero_point);
    visit("output_zero_point", op.output_zero_point);
    visit("positive_multiplier", op.positive_multiplier);
    visit("positive_shift", op.positive_shift);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const Prelu<Device>& op);
void Run(const Prelu<Device>& op);

}  // namespace cortico::ops

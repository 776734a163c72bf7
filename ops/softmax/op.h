// cortex_m::softmax: along the last dimension, in fixed point.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = 256 * e(x - max) / sum of e - 128, e(d) = exp(d * beta) for d >= diff_min, else 0
/// beta = input_multiplier * 2^(input_shift - 31) / 2^26: the input's scale.
/// input, out: int8, logical order in memory, the same sizes, at most 4095 elements along the last
/// dimension; out may be input. dim: the last one, or counted from the end. output_zero_point:
/// -128 (the output's scale is 1/256). input_shift in [0, 30], input_multiplier >= 0,
/// diff_min * 2^input_shift > -2^31.
/// Source: TensorFlow Lite's int8 softmax (gemmlowp's fixed-point exponential).
template <class D>
struct Softmax {
  static constexpr char kName[] = "cortex_m::softmax";

  In<D> input;
  int32_t dim = -1;
  int32_t input_zero_point = 0, output_zero_point = -128;
  int32_t input_multiplier = 0, input_shift = 0, diff_min = 0;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("dim", op.dim);
    visit("input_zero_point", op.input_zero_point);
    visit("output_zero_point", op.output_zero_point);
    visit("input_multiplier", op.input_multiplier);
    visit("input_shift", op.input_shift);
    visit("diff_min", op.diff_min);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const Softmax<Device>& op);
void Run(const Softmax<Device>& op);

}  // namespace cortico::ops

// cortico::layer_norm: int8 normalization of rows, in integers.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// For each run x of `row` elements (N of them; input's zero point cancels out):
///   d[i] = N * x[i] - sum(x)
///   v    = N * sum(x²) - sum(x)² + floor(epsilon_multiplier * 2^(epsilon_shift - 31))
///   n[i] = d[i] / sqrt(v), in units of 2^-20: with v * 4^k in [2^60, 2^62), r = floor(sqrt(v * 4^k))
///          and q = min(floor(2^61 / r), 2^31 - 1), it is floor(d[i] * q / 2^(41 - k) + 1/2); 0 when v is 0
///   out[i] = clamp(output_zero_point
///                  + floor((n[i] * weight[i] / 2^20 + bias[i]) / 2^bits + 1/2)) to [-128, 127]
/// v is N² / scale² times variance + eps, so epsilon is eps * N² / scale².
/// input, out: int8, equal sizes, logical order, a whole number of rows, N in [1, 4096].
/// weight, bias: int32, N elements or one for all, in [-2^30, 2^30], in units of 2^-bits of the
/// output's scale. epsilon_multiplier >= 0, epsilon_shift in [-31, 60]; bits in [0, 30].
template <class D>
struct LayerNorm {
  static constexpr char kName[] = "cortico::layer_norm";

  In<D> input;
  Constant<D> weight, bias;
  int32_t row = 1, epsilon_multiplier = 0, epsilon_shift = 0, bits = 0, output_zero_point = 0;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("weight", op.weight);
    visit("bias", op.bias);
    visit("row", op.row);
    visit("epsilon_multiplier", op.epsilon_multiplier);
    visit("epsilon_shift", op.epsilon_shift);
    visit("bits", op.bits);
    visit("output_zero_point", op.output_zero_point);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const LayerNorm<Device>& op);
void Run(const LayerNorm<Device>& op);

}  // namespace cortico::ops

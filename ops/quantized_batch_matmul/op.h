// cortex_m::quantized_batch_matmul: int8 matrix products of two computed tensors.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out[b, r, c] = clamp(m * sum over i of (lhs[b, r, i] + lhs_zero_point) *
///                      (rhs_transposed[b, c, i] + rhs_zero_point) + output_zero_point)
/// to [-128, 127]; m = output_multiplier * 2^(output_shift - 31) with TensorFlow Lite's double
/// rounding. The zero points of the inputs are negated, as Arm's offsets are.
/// lhs [B, rows, depth], rhs_transposed [B, columns, depth] (may be a constant), out [B, rows,
/// columns]: int8, logical order in memory. depth: at most 33,000. Input offsets: [-127, 128].
/// scratch: what arm_fully_connected_s8_get_buffer_size asks for, for `columns` outputs.
template <class D>
struct QuantizedBatchMatmul {
  static constexpr char kName[] = "cortex_m::quantized_batch_matmul";

  In<D> lhs;
  int32_t lhs_zero_point = 0;
  In<D> rhs_transposed;
  int32_t rhs_zero_point = 0;
  int32_t output_zero_point = 0, output_multiplier = 0, output_shift = 0;
  Scratch<D> scratch;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("lhs", op.lhs);
    visit("lhs_zero_point", op.lhs_zero_point);
    visit("rhs_transposed", op.rhs_transposed);
    visit("rhs_zero_point", op.rhs_zero_point);
    visit("output_zero_point", op.output_zero_point);
    visit("output_multiplier", op.output_multiplier);
    visit("output_shift", op.output_shift);
    visit("scratch", op.scratch);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const QuantizedBatchMatmul<Device>& op);
void Run(const QuantizedBatchMatmul<Device>& op);

}  // namespace cortico::ops

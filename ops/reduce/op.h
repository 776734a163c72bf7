// cortico::quantized_sum, cortico::amax, cortico::amin: int8 reductions over any dimensions.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = clamp(m * sum over `dims` of (input - input_zero_point) + output_zero_point) to
/// [-128, 127], m = output_multiplier * 2^(output_shift - 31) with TensorFlow Lite's double
/// rounding. A mean is a sum whose factor has the count in it.
/// input, out: int8. dims: nonnegative, each once. out has the sizes of input with 1 for `dims`,
/// in input's order in memory; or without them, both in the logical order. At most 2^22 elements in
/// a sum, 2^(22 - output_shift) when that is positive. output_multiplier >= 0, output_shift in
/// [-31, 22].
template <class D>
struct QuantizedSum {
  static constexpr char kName[] = "cortico::quantized_sum";

  In<D> input;
  IntList<kMaxRank> dims;
  int32_t input_zero_point = 0;
  int32_t output_zero_point = 0, output_multiplier = 0, output_shift = 0;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("dims", op.dims);
    visit("input_zero_point", op.input_zero_point);
    visit("output_zero_point", op.output_zero_point);
    visit("output_multiplier", op.output_multiplier);
    visit("output_shift", op.output_shift);
    visit("out", op.out);
  }
};

/// out = the largest element over `dims`; input and out have the same scale and zero point. Sizes
/// and dims as QuantizedSum.
template <class D>
struct Amax {
  static constexpr char kName[] = "cortico::amax";

  In<D> input;
  IntList<kMaxRank> dims;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("dims", op.dims);
    visit("out", op.out);
  }
};

/// out = the smallest element over `dims`; the rest as Amax.
template <class D>
struct Amin {
  static constexpr char kName[] = "cortico::amin";

  In<D> input;
  IntList<kMaxRank> dims;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("dims", op.dims);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const QuantizedSum<Device>& op);
void Run(const QuantizedSum<Device>& op);
CORTICO_AT_LOAD Error Check(const Amax<Device>& op);
void Run(const Amax<Device>& op);
CORTICO_AT_LOAD Error Check(const Amin<Device>& op);
void Run(const Amin<Device>& op);

}  // namespace cortico::ops

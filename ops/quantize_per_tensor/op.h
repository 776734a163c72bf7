// cortex_m::quantize_per_tensor: float to integers of one scale and zero point.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = clamp(round(input * inverse) + zero_point, quant_min, quant_max), inverse = 1 / scale
/// rounded to float, round = to nearest, halves to even. A NaN becomes the zero point, an infinity
/// the end of the range on its side.
/// input: float32. out: int8 or int16 as `dtype` says, the sizes and the order in memory of input.
/// scale: normal, positive, finite, and so is its inverse. quant_min <= quant_max and zero_point,
/// all within the range of dtype.
/// The same bits on every core: no fused multiply-add, no rounding mode, no libm.
template <class D>
struct QuantizePerTensor {
  static constexpr char kName[] = "cortex_m::quantize_per_tensor";

  In<D> input;
  float scale = 1.0f;
  int32_t zero_point = 0, quant_min = -128, quant_max = 127;
  DType dtype = DType::kInt8;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("scale", op.scale);
    visit("zero_point", op.zero_point);
    visit("quant_min", op.quant_min);
    visit("quant_max", op.quant_max);
    visit("dtype", op.dtype);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const QuantizePerTensor<Device>& op);
void Run(const QuantizePerTensor<Device>& op);

}  // namespace cortico::ops

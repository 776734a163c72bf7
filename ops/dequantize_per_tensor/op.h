// cortex_m::dequantize_per_tensor: integers of one scale and zero point to float.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = (input - zero_point) * scale: exact difference, one rounding.
/// input: int8 or int16 as `dtype` says. out: float32, the sizes and the order in memory of input.
/// scale: positive and finite. zero_point: within the range of dtype. quant_min, quant_max: not
/// read; they say what input was clamped to.
template <class D>
struct DequantizePerTensor {
  static constexpr char kName[] = "cortex_m::dequantize_per_tensor";

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

CORTICO_AT_LOAD Error Check(const DequantizePerTensor<Device>& op);
void Run(const DequantizePerTensor<Device>& op);

}  // namespace cortico::ops

// cortex_m::quantized_max_pool2d: int8 maximum over windows.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out[n,c,y,x] = clamp(max of input[n, c, y*stride_h - padding_h + i, x*stride_w - padding_w + j]
/// over those i < kernel_h, j < kernel_w that lie in the image, activation_min, activation_max).
/// input, out: int8, rank 4, logical NCHW, memory NHWC. dilation: 1, 1. The two zero points are
/// equal. out's sizes are those of floor or ceil rounding, by ceil_mode.
template <class D>
struct QuantizedMaxPool2d {
  static constexpr char kName[] = "cortex_m::quantized_max_pool2d";

  In<D> input;
  Ints<2> kernel_size, stride, padding, dilation;
  bool ceil_mode = false;
  int32_t input_zero_point = 0, output_zero_point = 0;
  int32_t activation_min = -128, activation_max = 127;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("kernel_size", op.kernel_size);
    visit("stride", op.stride);
    visit("padding", op.padding);
    visit("dilation", op.dilation);
    visit("ceil_mode", op.ceil_mode);
    visit("input_zero_point", op.input_zero_point);
    visit("output_zero_point", op.output_zero_point);
    visit("activation_min", op.activation_min);
    visit("activation_max", op.activation_max);
    visit("out", op.out);
  }
};

/// The same with N H W C sizes in their own order (ops/nhwc.h).
template <class D>
struct QuantizedMaxPool2dNhwc : QuantizedMaxPool2d<D> {
  static constexpr char kName[] = "cortex_m::quantized_max_pool2d_nhwc";
};

CORTICO_AT_LOAD Error Check(const QuantizedMaxPool2d<Device>& op);
void Run(const QuantizedMaxPool2d<Device>& op);
CORTICO_AT_LOAD Error Check(const QuantizedMaxPool2dNhwc<Device>& op);
void Run(const QuantizedMaxPool2dNhwc<Device>& op);

}  // namespace cortico::ops

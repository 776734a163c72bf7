// cortex_m::quantized_avg_pool2d: int8 mean over windows.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out[n,c,y,x] = mean of input[n, c, y*stride_h - padding_h + i, x*stride_w - padding_w + j] over
/// those i < kernel_h, j < kernel_w that lie in the image, rounded to nearest, halves away from
/// zero. What lies outside is not counted; every window holds at least one pixel.
/// input, out: int8, rank 4, logical NCHW, memory NHWC, of one scale and zero point. out's sizes
/// are those of floor or ceil rounding, by ceil_mode. zero_point, multiplier, shift: not read, the
/// mean does not depend on them.
/// scratch: what arm_avgpool_s8_get_buffer_size asks for.
template <class D>
struct QuantizedAvgPool2d {
  static constexpr char kName[] = "cortex_m::quantized_avg_pool2d";

  In<D> input;
  Ints<2> kernel_size, stride, padding;
  bool ceil_mode = false;
  int32_t zero_point = 0, multiplier = 0, shift = 0;
  Scratch<D> scratch;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("kernel_size", op.kernel_size);
    visit("stride", op.stride);
    visit("padding", op.padding);
    visit("ceil_mode", op.ceil_mode);
    visit("zero_point", op.zero_point);
    visit("multiplier", op.multiplier);
    visit("shift", op.shift);
    visit("scratch", op.scratch);
    visit("out", op.out);
  }
};

/// The same with N H W C sizes in their own order (ops/nhwc.h).
template <class D>
struct QuantizedAvgPool2dNhwc : QuantizedAvgPool2d<D> {
  static constexpr char kName[] = "cortex_m::quantized_avg_pool2d_nhwc";
};

CORTICO_AT_LOAD Error Check(const QuantizedAvgPool2d<Device>& op);
void Run(const QuantizedAvgPool2d<Device>& op);
CORTICO_AT_LOAD Error Check(const QuantizedAvgPool2dNhwc<Device>& op);
void Run(const QuantizedAvgPool2dNhwc<Device>& op);

}  // namespace cortico::ops

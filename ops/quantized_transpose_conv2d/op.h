// cortex_m::quantized_transpose_conv2d: int8 transposed convolution.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// Input pixel (y, x) adds (input + input_offset) * weight[o, ky, kx, :] to pixel
/// (y * stride - padding + ky, …) of map o; then
/// out = clamp(requantize_o(sum + bias_o) + output_offset, activation_min, activation_max).
/// input [N, C, H, W], out [N, O, OH, OW]: int8, NHWC in memory. weight [O, KH, KW, C], constant.
/// OH = (H - 1) * stride - 2 * padding + KH + output_padding; output_padding in [0, stride).
/// dilation: 1 (the compiler widens the filter instead). bias: one int32 per map, or none;
/// multipliers and shifts: one per map. scratch, output_scratch: what
/// arm_transpose_conv_s8_get_buffer_size and ..._get_reverse_conv_buffer_size ask for.
template <class D>
struct QuantizedTransposeConv2d {
  static constexpr char kName[] = "cortex_m::quantized_transpose_conv2d";

  In<D> input;
  Constant<D> weight;
  OptionalConstant<D> bias;
  Ints<2> stride, padding, output_padding, dilation;
  int32_t input_offset = 0, output_offset = 0;
  Constant<D> requantize_multipliers, requantize_shifts;
  int32_t activation_min = -128, activation_max = 127;
  Scratch<D> scratch, output_scratch;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("weight", op.weight);
    visit("bias", op.bias);
    visit("stride", op.stride);
    visit("padding", op.padding);
    visit("output_padding", op.output_padding);
    visit("dilation", op.dilation);
    visit("input_offset", op.input_offset);
    visit("output_offset", op.output_offset);
    visit("requantize_multipliers", op.requantize_multipliers);
    visit("requantize_shifts", op.requantize_shifts);
    visit("activation_min", op.activation_min);
    visit("activation_max", op.activation_max);
    visit("scratch", op.scratch);
    visit("output_scratch", op.output_scratch);
    visit("out", op.out);
  }
};

/// The same with N H W C sizes in their own order (ops/nhwc.h).
template <class D>
struct QuantizedTransposeConv2dNhwc : QuantizedTransposeConv2d<D> {
  static constexpr char kName[] = "cortex_m::quantized_transpose_conv2d_nhwc";
};

CORTICO_AT_LOAD Error Check(const QuantizedTransposeConv2d<Device>& op);
void Run(const QuantizedTransposeConv2d<Device>& op);
CORTICO_AT_LOAD Error Check(const QuantizedTransposeConv2dNhwc<Device>& op);
void Run(const QuantizedTransposeConv2dNhwc<Device>& op);

}  // namespace cortico::ops

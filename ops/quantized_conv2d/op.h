// cortex_m::quantized_conv2d: int8 convolution with per-channel requantization.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out[n,o,y,x] = clamp(requantize_o(bias[o] + sum over c,i,j of
///     (input[n, g*Cg + c, y*stride_h - padding_h + i*dilation_h,
///            x*stride_w - padding_w + j*dilation_w] + input_offset) * weight[o,i,j,c])
///     + output_offset, activation_min, activation_max)
/// where requantize_o(a) = a * multipliers[o] * 2^(shifts[o] - 31) with TensorFlow Lite's double
/// rounding, positions outside of the image contribute nothing, Cg = C / groups, and
/// g = o / (O / groups).
/// input, out: int8, rank 4, logical NCHW, memory NHWC. weight: int8 [O, KH, KW, Cg], contiguous:
/// unlike the activations its sizes themselves are in OHWI order, as in ExecuTorch's backend.
/// bias, multipliers, shifts: int32, O elements. input_offset = -(input's zero point) in
/// [-127, 128].
/// scratch: what arm_convolve_wrapper_s8_get_buffer_size asks for.
template <class D>
struct QuantizedConv2d {
  static constexpr char kName[] = "cortex_m::quantized_conv2d";

  In<D> input;
  Constant<D> weight;
  OptionalConstant<D> bias;
  Ints<2> stride, padding, dilation;
  int32_t input_offset = 0, output_offset = 0;
  Constant<D> requantize_multipliers, requantize_shifts;
  int32_t activation_min = -128, activation_max = 127;
  Scratch<D> scratch;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("weight", op.weight);
    visit("bias", op.bias);
    visit("stride", op.stride);
    visit("padding", op.padding);
    visit("dilation", op.dilation);
    visit("input_offset", op.input_offset);
    visit("output_offset", op.output_offset);
    visit("requantize_multipliers", op.requantize_multipliers);
    visit("requantize_shifts", op.requantize_shifts);
    visit("activation_min", op.activation_min);
    visit("activation_max", op.activation_max);
    visit("scratch", op.scratch);
    visit("out", op.out);
  }
};

/// The same with N H W C sizes in their own order (ops/nhwc.h).
template <class D>
struct QuantizedConv2dNhwc : QuantizedConv2d<D> {
  static constexpr char kName[] = "cortex_m::quantized_conv2d_nhwc";
};

CORTICO_AT_LOAD Error Check(const QuantizedConv2d<Device>& op);
void Run(const QuantizedConv2d<Device>& op);
CORTICO_AT_LOAD Error Check(const QuantizedConv2dNhwc<Device>& op);
void Run(const QuantizedConv2dNhwc<Device>& op);

}  // namespace cortico::ops

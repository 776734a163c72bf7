// cortex_m::quantized_depthwise_conv2d: int8 convolution of each channel by itself.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out[n,o,y,x] = clamp(requantize_o(bias[o] + sum over i,j of
///     (input[n, o / depth_multiplier, y*stride_h - padding_h + i*dilation_h,
///            x*stride_w - padding_w + j*dilation_w] + input_offset) * weight[0,i,j,o])
///     + output_offset, activation_min, activation_max)
/// with requantize_o as in quantized_conv2d; positions outside of the image contribute nothing.
/// input, out: int8, rank 4, logical NCHW, memory NHWC; out has C * depth_multiplier channels.
/// weight: int8 [1, KH, KW, O], contiguous. bias, multipliers, shifts: int32, O elements.
/// input_offset = -(input's zero point) in [-127, 128].
/// scratch: what arm_depthwise_conv_wrapper_s8_get_buffer_size asks for.
template <class D>
struct QuantizedDepthwiseConv2d {
  static constexpr char kName[] = "cortex_m::quantized_depthwise_conv2d";

  In<D> input;
  Constant<D> weight;
  OptionalConstant<D> bias;
  Ints<2> stride, padding, dilation;
  int32_t depth_multiplier = 1;
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
    visit("depth_multiplier", op.depth_multiplier);
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
struct QuantizedDepthwiseConv2dNhwc : QuantizedDepthwiseConv2d<D> {
  static constexpr char kName[] = "cortex_m::quantized_depthwise_conv2d_nhwc";
};

CORTICO_AT_LOAD Error Check(const QuantizedDepthwiseConv2d<Device>& op);
void Run(const QuantizedDepthwiseConv2d<Device>& op);
CORTICO_AT_LOAD Error Check(const QuantizedDepthwiseConv2dNhwc<Device>& op);
void Run(const QuantizedDepthwiseConv2dNhwc<Device>& op);

}  // namespace cortico::ops

// cortex_m::quantized_linear and its per-channel twin: int8 matrix product with a constant.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out[b,o] = clamp(requantize(acc) + output_offset, activation_min, activation_max), with
///   acc = bias[o] + sum over i of (input[b,i] + input_offset) * (weights[o,i] + filter_offset)
/// or, when `kernel_sum` is there instead of a bias, what is constant in it added up beforehand:
///   acc = kernel_sum[o] + sum over i of input[b,i] * (weights[o,i] + filter_offset)
///   kernel_sum[o] = bias[o] + input_offset * sum over i of (weights[o,i] + filter_offset)
/// A program for MVE carries kernel_sum, one for DSP or scalar cores the bias; never both. Scalar
/// and DSP builds run the MVE form too; an MVE build refuses the other one (kWrongTarget).
/// requantize(a) = a * multipliers[0] * 2^(shifts[0] - 31) with TensorFlow Lite's double rounding:
/// one factor for all channels, whatever the plural says; a list of another length is refused.
/// input: int8 [..., K], contiguous. weights: int8 [O, K], contiguous. bias, kernel_sum: int32, O
/// elements. out: int8 [..., O]. input_offset = -(input's zero point) in [-127, 128];
/// filter_offset likewise of the weights.
template <class D>
struct QuantizedLinear {
  static constexpr char kName[] = "cortex_m::quantized_linear";

  In<D> input;
  Constant<D> weights;
  OptionalConstant<D> bias;
  OptionalConstant<D> kernel_sum;
  int32_t input_offset = 0, filter_offset = 0, output_offset = 0;
  Ints<1> requantize_multipliers, requantize_shifts;
  int32_t activation_max = 127, activation_min = -128;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("weights", op.weights);
    visit("bias", op.bias);
    visit("kernel_sum", op.kernel_sum);
    visit("input_offset", op.input_offset);
    visit("filter_offset", op.filter_offset);
    visit("output_offset", op.output_offset);
    visit("requantize_multipliers", op.requantize_multipliers);
    visit("requantize_shifts", op.requantize_shifts);
    visit("activation_max", op.activation_max);
    visit("activation_min", op.activation_min);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const QuantizedLinear<Device>& op);
void Run(const QuantizedLinear<Device>& op);

/// The same with a factor per output channel, symmetric weights and a bias on every family:
/// out[b,o] = clamp(requantize_o(bias[o] + sum over i of (input[b,i] + input_offset) *
///     weights[o,i]) + output_offset, activation_min, activation_max)
/// Shapes and ranges as above. requantize_multipliers, requantize_shifts: int32, O elements.
/// scratch: what arm_fully_connected_s8_get_buffer_size asks for; an MVE build keeps the sums of
/// the weights there while it runs.
template <class D>
struct LinearPerChannel {
  static constexpr char kName[] = "cortico::quantized_linear_per_channel";

  In<D> input;
  Constant<D> weights;
  OptionalConstant<D> bias;
  int32_t input_offset = 0, output_offset = 0;
  Constant<D> requantize_multipliers, requantize_shifts;
  int32_t activation_min = -128, activation_max = 127;
  Scratch<D> scratch;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("weights", op.weights);
    visit("bias", op.bias);
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

CORTICO_AT_LOAD Error Check(const LinearPerChannel<Device>& op);
void Run(const LinearPerChannel<Device>& op);

}  // namespace cortico::ops

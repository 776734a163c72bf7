// What the two convolutions answer alike. Their fields have the same names; they differ in the
// order of the weights and in the kernel that is called.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "compiler/dialect/rules.h"
#include "kernels/include/arm_nnfunctions.h"

namespace cortico::rules {

/// Stride, padding and dilation of an ATen convolution.
template <class Op>
void TakeWindow(const Node& node, Op* op) {
  const auto stride = Pair(node.IntList("stride", {1}));
  const auto padding = Pair(node.IntList("padding", {0}));
  const auto dilation = Pair(node.IntList("dilation", {1}));
  for (size_t i = 0; i < 2; ++i) {
    const int k = static_cast<int>(i);
    op->stride[k] = stride[i], op->padding[k] = padding[i], op->dilation[k] = dilation[i];
  }
}

/// Offsets, requantization and clamp of a prepared layer.
template <class Op>
void TakeArithmetic(const Node& node, const WeightedLayer& layer, Op* op) {
  op->bias.value = layer.bias;
  op->input_offset = -op->input.type().quantization->zero_point();
  op->output_offset = node.output()->type.quantization->zero_point();
  op->requantize_multipliers.value = layer.multipliers;
  op->requantize_shifts.value = layer.shifts;
  std::tie(op->activation_min, op->activation_max) = FusedBounds(node);
}

/// What is illegal about a convolution with `channels` maps as its result.
template <class Op>
std::string IllegalConvolution(const Op& op, int64_t channels) {
  for (const std::string& why :
       {ExpectTensor(op.input.value, "its input", DType::kInt8, 4),
        ExpectTensor(op.out.value, "its result", DType::kInt8, 4),
        ExpectTensor(op.weight.value, "its weight", DType::kInt8, 4),
        ExpectInt32s(op.bias.value, "its bias", channels),
        ExpectInt32s(op.requantize_multipliers.value, "its list of multipliers", channels),
        ExpectInt32s(op.requantize_shifts.value, "its list of shifts", channels)})
    if (!why.empty()) return why;
  return "";
}

/// The result: `channels` maps of the size that the window of `op.weight` (rank 4, height and width
/// at dimensions 1 and 2) leaves.
template <class Op>
TensorType ConvolvedType(const Op& op, int64_t channels) {
  const Ints64& in = op.input.type().sizes;
  const Ints64& w = op.weight.type().sizes;
  TensorType type = op.out.type();
  type.dtype = DType::kInt8;
  type.sizes = {in.at(0), channels};
  for (size_t i = 0; i < 2; ++i) {
    const int k = static_cast<int>(i);
    type.sizes.push_back(WindowedSize(in.at(2 + i), w.at(1 + i), op.stride[k], op.padding[k],
                                      op.dilation[k], /*ceil_mode=*/false));
  }
  return type;
}

/// The kernel's view of a convolution. Params is cmsis_nn_conv_params or cmsis_nn_dw_conv_params.
template <class Params>
struct KernelCall {
  Params params = {};
  cmsis_nn_dims input, filter, output;
};

template <class Params, class Op>
KernelCall<Params> ToKernelCall(const Op& op) {
  KernelCall<Params> call;
  call.params.input_offset = op.input_offset;
  call.params.output_offset = op.output_offset;
  call.params.stride = {op.stride[1], op.stride[0]};
  call.params.padding = {op.padding[1], op.padding[0]};
  call.params.dilation = {op.dilation[1], op.dilation[0]};
  call.params.activation = {op.activation_min, op.activation_max};
  const auto dims = [](const reference::Shape& s) -> cmsis_nn_dims { return {s.n, s.h, s.w, s.c}; };
  const Ints64& w = op.weight.type().sizes;
  const auto size = [&w](size_t i) { return static_cast<int32_t>(w[i]); };
  call.input = dims(NhwcShape(op.input.type()));
  call.filter = {size(0), size(1), size(2), size(3)};
  call.output = dims(NhwcShape(op.out.type()));
  return call;
}

/// The reference's view of the same.
template <class Op>
reference::Convolution ToReference(const Op& op) {
  const auto call = ToKernelCall<cmsis_nn_conv_params>(op);
  reference::Convolution p;
  p.input = NhwcShape(op.input.type());
  p.filter = {call.filter.n, call.filter.h, call.filter.w, call.filter.c};
  p.output = NhwcShape(op.out.type());
  p.stride_h = op.stride[0], p.stride_w = op.stride[1];
  p.pad_h = op.padding[0], p.pad_w = op.padding[1];
  p.dilation_h = op.dilation[0], p.dilation_w = op.dilation[1];
  p.input_offset = op.input_offset, p.output_offset = op.output_offset;
  p.range = {op.activation_min, op.activation_max};
  return p;
}

template <class Op>
reference::Operands ToOperands(const Op& op, const HostTensor& input) {
  const Value* weight = op.weight.value;
  reference::Operands operands;
  operands.input = ToNhwc(input);
  operands.filter.assign(weight->template DataAs<int8_t>(),
                         weight->template DataAs<int8_t>() + weight->type.numel());
  operands.bias = Int32s(op.bias.value);
  operands.multiplier = Int32s(op.requantize_multipliers.value);
  operands.shift = Int32s(op.requantize_shifts.value);
  return operands;
}

}  // namespace cortico::rules

#include "ops/quantized_transpose_conv2d/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"
#include "ops/nhwc.h"

namespace cortico::ops {
namespace {

cmsis_nn_transpose_conv_params Params(const QuantizedTransposeConv2d<Device>& op) {
  cmsis_nn_transpose_conv_params params = {};
  params.input_offset = op.input_offset;
  params.output_offset = op.output_offset;
  params.stride = {op.stride[1], op.stride[0]};
  params.padding = {op.padding[1], op.padding[0]};
  params.padding_offsets = {op.output_padding[1], op.output_padding[0]};
  params.dilation = {1, 1};
  params.activation = {op.activation_min, op.activation_max};
  return params;
}

Error CheckAxis(const QuantizedTransposeConv2d<Device>& op, int axis) {
  constexpr int32_t kMost = 1 << 15;
  const int32_t in = op.input.size(2 + axis), kernel = op.weight.size(1 + axis);
  const int32_t stride = op.stride[axis], padding = op.padding[axis];
  const int32_t more = op.output_padding[axis];
  if (!InRange(stride, 1, kMost) || !InRange(padding, 0, kMost) || !InRange(more, 0, stride - 1) ||
      op.dilation[axis] != 1) {
    return Error::kBadArgument;
  }
  if (in > kMost || kernel > kMost) return Error::kBadShape;
  const int32_t out = (in - 1) * stride - 2 * padding + kernel + more;
  return out == op.out.size(2 + axis) ? Error::kOk : Error::kBadShape;
}

}  // namespace

Error Check(const QuantizedTransposeConv2d<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckImage(op.input));
  CORTICO_RETURN_IF_ERROR(CheckImage(op.out));
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(op.weight, 4));
  const int32_t filters = op.weight.size(0);
  if (op.weight.size(3) != op.input.size(1) || op.out.size(1) != filters ||
      op.input.size(0) != op.out.size(0)) {
    return Error::kBadShape;
  }
  CORTICO_RETURN_IF_ERROR(CheckAxis(op, 0));
  CORTICO_RETURN_IF_ERROR(CheckAxis(op, 1));
  CORTICO_RETURN_IF_ERROR(CheckOffsets(op.input_offset, op.output_offset));
  CORTICO_RETURN_IF_ERROR(CheckActivation(op.activation_min, op.activation_max));
  CORTICO_RETURN_IF_ERROR(CheckInt32s(op.bias, filters));
  CORTICO_RETURN_IF_ERROR(
      CheckRequantizes(op.requantize_multipliers, op.requantize_shifts, filters));
  CORTICO_RETURN_IF_ERROR(CheckSum(op.weight.numel() / filters, 255 * 128, op.bias));
  if (!kChecksScratch) return Error::kOk;
  const cmsis_nn_transpose_conv_params params = Params(op);
  const cmsis_nn_dims input = NhwcDims(op.input), filter = Dims(op.weight);
  const cmsis_nn_dims output = NhwcDims(op.out);
  CORTICO_RETURN_IF_ERROR(CheckScratch(
      op.scratch, arm_transpose_conv_s8_get_buffer_size(&params, &input, &filter, &output)));
  return CheckScratch(op.output_scratch, arm_transpose_conv_s8_get_reverse_conv_buffer_size(
                                             &params, &input, &filter));
}

void Run(const QuantizedTransposeConv2d<Device>& op) {
  const cmsis_nn_context context = ScratchOf(op.scratch, op.out.data);
  const cmsis_nn_context reverse = ScratchOf(op.output_scratch, op.out.data);
  const cmsis_nn_transpose_conv_params params = Params(op);
  const cmsis_nn_per_channel_quant_params quant = {op.requantize_multipliers.As<int32_t>(),
                                                   op.requantize_shifts.As<int32_t>()};
  const cmsis_nn_dims input = NhwcDims(op.input), filter = Dims(op.weight);
  const cmsis_nn_dims bias = {1, 1, 1, filter.n};
  const cmsis_nn_dims output = NhwcDims(op.out);
  arm_transpose_conv_wrapper_s8(&context, &reverse, &params, &quant, &input, op.input.As<int8_t>(),
                                &filter, op.weight.As<int8_t>(), &bias, op.bias.As<int32_t>(),
                                &output, op.out.As<int8_t>());
}

Error Check(const QuantizedTransposeConv2dNhwc<Device>& op) { return CheckNhwc<QuantizedTransposeConv2d<Device>>(op); }
void Run(const QuantizedTransposeConv2dNhwc<Device>& op) { RunNhwc<QuantizedTransposeConv2d<Device>>(op); }

}  // namespace cortico::ops

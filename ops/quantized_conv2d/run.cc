#include "ops/quantized_conv2d/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"
#include "ops/nhwc.h"

namespace cortico::ops {
namespace {

cmsis_nn_conv_params Params(const QuantizedConv2d<Device>& op) {
  return {op.input_offset,
          op.output_offset,
          {op.stride[1], op.stride[0]},
          {op.padding[1], op.padding[0]},
          {op.dilation[1], op.dilation[0]},
          {op.activation_min, op.activation_max}};
}

}  // namespace

Error Check(const QuantizedConv2d<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckImage(op.input));
  CORTICO_RETURN_IF_ERROR(CheckImage(op.out));
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(op.weight, 4));
  const int32_t channels = op.input.size(1);
  const int32_t filters = op.weight.size(0);
  const int32_t depth = op.weight.size(3);
  if (channels % depth != 0 || filters % (channels / depth) != 0 || op.out.size(1) != filters) {
    return Error::kBadShape;
  }
  CORTICO_RETURN_IF_ERROR(CheckWindow(
      op.input, op.out, {&op.weight.sizes[1], op.stride.v, op.padding.v, op.dilation.v, false}));
  CORTICO_RETURN_IF_ERROR(CheckOffsets(op.input_offset, op.output_offset));
  CORTICO_RETURN_IF_ERROR(CheckActivation(op.activation_min, op.activation_max));
  CORTICO_RETURN_IF_ERROR(CheckInt32s(op.bias, filters));
  CORTICO_RETURN_IF_ERROR(
      CheckRequantizes(op.requantize_multipliers, op.requantize_shifts, filters));
  CORTICO_RETURN_IF_ERROR(CheckSum(op.weight.numel() / filters, 255 * 128, op.bias));
  if (!kChecksScratch) return Error::kOk;
  const cmsis_nn_conv_params params = Params(op);
  const cmsis_nn_dims input = NhwcDims(op.input);
  const cmsis_nn_dims filter = Dims(op.weight);
  const cmsis_nn_dims output = NhwcDims(op.out);
  return CheckScratch(op.scratch, arm_convolve_wrapper_s8_get_buffer_size(&params, &input, &filter,
                                                                         &output));
}

void Run(const QuantizedConv2d<Device>& op) {
  const cmsis_nn_context context = ScratchOf(op.scratch, op.out.data);
  const cmsis_nn_conv_params params = Params(op);
  const cmsis_nn_per_channel_quant_params quant = {op.requantize_multipliers.As<int32_t>(),
                                                   op.requantize_shifts.As<int32_t>()};
  const cmsis_nn_dims input = NhwcDims(op.input);
  const cmsis_nn_dims filter = Dims(op.weight);
  const cmsis_nn_dims bias = {1, 1, 1, filter.n};
  const cmsis_nn_dims output = NhwcDims(op.out);
  arm_convolve_wrapper_s8(&context, &params, &quant, &input, op.input.As<int8_t>(), &filter,
                          op.weight.As<int8_t>(), &bias, op.bias.As<int32_t>(), &output,
                          op.out.As<int8_t>());
}

Error Check(const QuantizedConv2dNhwc<Device>& op) { return CheckNhwc<QuantizedConv2d<Device>>(op); }
void Run(const QuantizedConv2dNhwc<Device>& op) { RunNhwc<QuantizedConv2d<Device>>(op); }

}  // namespace cortico::ops

#include "ops/quantized_linear/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"

namespace cortico::ops {
namespace {

// The kernels' view of a product: rows of `depth` elements, `channels` results each.
struct Shape {
  cmsis_nn_dims input, filter, bias, output;
};

Shape ShapeOf(const Tensor& weights, const Tensor& out) {
  const int32_t channels = weights.size(0);
  const int32_t depth = weights.size(1);
  const int32_t rows = out.numel() / channels;
  return {{rows, 1, 1, depth},
          {depth, 1, 1, channels},
          {1, 1, 1, channels},
          {rows, 1, 1, channels}};
}

Error CheckShapes(const Tensor& input, const Tensor& weights, const Tensor& out) {
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(weights, 2));
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(input, input.rank));
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(out, input.rank));
  const int last = input.rank - 1;
  if (last < 0 || input.size(last) != weights.size(1) || out.size(last) != weights.size(0)) {
    return Error::kBadShape;
  }
  for (int i = 0; i < last; ++i) {
    if (input.size(i) != out.size(i)) return Error::kBadShape;
  }
  return Error::kOk;
}

}  // namespace

Error Check(const QuantizedLinear<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckShapes(op.input, op.weights, op.out));
  const int32_t channels = op.weights.size(0);
  const bool has_sums = op.kernel_sum.data != nullptr;
  if (has_sums && op.bias.data != nullptr) return Error::kBadArgument;
  if (kTakesKernelSums && !has_sums) return Error::kWrongTarget;
  CORTICO_RETURN_IF_ERROR(CheckInt32s(op.bias, channels));
  CORTICO_RETURN_IF_ERROR(CheckInt32s(op.kernel_sum, channels));
  CORTICO_RETURN_IF_ERROR(CheckOffsets(op.input_offset, op.output_offset));
  if (!InRange(op.filter_offset, -127, 128)) return Error::kBadArgument;
  CORTICO_RETURN_IF_ERROR(CheckActivation(op.activation_min, op.activation_max));
  CORTICO_RETURN_IF_ERROR(
      CheckRequantize(op.requantize_multipliers[0], op.requantize_shifts[0]));
  const int32_t weight = op.filter_offset == 0 ? 128 : 255;
  return has_sums ? CheckSum(op.weights.size(1), 128 * weight, op.kernel_sum)
                  : CheckSum(op.weights.size(1), 255 * weight, op.bias);
}

void Run(const QuantizedLinear<Device>& op) {
  const cmsis_nn_context context = {op.kernel_sum.data, 0};
  // A kernel that takes no sums computes the same from them: as a bias, with the input as it is.
  const bool sums_as_bias = !kTakesKernelSums && op.kernel_sum.data != nullptr;
  const int32_t* bias = sums_as_bias ? op.kernel_sum.As<int32_t>() : op.bias.As<int32_t>();
  const cmsis_nn_fc_params params = {sums_as_bias ? 0 : op.input_offset,
                                     op.filter_offset,
                                     op.output_offset,
                                     {op.activation_min, op.activation_max}};
  const cmsis_nn_per_tensor_quant_params quant = {op.requantize_multipliers[0],
                                                  op.requantize_shifts[0]};
  const Shape shape = ShapeOf(op.weights, op.out);
  arm_fully_connected_s8(&context, &params, &quant, &shape.input, op.input.As<int8_t>(),
                         &shape.filter, op.weights.As<int8_t>(), &shape.bias, bias, &shape.output,
                         op.out.As<int8_t>());
}

Error Check(const LinearPerChannel<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckShapes(op.input, op.weights, op.out));
  const int32_t channels = op.weights.size(0);
  CORTICO_RETURN_IF_ERROR(CheckInt32s(op.bias, channels));
  CORTICO_RETURN_IF_ERROR(CheckOffsets(op.input_offset, op.output_offset));
  CORTICO_RETURN_IF_ERROR(CheckActivation(op.activation_min, op.activation_max));
  CORTICO_RETURN_IF_ERROR(
      CheckRequantizes(op.requantize_multipliers, op.requantize_shifts, channels));
  CORTICO_RETURN_IF_ERROR(CheckSum(op.weights.size(1), 255 * 128, op.bias));
  const cmsis_nn_dims filter = {op.weights.size(1), 1, 1, channels};
  return CheckScratch(op.scratch, arm_fully_connected_s8_get_buffer_size(&filter));
}

void Run(const LinearPerChannel<Device>& op) {
  const Shape shape = ShapeOf(op.weights, op.out);
  const int32_t* const bias = op.bias.As<int32_t>();
  const cmsis_nn_context context = {op.scratch.data, 0};
  if (kTakesKernelSums) {
    arm_vector_sum_s8(op.scratch.As<int32_t>(), shape.input.c, shape.output.c,
                      op.weights.As<int8_t>(), op.input_offset, 0, bias);
  }
  const cmsis_nn_fc_params params = {
      op.input_offset, 0, op.output_offset, {op.activation_min, op.activation_max}};
  const cmsis_nn_per_channel_quant_params quant = {op.requantize_multipliers.As<int32_t>(),
                                                   op.requantize_shifts.As<int32_t>()};
  arm_fully_connected_per_channel_s8(&context, &params, &quant, &shape.input,
                                     op.input.As<int8_t>(), &shape.filter, op.weights.As<int8_t>(),
                                     &shape.bias, bias, &shape.output, op.out.As<int8_t>());
}

}  // namespace cortico::ops

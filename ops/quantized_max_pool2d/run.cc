#include "ops/quantized_max_pool2d/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"
#include "ops/nhwc.h"

namespace cortico::ops {

Error Check(const QuantizedMaxPool2d<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckImage(op.input));
  CORTICO_RETURN_IF_ERROR(CheckImage(op.out));
  if (op.input.size(1) != op.out.size(1)) return Error::kBadShape;
  if (op.dilation[0] != 1 || op.dilation[1] != 1 ||
      op.input_zero_point != op.output_zero_point) {
    return Error::kBadArgument;
  }
  CORTICO_RETURN_IF_ERROR(
      CheckWindow(op.input, op.out,
                  {op.kernel_size.v, op.stride.v, op.padding.v, op.dilation.v, op.ceil_mode}));
  return CheckActivation(op.activation_min, op.activation_max);
}

void Run(const QuantizedMaxPool2d<Device>& op) {
  const cmsis_nn_context context = {nullptr, 0};
  const cmsis_nn_pool_params params = {{op.stride[1], op.stride[0]},
                                       {op.padding[1], op.padding[0]},
                                       {op.activation_min, op.activation_max}};
  const cmsis_nn_dims input = NhwcDims(op.input);
  const cmsis_nn_dims filter = {1, op.kernel_size[0], op.kernel_size[1], 1};
  const cmsis_nn_dims output = NhwcDims(op.out);
  arm_max_pool_s8(&context, &params, &input, op.input.As<int8_t>(), &filter, &output,
                  op.out.As<int8_t>());
}

Error Check(const QuantizedMaxPool2dNhwc<Device>& op) { return CheckNhwc<QuantizedMaxPool2d<Device>>(op); }
void Run(const QuantizedMaxPool2dNhwc<Device>& op) { RunNhwc<QuantizedMaxPool2d<Device>>(op); }

}  // namespace cortico::ops

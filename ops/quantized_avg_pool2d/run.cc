#include "ops/quantized_avg_pool2d/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"
#include "ops/nhwc.h"

namespace cortico::ops {

Error Check(const QuantizedAvgPool2d<Device>& op) {
  static constexpr int32_t kNoDilation[2] = {1, 1};
  CORTICO_RETURN_IF_ERROR(CheckImage(op.input));
  CORTICO_RETURN_IF_ERROR(CheckImage(op.out));
  if (op.input.size(1) != op.out.size(1)) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(
      CheckWindow(op.input, op.out,
                  {op.kernel_size.v, op.stride.v, op.padding.v, kNoDilation, op.ceil_mode}));
  // Padding below the window's size leaves no window empty, 2^24 elements its sum within int32.
  if (op.padding[0] >= op.kernel_size[0] || op.padding[1] >= op.kernel_size[1] ||
      op.kernel_size[0] * op.kernel_size[1] >= 1 << 24) {
    return Error::kBadArgument;
  }
  return CheckScratch(op.scratch,
                      arm_avgpool_s8_get_buffer_size(op.out.size(3), op.input.size(1)));
}

void Run(const QuantizedAvgPool2d<Device>& op) {
  const cmsis_nn_context context = ScratchOf(op.scratch, op.out.data);
  const cmsis_nn_pool_params params = {
      {op.stride[1], op.stride[0]}, {op.padding[1], op.padding[0]}, {-128, 127}};
  const cmsis_nn_dims input = NhwcDims(op.input);
  const cmsis_nn_dims filter = {1, op.kernel_size[0], op.kernel_size[1], 1};
  const cmsis_nn_dims output = NhwcDims(op.out);
  arm_avgpool_s8(&context, &params, &input, op.input.As<int8_t>(), &filter, &output,
                 op.out.As<int8_t>());
}

Error Check(const QuantizedAvgPool2dNhwc<Device>& op) { return CheckNhwc<QuantizedAvgPool2d<Device>>(op); }
void Run(const QuantizedAvgPool2dNhwc<Device>& op) { RunNhwc<QuantizedAvgPool2d<Device>>(op); }

}  // namespace cortico::ops

#include "ops/quantized_batch_matmul/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"

namespace cortico::ops {
namespace {

cmsis_nn_dims MatrixDims(const Tensor& t) { return {1, t.size(0), t.size(1), t.size(2)}; }

// Arm's filter dims of a matrix: n the depth, c the outputs.
int32_t ScratchBytes(const Tensor& rhs) {
  const cmsis_nn_dims filter = {rhs.size(2), 1, 1, rhs.size(1)};
  return arm_fully_connected_s8_get_buffer_size(&filter);
}

}  // namespace

Error Check(const QuantizedBatchMatmul<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(op.lhs, 3));
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(op.rhs_transposed, 3));
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(op.out, 3));
  const Tensor &lhs = op.lhs, &rhs = op.rhs_transposed, &out = op.out;
  if (lhs.size(0) != out.size(0) || rhs.size(0) != out.size(0) || lhs.size(1) != out.size(1) ||
      rhs.size(1) != out.size(2) || lhs.size(2) != rhs.size(2)) {
    return Error::kBadShape;
  }
  CORTICO_RETURN_IF_ERROR(CheckOffsets(op.lhs_zero_point, op.output_zero_point));
  CORTICO_RETURN_IF_ERROR(CheckOffsets(op.rhs_zero_point, op.output_zero_point));
  CORTICO_RETURN_IF_ERROR(CheckRequantize(op.output_multiplier, op.output_shift));
  CORTICO_RETURN_IF_ERROR(CheckSum(lhs.size(2), 255 * 255, Tensor{}));
  return kChecksScratch ? CheckScratch(op.scratch, ScratchBytes(rhs)) : Error::kOk;
}

void Run(const QuantizedBatchMatmul<Device>& op) {
  // On the host a program may come without the scratch that this build's kernels want.
  const cmsis_nn_context context = ScratchOf(op.scratch, op.out.data);
  const cmsis_nn_bmm_params params = {
      false, false, {op.lhs_zero_point, op.rhs_zero_point, op.output_zero_point, {-128, 127}}};
  const cmsis_nn_per_tensor_quant_params quant = {op.output_multiplier, op.output_shift};
  const cmsis_nn_dims lhs = MatrixDims(op.lhs), rhs = MatrixDims(op.rhs_transposed);
  const cmsis_nn_dims out = MatrixDims(op.out);
  arm_batch_matmul_s8(&context, &params, &quant, &lhs, op.lhs.As<int8_t>(), &rhs,
                      op.rhs_transposed.As<int8_t>(), &out, op.out.As<int8_t>());
}

}  // namespace cortico::ops

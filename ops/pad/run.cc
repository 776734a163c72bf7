#include "ops/pad/op.h"

#include "arm_nnfunctions.h"
#include "ops/checks.h"

namespace cortico::ops {
namespace {

// Sizes as they lie in memory, a rank below 4 filled up with ones in front.
void MemorySizes(const Tensor& t, bool nhwc, int32_t sizes[4]) {
  static constexpr uint8_t kNhwc[4] = {0, 2, 3, 1};
  for (int i = 0; i < 4; ++i) {
    const int dim = i - (4 - t.rank);
    sizes[i] = nhwc ? t.size(kNhwc[i]) : dim < 0 ? 1 : t.size(dim);
  }
}

bool Fits(const Pad<Device>& op, bool nhwc) {
  if (nhwc ? !op.input.IsNhwc() || !op.out.IsNhwc()
           : op.input.layout != Layout::kContiguous || op.out.layout != Layout::kContiguous) {
    return false;
  }
  int32_t in[4];
  int32_t out[4];
  MemorySizes(op.input, nhwc, in);
  MemorySizes(op.out, nhwc, out);
  for (int i = 0; i < 4; ++i) {
    // Differences of two numbers that are not negative cannot overflow, sums of three can.
    const int32_t border = out[i] - in[i];
    if (border < op.pre_pad[i] || border - op.pre_pad[i] != op.post_pad[i]) return false;
  }
  return true;
}

}  // namespace

Error Check(const Pad<Device>& op) {
  if (op.input.dtype != DType::kInt8 || op.out.dtype != DType::kInt8) return Error::kBadType;
  if (!InRange(op.input.rank, 1, 4) || op.out.rank != op.input.rank || !HasElements(op.input)) {
    return Error::kBadShape;
  }
  for (int i = 0; i < 4; ++i) {
    if (op.pre_pad[i] < 0 || op.post_pad[i] < 0) return Error::kBadArgument;
  }
  if (!IsInt8(op.pad_value)) return Error::kBadArgument;
  return Fits(op, false) || Fits(op, true) ? Error::kOk : Error::kBadShape;
}

void Run(const Pad<Device>& op) {
  // With one channel, or one pixel, a tensor is both contiguous and NHWC, and only the sizes of out
  // tell which of the two the entries mean.
  int32_t in[4];
  MemorySizes(op.input, !Fits(op, false), in);
  const cmsis_nn_dims input = {in[0], in[1], in[2], in[3]};
  const cmsis_nn_dims pre = {op.pre_pad[0], op.pre_pad[1], op.pre_pad[2], op.pre_pad[3]};
  const cmsis_nn_dims post = {op.post_pad[0], op.post_pad[1], op.post_pad[2], op.post_pad[3]};
  arm_pad_s8(op.input.As<int8_t>(), op.out.As<int8_t>(), static_cast<int8_t>(op.pad_value), &input,
             &pre, &post);
}

}  // namespace cortico::ops

#include "ops/portable_norm/op.h"

#include "ops/portable.h"

namespace cortico::ops {
namespace {

// A weight or bias: `count` floats, or none.
CORTICO_AT_LOAD Error CheckParameter(const Tensor& t, int32_t count) {
  if (t.data == nullptr) return Error::kOk;
  CORTICO_RETURN_IF_ERROR(CheckFloats(t));
  return t.numel() == count ? Error::kOk : Error::kBadShape;
}

template <class Op>
CORTICO_AT_LOAD Error CheckNorm(const Op& op, int32_t rows, int32_t parameters) {
  CORTICO_RETURN_IF_ERROR(CheckFloats(op.out1));
  CORTICO_RETURN_IF_ERROR(CheckFloats(op.out2));
  if (op.out1.numel() != rows || op.out2.numel() != rows) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(CheckParameter(op.weight, parameters));
  return CheckParameter(op.bias, parameters);
}

template <class Op>
void Normalize(const Op& op, const portable::Norm& norm) {
  portable::Normalize(norm, op.input.template As<float>(), op.weight.template As<float>(),
                      op.bias.template As<float>(), op.out0.template As<float>(),
                      op.out1.template As<float>(), op.out2.template As<float>());
}

int32_t WidthOf(const AtenLayerNorm<Device>& op) {
  int32_t width = 1;
  for (int i = 1; i <= op.normalized_shape.count; ++i) width *= op.input.size(op.input.rank - i);
  return width;
}

template <class Op>
CORTICO_AT_LOAD Error CheckSoftmax(const Op& op) {
  if (op.half_to_float) return Error::kBadArgument;
  CORTICO_RETURN_IF_ERROR(CheckFloats(op.self));
  CORTICO_RETURN_IF_ERROR(CheckSame(op.self, op.out));
  return CheckDims(&op.dim, 1, op.self.rank);
}

}  // namespace

Error Check(const AtenLayerNorm<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckFloats(op.input));
  CORTICO_RETURN_IF_ERROR(CheckSame(op.input, op.out0));
  const int count = op.normalized_shape.count;
  if (count < 1 || count > op.input.rank) return Error::kBadArgument;
  for (int i = 1; i <= count; ++i) {
    if (op.normalized_shape[count - i] != op.input.size(op.input.rank - i)) return Error::kBadShape;
  }
  const int32_t width = WidthOf(op);
  return CheckNorm(op, op.input.numel() / width, width);
}

void Run(const AtenLayerNorm<Device>& op) {
  const int32_t width = WidthOf(op);
  Normalize(op, {op.input.numel() / width, width, 1, 1, static_cast<double>(op.eps)});
}

Error Check(const AtenGroupNorm<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckFloats(op.input));
  CORTICO_RETURN_IF_ERROR(CheckSame(op.input, op.out0));
  if (op.input.rank < 2) return Error::kBadShape;
  const int32_t batch = op.input.size(0), channels = op.input.size(1);
  if (op.N != batch || op.C != channels || op.HxW != op.input.numel() / (batch * channels)) {
    return Error::kBadArgument;
  }
  if (!InRange(op.group, 1, channels) || channels % op.group != 0) return Error::kBadArgument;
  return CheckNorm(op, batch * op.group, channels);
}

void Run(const AtenGroupNorm<Device>& op) {
  const int32_t width = op.C / op.group * op.HxW;
  Normalize(op, {op.N * op.group, width, op.group, op.HxW, static_cast<double>(op.eps)});
}

Error Check(const AtenSoftmax<Device>& op) { return CheckSoftmax(op); }

void Run(const AtenSoftmax<Device>& op) {
  const Lines lines = LinesOf(op.self, Wrap(op.dim, op.self.rank));
  portable::Softmax(op.self.As<float>(), op.out.As<float>(), lines.outer, lines.along, lines.inner);
}

Error Check(const AtenLogSoftmax<Device>& op) { return CheckSoftmax(op); }

void Run(const AtenLogSoftmax<Device>& op) {
  const Lines lines = LinesOf(op.self, Wrap(op.dim, op.self.rank));
  portable::LogSoftmax(op.self.As<float>(), op.out.As<float>(), lines.outer, lines.along,
                       lines.inner);
}

}  // namespace cortico::ops

#include "ops/portable_convolution/op.h"

#include "ops/portable.h"

namespace cortico::ops {
namespace {

constexpr int32_t kMost = 1 << 15;

// Height or width of the result; none fits for 0 or less.
int64_t ExtentOf(const AtenConvolution<Device>& op, int i) {
  const int64_t in = op.input.size(2 + i), stride = op.stride[i];
  const int64_t reach = int64_t{op.dilation[i]} * (op.weight.size(2 + i) - 1) + 1;
  const int64_t pads = 2 * int64_t{op.padding[i]};
  if (op.transposed) return (in - 1) * stride - pads + reach + op.output_padding[i];
  return in + pads < reach ? 0 : (in + pads - reach) / stride + 1;
}

CORTICO_AT_LOAD Error CheckChannels(const AtenConvolution<Device>& op) {
  const int32_t in = op.input.size(1), out = op.out.size(1), groups = op.groups;
  if (!InRange(groups, 1, in) || in % groups != 0 || out % groups != 0) return Error::kBadShape;
  const int32_t first = op.transposed ? in : out, second = (op.transposed ? out : in) / groups;
  if (op.weight.size(0) != first || op.weight.size(1) != second) return Error::kBadShape;
  if (op.input.size(0) != op.out.size(0)) return Error::kBadShape;
  if (op.bias.data == nullptr) return Error::kOk;
  CORTICO_RETURN_IF_ERROR(CheckFloats(op.bias, 1));
  return op.bias.size(0) == out ? Error::kOk : Error::kBadShape;
}

}  // namespace

Error Check(const AtenConvolution<Device>& op) {
  for (const Tensor* t : {static_cast<const Tensor*>(&op.input),
                          static_cast<const Tensor*>(&op.weight),
                          static_cast<const Tensor*>(&op.out)}) {
    CORTICO_RETURN_IF_ERROR(CheckFloats(*t, 4));
  }
  for (int i = 0; i < 2; ++i) {
    if (!InRange(op.stride[i], 1, kMost) || !InRange(op.dilation[i], 1, kMost) ||
        !InRange(op.padding[i], 0, kMost) || !InRange(op.output_padding[i], 0, kMost) ||
        !InRange(op.weight.size(2 + i), 1, kMost)) {
      return Error::kBadArgument;
    }
    if (op.transposed && op.output_padding[i] >= op.stride[i] &&
        op.output_padding[i] >= op.dilation[i]) {
      return Error::kBadArgument;
    }
    // Positions are counted in 32 bits.
    if (op.input.size(2 + i) > INT32_MAX / 4) return Error::kBadShape;
    if (ExtentOf(op, i) != op.out.size(2 + i)) return Error::kBadShape;
  }
  return CheckChannels(op);
}

void Run(const AtenConvolution<Device>& op) {
  portable::Convolution c;
  c.batch = op.input.size(0);
  c.in_channels = op.input.size(1);
  c.out_channels = op.out.size(1);
  c.groups = op.groups;
  for (int i = 0; i < 2; ++i) {
    c.in[i] = op.input.size(2 + i);
    c.out[i] = op.out.size(2 + i);
    c.kernel[i] = op.weight.size(2 + i);
    c.stride[i] = op.stride[i];
    c.padding[i] = op.padding[i];
    c.dilation[i] = op.dilation[i];
  }
  const auto convolve = op.transposed ? portable::ConvolveTransposed : portable::Convolve;
  convolve(c, op.input.As<float>(), op.weight.As<float>(), op.bias.As<float>(),
           op.out.As<float>());
}

}  // namespace cortico::ops

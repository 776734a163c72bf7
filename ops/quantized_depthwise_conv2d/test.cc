#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedDepthwiseConv2d<Device> Good(Pool& pool) {
  QuantizedDepthwiseConv2d<Device> op;
  Assign(op.input, pool.Image(1, 3, 5, 6));
  Assign(op.weight, pool.Make(DType::kInt8, {1, 3, 3, 6}));
  Assign(op.bias, pool.Int32s({1, 2, 3, 4, 5, -6}));
  op.stride = List<2>({1, 2});
  op.padding = List<2>({1, 1});
  op.dilation = List<2>({1, 1});
  op.depth_multiplier = 2;
  op.input_offset = -127;
  Assign(op.requantize_multipliers, pool.Int32s(std::vector<int32_t>(6, 1 << 30)));
  Assign(op.requantize_shifts, pool.Int32s(std::vector<int32_t>(6, -7)));
  Assign(op.scratch, pool.Make(DType::kUInt8, {512}));
  Assign(op.out, pool.Image(1, 6, 5, 3));
  return op;
}

template <>
QuantizedDepthwiseConv2dNhwc<Device> Good(Pool& pool) {
  return GoodNhwc<QuantizedDepthwiseConv2dNhwc<Device>, QuantizedDepthwiseConv2d<Device>>(pool);
}

namespace {

TEST(QuantizedDepthwiseConv2d, DepthwiseConvolutionRefuses) {
  using Op = QuantizedDepthwiseConv2d<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.depth_multiplier = 1; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.weight, p.Make(DType::kInt8, {2, 3, 3, 6})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.input, p.Image(1, 4, 5, 6)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dilation[1] = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.requantize_shifts, p.Int32s({1, 1, 1})); }),
            Error::kBadShape);
}

}  // namespace
}  // namespace cortico::ops

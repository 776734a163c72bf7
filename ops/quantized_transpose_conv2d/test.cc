#include <vector>

#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedTransposeConv2d<Device> Good(Pool& pool) {
  QuantizedTransposeConv2d<Device> op;
  Assign(op.input, pool.Image(2, 3, 4, 5));
  Assign(op.weight, pool.Make(DType::kInt8, {4, 3, 2, 3}));
  Assign(op.bias, pool.Int32s({1, -2, 3, -4}));
  op.stride = List<2>({2, 3});
  op.padding = List<2>({1, 0});
  op.output_padding = List<2>({1, 2});
  op.dilation = List<2>({1, 1});
  op.input_offset = 128;
  op.output_offset = -3;
  Assign(op.requantize_multipliers, pool.Int32s(std::vector<int32_t>(4, 1 << 30)));
  Assign(op.requantize_shifts, pool.Int32s(std::vector<int32_t>(4, -7)));
  Assign(op.scratch, pool.Make(DType::kUInt8, {1024}));
  Assign(op.output_scratch, pool.Make(DType::kUInt8, {128}));
  Assign(op.out, pool.Image(2, 4, 8, 16));
  return op;
}

template <>
QuantizedTransposeConv2dNhwc<Device> Good(Pool& pool) {
  return GoodNhwc<QuantizedTransposeConv2dNhwc<Device>, QuantizedTransposeConv2d<Device>>(pool);
}

namespace {

TEST(QuantizedTransposeConv2d, Refuses) {
  using Op = QuantizedTransposeConv2d<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.stride[0] = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dilation[1] = 2; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_padding[0] = 2; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_padding[0] = 0; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.padding[0] = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.weight, p.Make(DType::kInt8, {4, 3, 2, 2})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.bias, p.Int32s({1, 2, 3})); }), Error::kBadShape);
  const int32_t most = INT32_MAX - 18 * 255 * 128;
  EXPECT_EQ(with([=](Op& op, Pool& p) { Assign(op.bias, p.Int32s({0, 0, 0, most})); }), Error::kOk);
  EXPECT_EQ(with([=](Op& op, Pool& p) { Assign(op.bias, p.Int32s({0, 0, 0, most + 1})); }),
            Error::kSumOverflow);
}

// One input pixel of 1 spreads the filter as it is.
TEST(QuantizedTransposeConv2d, OnePixelSpreadsTheFilter) {
  Pool pool;
  auto op = Good<QuantizedTransposeConv2d<Device>>(pool);
  Assign(op.input, pool.Image(1, 1, 1, 1));
  Assign(op.weight, pool.Make(DType::kInt8, {1, 2, 3, 1}));
  Assign(op.out, pool.Image(1, 1, 2, 3));
  Assign(op.bias, pool.Int32s({0}));
  Assign(op.requantize_multipliers, pool.Int32s({1 << 30}));
  Assign(op.requantize_shifts, pool.Int32s({1}));
  op.padding = op.output_padding = List<2>({0, 0});
  op.input_offset = op.output_offset = 0;
  op.input.As<int8_t>()[0] = 1;
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], op.weight.As<int8_t>()[i]) << i;
}

}  // namespace
}  // namespace cortico::ops

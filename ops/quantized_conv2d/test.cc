#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedConv2d<Device> Good(Pool& pool) {  // two groups
  QuantizedConv2d<Device> op;
  Assign(op.input, pool.Image(2, 4, 5, 6));
  Assign(op.weight, pool.Make(DType::kInt8, {6, 3, 2, 2}));
  Assign(op.bias, pool.Int32s({1, 2, 3, 4, 5, -6}));
  op.stride = List<2>({2, 1});
  op.padding = List<2>({1, 0});
  op.dilation = List<2>({1, 2});
  op.input_offset = 128;
  op.output_offset = -3;
  Assign(op.requantize_multipliers, pool.Int32s(std::vector<int32_t>(6, 1 << 30)));
  Assign(op.requantize_shifts, pool.Int32s(std::vector<int32_t>(6, -7)));
  Assign(op.scratch, pool.Make(DType::kUInt8, {512}));
  Assign(op.out, pool.Image(2, 6, 3, 4));
  return op;
}

template <>
QuantizedConv2dNhwc<Device> Good(Pool& pool) {
  return GoodNhwc<QuantizedConv2dNhwc<Device>, QuantizedConv2d<Device>>(pool);
}

namespace {

TEST(QuantizedConv2d, ConvolutionRefuses) {
  using Op = QuantizedConv2d<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.stride[0] = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.stride[1] = 32769; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dilation[0] = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.padding[0] = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.padding[0] = 3; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_offset = 129; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_offset = -128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_offset = 128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.activation_min = -129; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.activation_max = 128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.activation_min = 5, op.activation_max = 4; }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.bias, p.Int32s({1, 2, 3, 4, 5})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.requantize_shifts, p.Int32s({0, 0, 0, 0, 0, 31}));
            }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.requantize_shifts, p.Int32s({0, 0, 0, 0, 0, -32}));
            }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.requantize_multipliers, p.Int32s({0, 0, 0, 0, 0, INT32_MIN}));
            }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.requantize_multipliers, p.Int32s({1, 1})); }),
            Error::kBadShape);
  // 3 * 2 * 2 products of at most 255 * 128.
  const int32_t most = INT32_MAX - 12 * 255 * 128;
  EXPECT_EQ(with([=](Op& op, Pool& p) { Assign(op.bias, p.Int32s({0, 0, 0, 0, 0, -most})); }),
            Error::kOk);
  EXPECT_EQ(with([=](Op& op, Pool& p) { Assign(op.bias, p.Int32s({0, 0, 0, 0, 0, most + 1})); }),
            Error::kSumOverflow);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.weight, p.Make(DType::kInt8, {6, 3, 2, 3})); }),
            Error::kBadShape)
      << "3 does not divide 4 channels";
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(1, 6, 3, 4)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(2, 6, 3, 5)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input.layout = Layout::kContiguous; }), Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool&) { op.weight.layout = Layout::kChannelsLast; }),
            Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.input, p.Make(DType::kInt8, {2, 4, 5})); }),
            Error::kBadType);
}

}  // namespace
}  // namespace cortico::ops

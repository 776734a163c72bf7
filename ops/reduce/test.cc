#include <algorithm>

#include "kernels/common/requantize.h"
#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedSum<Device> Good(Pool& pool) {
  QuantizedSum<Device> op;
  Assign(op.input, pool.Image(2, 3, 4, 5));
  op.dims.count = 2;
  op.dims[0] = 2, op.dims[1] = 3;
  op.input_zero_point = -7, op.output_zero_point = 3;
  op.output_multiplier = 1 << 30;
  op.output_shift = -3;
  Assign(op.out, pool.Image(2, 3, 1, 1));
  return op;
}
template <>
Amax<Device> Good(Pool& pool) {
  Amax<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 4}));
  op.dims.count = 1;
  op.dims[0] = 1;
  Assign(op.out, pool.Make(DType::kInt8, {2, 4}));
  return op;
}
template <>
Amin<Device> Good(Pool& pool) {
  Amin<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 4}));
  op.dims.count = 2;
  op.dims[0] = 2, op.dims[1] = 0;
  Assign(op.out, pool.Make(DType::kInt8, {1, 3, 1}));
  return op;
}

namespace {

TEST(Reduce, Refuses) {
  using Op = QuantizedSum<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.dims[0] = 4; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dims[0] = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dims[0] = 3; }), Error::kBadArgument) << "3 twice";
  EXPECT_EQ(with([](Op& op, Pool&) { op.dims.count = 1; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_shift = 23; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_shift = 17; }), Error::kOk) << "32 of 20 elements";
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_shift = 18; }), Error::kSumOverflow);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt8, {2, 3})); }),
            Error::kBadType)
      << "dimensions are dropped in the logical order only";
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.input, p.Make(DType::kInt8, {1, 1, (1 << 22) + 1}));
              Assign(op.out, p.Make(DType::kInt8, {1, 1, 1}));
              op.dims.count = 1;
              op.dims[0] = 2;
            }),
            Error::kSumOverflow);
}

// m = 2^30 * 2^(-3 - 31) = 1/16.
TEST(Reduce, SumsPixelsOfEachChannel) {
  Pool pool;
  auto op = Good<QuantizedSum<Device>>(pool);
  for (int i = 0; i < 120; ++i) op.input.As<int8_t>()[i] = static_cast<int8_t>(i % 3 * 10);
  RunOp(op);
  // 20 pixels of 0 + 7, 10 + 7, 20 + 7: 140, 340, 540; halves away from zero.
  const int8_t expected[3] = {9 + 3, 21 + 3, 34 + 3};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], expected[i % 3]) << i;
}

// Nineteen channels: two groups of those that are summed together, and three more.
TEST(Reduce, SumsPixelsOfManyChannels) {
  constexpr int kChannels = 19, kPixels = 9;
  Pool pool;
  auto op = Good<QuantizedSum<Device>>(pool);
  Assign(op.input, pool.Image(2, kChannels, 3, 3));
  Assign(op.out, pool.Image(2, kChannels, 1, 1));
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  for (int n = 0; n < 2; ++n)
    for (int c = 0; c < kChannels; ++c) {
      int32_t sum = 7 * kPixels;
      for (int i = 0; i < kPixels; ++i)
        sum += op.input.As<int8_t>()[(n * kPixels + i) * kChannels + c];
      const int32_t scaled = kernels::Requantize(sum, op.output_multiplier, op.output_shift);
      EXPECT_EQ(op.out.As<int8_t>()[n * kChannels + c], kernels::ToOutput(scaled, 3, -128, 127));
    }
}

TEST(Reduce, Extremes) {
  Pool pool;
  auto most = Good<Amax<Device>>(pool);
  RunOp(most);
  for (int a = 0; a < 2; ++a)
    for (int c = 0; c < 4; ++c) {
      const int8_t* in = most.input.As<int8_t>() + a * 12 + c;
      EXPECT_EQ(most.out.As<int8_t>()[a * 4 + c], std::max({in[0], in[4], in[8]}));
    }
  auto least = Good<Amin<Device>>(pool);
  RunOp(least);
  for (int b = 0; b < 3; ++b) {
    int8_t expected = 127;
    for (int a = 0; a < 2; ++a)
      for (int c = 0; c < 4; ++c)
        expected = std::min(expected, least.input.As<int8_t>()[(a * 3 + b) * 4 + c]);
    EXPECT_EQ(least.out.As<int8_t>()[b], expected);
  }
}

}  // namespace
}  // namespace cortico::ops

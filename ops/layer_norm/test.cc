#include "ops/testing.h"

namespace cortico::ops {

template <>
LayerNorm<Device> Good(Pool& pool) {
  LayerNorm<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 4}));
  Assign(op.weight, pool.Int32s({1 << 24, 1 << 25, -(1 << 24), 1 << 24}));
  Assign(op.bias, pool.Int32s({0}));
  op.row = 4;
  op.epsilon_multiplier = 1 << 30, op.epsilon_shift = 1;
  op.bits = 20;
  op.output_zero_point = 3;
  Assign(op.out, pool.Make(DType::kInt8, {2, 3, 4}));
  return op;
}

namespace {

TEST(LayerNorm, Refuses) {
  using Op = LayerNorm<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.row = 5; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.row = 0; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.weight, p.Int32s({1, 2})); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.bias.data = nullptr; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.bias.As<int32_t>()[0] = (1 << 30) + 1; }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.epsilon_shift = 61; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.epsilon_multiplier = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.bits = 31; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.input, p.Make(DType::kInt8, {1, 4097}));
              Assign(op.out, p.Make(DType::kInt8, {1, 4097}));
              op.row = 4097;
            }),
            Error::kBadShape);
}

// -3, -1, 1, 3 have variance 5: -1.342, -0.447, 0.447, 1.342; times 16, 32, -16, 16.
TEST(LayerNorm, FourElements) {
  Pool pool;
  auto op = Good<LayerNorm<Device>>(pool);
  const int8_t expected[4] = {-21 + 3, -14 + 3, -7 + 3, 21 + 3};
  for (int i = 0; i < 24; ++i) op.input.As<int8_t>()[i] = static_cast<int8_t>(2 * (i % 4) + 40 - i / 4);
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  for (int i = 0; i < 24; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], expected[i % 4]) << i;
}

TEST(LayerNorm, EqualElementsAreTheBias) {
  Pool pool;
  auto op = Good<LayerNorm<Device>>(pool);
  op.epsilon_multiplier = 0;
  Assign(op.bias, pool.Int32s({5 << 20}));
  for (int i = 0; i < 24; ++i) op.input.As<int8_t>()[i] = -77;
  RunOp(op);
  for (int i = 0; i < 24; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], 8) << i;
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {

template <>
Prelu<Device> Good(Pool& pool) {
  Prelu<Device> op;
  Assign(op.input, pool.Image(1, 3, 2, 2));
  Assign(op.multipliers, pool.Int32s({1 << 30, -(1 << 30), 0}));
  Assign(op.shifts, pool.Int32s({0, 1, 0}));
  op.input_zero_point = 4, op.output_zero_point = -1;
  op.positive_multiplier = 1 << 30, op.positive_shift = 1;
  Assign(op.out, pool.Image(1, 3, 2, 2));
  return op;
}

namespace {

TEST(Prelu, Refuses) {
  using Op = Prelu<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.positive_shift = 22; }), Error::kOk);
  EXPECT_EQ(with([](Op& op, Pool&) { op.positive_shift = 23; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.shifts.As<int32_t>()[2] = 23; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_zero_point = 128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.shifts, p.Int32s({0, 1})); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(1, 3, 2, 3)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.out.layout = Layout::kContiguous; }), Error::kBadType);
}

// Factors: 1 above zero; 1/2, -1 and 0 below it.
TEST(Prelu, ASlopeForEachChannel) {
  Pool pool;
  auto op = Good<Prelu<Device>>(pool);
  const int8_t in[12] = {14, 14, 14, -6, -6, -6, 4, 4, 4, 127, -128, -128};
  const int8_t out[12] = {9, 9, 9, -6, 9, -1, -1, -1, -1, 122, 127, -1};
  for (int i = 0; i < 12; ++i) op.input.As<int8_t>()[i] = in[i];
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], out[i]) << i;
}

}  // namespace
}  // namespace cortico::ops

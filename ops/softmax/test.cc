#include "ops/testing.h"

namespace cortico::ops {

template <>
Softmax<Device> Good(Pool& pool) {
  Softmax<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 5}));
  op.input_multiplier = 1 << 30;
  op.input_shift = 22;
  op.diff_min = -124;
  Assign(op.out, pool.Make(DType::kInt8, {2, 3, 5}));
  return op;
}

namespace {

TEST(Softmax, Refuses) {
  using Op = Softmax<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = 1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = 2; }), Error::kOk);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_zero_point = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_shift = 31; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_shift = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_multiplier = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.diff_min = 1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_shift = 25; op.diff_min = -63; }), Error::kOk);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input_shift = 25; op.diff_min = -64; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.input, p.Make(DType::kInt8, {1, 4096}));
              Assign(op.out, p.Make(DType::kInt8, {1, 4096}));
            }),
            Error::kBadShape);
}

// exp(d * 2^30 * 2^(22 - 31) / 2^26) = exp(d / 32): known by hand for two equal elements and far ones.
TEST(Softmax, EqualElementsShareTheWhole) {
  Pool pool;
  auto op = Good<Softmax<Device>>(pool);
  Assign(op.input, pool.Make(DType::kInt8, {1, 4}));
  Assign(op.out, pool.Make(DType::kInt8, {1, 4}));
  const int8_t in[4] = {127, 127, -128, -128}, expected[4] = {0, 0, -128, -128};
  for (int i = 0; i < 4; ++i) op.input.As<int8_t>()[i] = in[i];
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], expected[i]) << i;
}

}  // namespace
}  // namespace cortico::ops

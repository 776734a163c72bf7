#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedMul<Device> Good(Pool& pool) {
  QuantizedMul<Device> op;
  Assign(op.self, pool.Image(1, 3, 2, 4));
  Assign(op.other, pool.Image(1, 3, 1, 1));
  Assign(op.out, pool.Image(1, 3, 2, 4));
  op.output_multiplier = 1 << 30;
  op.output_shift = -6;
  return op;
}

namespace {

TEST(QuantizedMul, Refuses) {
  using Op = QuantizedMul<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.self_zero_point = 128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.other_zero_point = -129; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_shift = 15; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_shift = -32; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Image(1, 2, 1, 1)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.self, p.Image(1, 3, 1, 1)); }), Error::kBadShape)
      << "somebody must have out's size";
}

TEST(QuantizedMul, RepeatsAChannelVector) {
  Pool pool;
  auto op = Good<QuantizedMul<Device>>(pool);
  for (int32_t i = 0; i < 24; ++i) op.self.As<int8_t>()[i] = static_cast<int8_t>(i);
  for (int32_t c = 0; c < 3; ++c) op.other.As<int8_t>()[c] = static_cast<int8_t>(c - 1);
  op.output_shift = 1;  // 2^30 * 2 / 2^31: as it is
  ASSERT_EQ(Check(op), Error::kOk);
  for (bool swapped : {false, true}) {
    if (swapped) std::swap<Tensor>(op.self, op.other);
    RunOp(op);
    for (int32_t i = 0; i < 24; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], i * (i % 3 - 1)) << i;
  }
}

}  // namespace
}  // namespace cortico::ops

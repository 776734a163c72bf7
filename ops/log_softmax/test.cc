#include <cmath>

#include "ops/testing.h"

namespace cortico::ops {

// Input scale 1/16, output scale 1/8: step 1/2, log_step 8 ln 2.
template <>
LogSoftmax<Device> Good(Pool& pool) {
  LogSoftmax<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 4}));
  std::vector<int32_t> table;
  for (int d = 0; d < 256; ++d)
    table.push_back(static_cast<int32_t>(std::lround(std::exp(-d / 16.0) * 1048576)));
  Assign(op.exponentials, pool.Int32s(table));
  op.bits = 20;
  op.step = 1 << 19;
  op.log_step = static_cast<int32_t>(std::lround(8 * std::log(2.0) * 1048576));
  op.output_zero_point = 127;
  Assign(op.out, pool.Make(DType::kInt8, {2, 3, 4}));
  return op;
}

namespace {

TEST(LogSoftmax, Refuses) {
  using Op = LogSoftmax<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.exponentials.As<int32_t>()[0] = 1 << 19; }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.exponentials.As<int32_t>()[9] = (1 << 20) + 1; }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.exponentials.As<int32_t>()[9] = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.exponentials.data = nullptr; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.bits = 31; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.step = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.log_step = (1 << 30) + 1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.input, p.Make(DType::kInt8, {1, 4096}));
              Assign(op.out, p.Make(DType::kInt8, {1, 4096}));
            }),
            Error::kBadShape);
}

// Four equal elements: each ln(1/4) = -1.386, that is 11.09 steps of 1/8 below zero.
TEST(LogSoftmax, EqualElements) {
  Pool pool;
  auto op = Good<LogSoftmax<Device>>(pool);
  for (int i = 0; i < 24; ++i) op.input.As<int8_t>()[i] = static_cast<int8_t>(i / 4 - 3);
  RunOp(op);
  for (int i = 0; i < 24; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], 127 - 11) << i;
}

// One far above the others: 0 for it, the distance for them: 160 / 16 = 10 is 80 steps of 1/8.
TEST(LogSoftmax, OneStandsOut) {
  Pool pool;
  auto op = Good<LogSoftmax<Device>>(pool);
  for (int i = 0; i < 24; ++i) op.input.As<int8_t>()[i] = i % 4 == 2 ? 100 : -60;
  RunOp(op);
  for (int i = 0; i < 24; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], i % 4 == 2 ? 127 : 47) << i;
}

}  // namespace
}  // namespace cortico::ops

#include <vector>

#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedBatchMatmul<Device> Good(Pool& pool) {
  QuantizedBatchMatmul<Device> op;
  Assign(op.lhs, pool.Make(DType::kInt8, {2, 3, 5}));
  op.lhs_zero_point = 7;
  Assign(op.rhs_transposed, pool.Make(DType::kInt8, {2, 4, 5}));
  op.rhs_zero_point = -3;
  op.output_multiplier = 1 << 30;
  op.output_shift = -8;
  Assign(op.scratch, pool.Make(DType::kUInt8, {64}));
  Assign(op.out, pool.Make(DType::kInt8, {2, 3, 4}));
  return op;
}

namespace {

TEST(QuantizedBatchMatmul, Refuses) {
  using Op = QuantizedBatchMatmul<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.lhs_zero_point = 129; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.rhs_zero_point = -128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.output_shift = 31; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.rhs_transposed, p.Make(DType::kInt8, {1, 4, 5})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.rhs_transposed, p.Make(DType::kInt8, {2, 5, 4})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt8, {2, 4, 3})); }),
            Error::kBadShape);
}

// One row by one column: (1 + 7) * (5 - 3) + (2 + 7) * (6 - 3) = 43, as it is.
TEST(QuantizedBatchMatmul, AddsNegatedZeroPoints) {
  Pool pool;
  auto op = Good<QuantizedBatchMatmul<Device>>(pool);
  Assign(op.lhs, pool.Make(DType::kInt8, {1, 1, 2}));
  Assign(op.rhs_transposed, pool.Make(DType::kInt8, {1, 1, 2}));
  Assign(op.out, pool.Make(DType::kInt8, {1, 1, 1}));
  op.output_shift = 1;
  const int8_t a[2] = {1, 2}, b[2] = {5, 6};
  for (int i = 0; i < 2; ++i) op.lhs.As<int8_t>()[i] = a[i], op.rhs_transposed.As<int8_t>()[i] = b[i];
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  EXPECT_EQ(op.out.As<int8_t>()[0], 43);
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedLinear<Device> Good(Pool& pool) {
  QuantizedLinear<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 5}));
  Assign(op.weights, pool.Make(DType::kInt8, {4, 5}));
  Assign(op.bias, pool.Int32s({10, -20, 30, -40}));
  op.input_offset = 5;
  op.requantize_multipliers[0] = 1 << 30;
  op.requantize_shifts[0] = -6;
  Assign(op.out, pool.Make(DType::kInt8, {2, 3, 4}));
  return op;
}

template <>
LinearPerChannel<Device> Good(Pool& pool) {
  LinearPerChannel<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {3, 5}));
  Assign(op.weights, pool.Make(DType::kInt8, {4, 5}));
  Assign(op.bias, pool.Int32s({10, -20, 30, -40}));
  op.input_offset = 5;
  Assign(op.requantize_multipliers, pool.Int32s(std::vector<int32_t>(4, 1 << 30)));
  Assign(op.requantize_shifts, pool.Int32s({-6, -7, -5, -6}));
  Assign(op.scratch, pool.Make(DType::kUInt8, {16}));
  Assign(op.out, pool.Make(DType::kInt8, {3, 4}));
  return op;
}

namespace {

TEST(QuantizedLinear, LinearRefuses) {
  using Op = QuantizedLinear<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.kernel_sum, p.Int32s({1, 2, 3, 4})); }),
            Error::kBadArgument)
      << "bias and sums";
  EXPECT_EQ(with([](Op& op, Pool&) { op.requantize_shifts[0] = 31; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.requantize_multipliers[0] = INT32_MIN; }),
            Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.filter_offset = 129; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt8, {3, 2, 4})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.input, p.Make(DType::kInt8, {2, 3, 6})); }),
            Error::kBadShape);
  using PerChannel = LinearPerChannel<Device>;
  EXPECT_EQ(CheckWith<PerChannel>([](PerChannel& op, Pool& p) {
              Assign(op.requantize_multipliers, p.Int32s({1, 2, 3}));
            }),
            Error::kBadShape);
}

// The MVE form, bias and input offset added up beforehand, gives what the other one gives.
TEST(QuantizedLinear, LinearTakesSumsForABias) {
  if (kTakesKernelSums) GTEST_SKIP() << "this build takes nothing else";
  Pool pool;
  auto op = Good<QuantizedLinear<Device>>(pool);
  op.filter_offset = 3;
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  const std::vector<int8_t> expected(op.out.As<int8_t>(), op.out.As<int8_t>() + op.out.numel());
  std::vector<int32_t> sums;
  for (int32_t o = 0; o < 4; ++o) {
    int32_t sum = 0;
    for (int32_t i = 0; i < 5; ++i) sum += op.weights.As<int8_t>()[o * 5 + i] + op.filter_offset;
    sums.push_back(op.bias.As<int32_t>()[o] + op.input_offset * sum);
  }
  op.bias.data = nullptr;
  Assign(op.kernel_sum, pool.Int32s(sums));
  ASSERT_EQ(Check(op), Error::kOk);
  std::fill_n(op.out.As<int8_t>(), op.out.numel(), int8_t{0});
  RunOp(op);
  for (int32_t i = 0; i < op.out.numel(); ++i) {
    EXPECT_EQ(op.out.As<int8_t>()[i], expected[static_cast<size_t>(i)]) << i;
  }
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {

template <>
AtenConvolution<Device> Good(Pool& pool) {
  AtenConvolution<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {2, 4, 5, 6}));
  Assign(op.weight, pool.Make(DType::kFloat32, {6, 2, 3, 2}));
  Assign(op.bias, pool.Make(DType::kFloat32, {6}));
  op.stride = List<2>({2, 1});
  op.padding = List<2>({1, 0});
  op.groups = 2;
  Assign(op.out, pool.Make(DType::kFloat32, {2, 6, 3, 5}));
  return op;
}

namespace {

TEST(PortableConvolution, Refuses) {
  using Op = AtenConvolution<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.bias = {}; }), Error::kOk);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.bias, p.Make(DType::kFloat32, {5})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.stride[0] = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.padding[1] = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.padding[1] = 1; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.groups = 4; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.groups = 0; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.transposed = true; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.input, p.Make(DType::kInt8, {2, 4, 5, 6})); }),
            Error::kBadType);
}

// 1 2 3 with taps 1 10: 21 32; transposed: 1 12 23 30.
TEST(PortableConvolution, BothWays) {
  Pool pool;
  AtenConvolution<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {1, 1, 1, 3}));
  Assign(op.weight, pool.Make(DType::kFloat32, {1, 1, 1, 2}));
  Assign(op.out, pool.Make(DType::kFloat32, {1, 1, 1, 2}));
  for (int i = 0; i < 3; ++i) op.input.As<float>()[i] = static_cast<float>(i + 1);
  op.weight.As<float>()[0] = 1, op.weight.As<float>()[1] = 10;
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  EXPECT_EQ(op.out.As<float>()[0], 21);
  EXPECT_EQ(op.out.As<float>()[1], 32);
  op.transposed = true;
  Assign(op.out, pool.Make(DType::kFloat32, {1, 1, 1, 4}));
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  const float expected[] = {1, 12, 23, 30};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(op.out.As<float>()[i], expected[i]) << i;
}

}  // namespace
}  // namespace cortico::ops

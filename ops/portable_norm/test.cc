#include "ops/testing.h"

namespace cortico::ops {

template <>
AtenLayerNorm<Device> Good(Pool& pool) {
  AtenLayerNorm<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {2, 3, 4}));
  op.normalized_shape.count = 2;
  op.normalized_shape[0] = 3, op.normalized_shape[1] = 4;
  Assign(op.weight, pool.Make(DType::kFloat32, {3, 4}));
  Assign(op.bias, pool.Make(DType::kFloat32, {3, 4}));
  Assign(op.out0, pool.Make(DType::kFloat32, {2, 3, 4}));
  Assign(op.out1, pool.Make(DType::kFloat32, {2, 1, 1}));
  Assign(op.out2, pool.Make(DType::kFloat32, {2, 1, 1}));
  return op;
}
template <>
AtenGroupNorm<Device> Good(Pool& pool) {
  AtenGroupNorm<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {2, 4, 3, 1}));
  Assign(op.weight, pool.Make(DType::kFloat32, {4}));
  Assign(op.bias, pool.Make(DType::kFloat32, {4}));
  op.N = 2, op.C = 4, op.HxW = 3, op.group = 2;
  Assign(op.out0, pool.Make(DType::kFloat32, {2, 4, 3, 1}));
  Assign(op.out1, pool.Make(DType::kFloat32, {2, 2}));
  Assign(op.out2, pool.Make(DType::kFloat32, {2, 2}));
  return op;
}
template <>
AtenSoftmax<Device> Good(Pool& pool) {
  AtenSoftmax<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 4}));
  op.dim = 1;
  Assign(op.out, pool.Make(DType::kFloat32, {2, 3, 4}));
  return op;
}
template <>
AtenLogSoftmax<Device> Good(Pool& pool) {
  AtenLogSoftmax<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 4}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 3, 4}));
  return op;
}

namespace {

TEST(PortableNorm, Refuses) {
  using Layer = AtenLayerNorm<Device>;
  const auto layer = [](auto change) { return CheckWith<Layer>(change); };
  EXPECT_EQ(layer([](Layer& op, Pool&) { op.weight = {}, op.bias = {}; }), Error::kOk);
  EXPECT_EQ(layer([](Layer& op, Pool&) { op.normalized_shape[0] = 2; }), Error::kBadShape);
  EXPECT_EQ(layer([](Layer& op, Pool&) { op.normalized_shape.count = 0; }), Error::kBadArgument);
  EXPECT_EQ(layer([](Layer& op, Pool& p) { Assign(op.weight, p.Make(DType::kFloat32, {4})); }),
            Error::kBadShape);
  EXPECT_EQ(layer([](Layer& op, Pool& p) { Assign(op.out2, p.Make(DType::kFloat32, {1})); }),
            Error::kBadShape);
  using Group = AtenGroupNorm<Device>;
  const auto group = [](auto change) { return CheckWith<Group>(change); };
  EXPECT_EQ(group([](Group& op, Pool&) { op.group = 3; }), Error::kBadArgument);
  EXPECT_EQ(group([](Group& op, Pool&) { op.group = 0; }), Error::kBadArgument);
  EXPECT_EQ(group([](Group& op, Pool&) { op.HxW = 4; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<AtenSoftmax<Device>>([](auto& op, Pool&) { op.dim = 3; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<AtenSoftmax<Device>>([](auto& op, Pool&) { op.half_to_float = true; }),
            Error::kBadArgument);
}

// Two groups of two channels of one pixel: -1 1 and 3 3, with weights 1 2 3 4.
TEST(PortableNorm, GroupsHaveTheirChannelsWeights) {
  Pool pool;
  AtenGroupNorm<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {1, 4, 1}));
  Assign(op.weight, pool.Make(DType::kFloat32, {4}));
  op.N = 1, op.C = 4, op.HxW = 1, op.group = 2;
  op.eps = 0.0f;
  Assign(op.out0, op.input);
  Assign(op.out1, pool.Make(DType::kFloat32, {1, 2}));
  Assign(op.out2, pool.Make(DType::kFloat32, {1, 2}));
  const float x[] = {-1, 1, 3, 5};
  for (int i = 0; i < 4; ++i) {
    op.input.As<float>()[i] = x[i];
    op.weight.As<float>()[i] = static_cast<float>(i + 1);
  }
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  const float expected[] = {-1, 2, -3, 4};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(op.out0.As<float>()[i], expected[i]) << i;
  EXPECT_EQ(op.out1.As<float>()[1], 4);
  EXPECT_EQ(op.out2.As<float>()[1], 1);
}

}  // namespace
}  // namespace cortico::ops

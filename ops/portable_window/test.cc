#include "ops/testing.h"

namespace cortico::ops {

template <>
AtenAvgPool2d<Device> Good(Pool& pool) {
  AtenAvgPool2d<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 6, 5}));
  op.kernel_size = List<2>({3, 2});
  op.stride.count = 2;
  op.stride[0] = 2, op.stride[1] = 1;
  op.padding = List<2>({1, 0});
  Assign(op.out, pool.Make(DType::kFloat32, {2, 3, 3, 4}));
  return op;
}
template <>
AtenMaxPool2d<Device> Good(Pool& pool) {
  AtenMaxPool2d<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 6, 5}));
  op.kernel_size = List<2>({2, 2});
  Assign(op.out, pool.Make(DType::kFloat32, {2, 3, 3, 2}));
  Assign(op.indices, pool.Make(DType::kInt64, {2, 3, 3, 2}));
  return op;
}
template <>
AtenAdaptiveAvgPool2d<Device> Good(Pool& pool) {
  AtenAdaptiveAvgPool2d<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {1, 2, 7, 5}));
  op.output_size = List<2>({3, 2});
  Assign(op.out, pool.Make(DType::kFloat32, {1, 2, 3, 2}));
  return op;
}
template <>
AtenUpsampleNearest2d<Device> Good(Pool& pool) {
  AtenUpsampleNearest2d<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {1, 2, 3, 4}));
  op.output_size.count = 2;
  op.output_size[0] = 5, op.output_size[1] = 8;
  Assign(op.out, pool.Make(DType::kFloat32, {1, 2, 5, 8}));
  return op;
}
template <>
AtenUpsampleBilinear2d<Device> Good(Pool& pool) {
  AtenUpsampleBilinear2d<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {1, 2, 3, 4}));
  op.scale_factors.count = 2;
  op.scale_factors.v[0] = 2, op.scale_factors.v[1] = 1.5f;
  Assign(op.out, pool.Make(DType::kFloat32, {1, 2, 6, 6}));
  return op;
}

namespace {

TEST(PortableWindow, Refuses) {
  using Op = AtenAvgPool2d<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.padding[0] = 2; }), Error::kBadArgument) << "half of 3 is 1";
  EXPECT_EQ(with([](Op& op, Pool&) { op.divisor_override = {0, 1}; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.stride.count = 0; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.kernel_size[1] = 6; }), Error::kBadShape);
  using Resize = AtenUpsampleBilinear2d<Device>;
  const auto resize = [](auto change) { return CheckWith<Resize>(change); };
  EXPECT_EQ(resize([](Resize& op, Pool&) { op.scale_factors.v[0] = 0; }), Error::kBadArgument);
  EXPECT_EQ(resize([](Resize& op, Pool&) { op.scale_factors.count = -1; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<AtenMaxPool2d<Device>>(
                [](auto& op, Pool& p) { Assign(op.indices, p.Make(DType::kInt32, {2, 3, 3, 2})); }),
            Error::kBadType);
}

// A row of 1 2 3, windows of 2 with one element of padding.
TEST(PortableWindow, CountsPaddingOrNot) {
  Pool pool;
  AtenAvgPool2d<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {1, 1, 1, 3}));
  op.kernel_size = List<2>({1, 2});
  op.padding = List<2>({0, 1});
  Assign(op.out, pool.Make(DType::kFloat32, {1, 1, 1, 2}));
  for (int i = 0; i < 3; ++i) op.self.As<float>()[i] = static_cast<float>(i + 1);
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  EXPECT_EQ(op.out.As<float>()[0], 0.5f);
  EXPECT_EQ(op.out.As<float>()[1], 2.5f);
  op.count_include_pad = false;
  RunOp(op);
  EXPECT_EQ(op.out.As<float>()[0], 1);
  op.divisor_override = {4, 1};
  RunOp(op);
  EXPECT_EQ(op.out.As<float>()[1], 1.25f);
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {

template <>
AtenMm<Device> Good(Pool& pool) {
  AtenMm<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3}));
  Assign(op.mat2, pool.Make(DType::kFloat32, {3, 4}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 4}));
  return op;
}
template <>
AtenBmm<Device> Good(Pool& pool) {
  AtenBmm<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 2, 3}));
  Assign(op.mat2, pool.Make(DType::kFloat32, {2, 3, 4}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 2, 4}));
  return op;
}
template <>
AtenAddmm<Device> Good(Pool& pool) {
  AtenAddmm<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {4}));
  Assign(op.mat1, pool.Make(DType::kFloat32, {2, 3}));
  Assign(op.mat2, pool.Make(DType::kFloat32, {3, 4}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 4}));
  return op;
}

namespace {

TEST(PortableMatmul, Refuses) {
  const auto with = [](auto change) { return CheckWith<AtenBmm<Device>>(change); };
  EXPECT_EQ(with([](auto& op, Pool& p) { Assign(op.self, p.Make(DType::kFloat32, {2, 2, 2})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](auto& op, Pool& p) { Assign(op.mat2, p.Make(DType::kFloat32, {1, 3, 4})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](auto& op, Pool& p) { Assign(op.self, p.Make(DType::kInt32, {2, 2, 3})); }),
            Error::kBadType);
  EXPECT_EQ(CheckWith<AtenAddmm<Device>>(
                [](auto& op, Pool& p) { Assign(op.self, p.Make(DType::kFloat32, {3})); }),
            Error::kBadShape);
}

// [1 2 3; 4 5 6] times [1 0; 0 1; 1 1] = [4 5; 10 11], times alpha, plus beta times [10 20].
TEST(PortableMatmul, Factors) {
  Pool pool;
  AtenAddmm<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2}));
  Assign(op.mat1, pool.Make(DType::kFloat32, {2, 3}));
  Assign(op.mat2, pool.Make(DType::kFloat32, {3, 2}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 2}));
  op.self.As<float>()[0] = 10, op.self.As<float>()[1] = 20;
  for (int i = 0; i < 6; ++i) op.mat1.As<float>()[i] = static_cast<float>(i + 1);
  const float b[] = {1, 0, 0, 1, 1, 1};
  for (int i = 0; i < 6; ++i) op.mat2.As<float>()[i] = b[i];
  const auto expect = [&op](float beta, float alpha, std::initializer_list<float> expected) {
    op.beta.v = beta, op.alpha.v = alpha;
    ASSERT_EQ(Check(op), Error::kOk);
    RunOp(op);
    int i = 0;
    for (float e : expected) EXPECT_EQ(op.out.As<float>()[i++], e) << beta << " " << alpha;
  };
  expect(1, 1, {14, 25, 20, 31});
  expect(-1, 2, {-2, -10, 10, 2});
  op.self.As<float>()[0] = __builtin_nanf("");
  expect(0, 2, {8, 10, 20, 22});
}

}  // namespace
}  // namespace cortico::ops

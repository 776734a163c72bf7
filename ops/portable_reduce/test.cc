#include "ops/testing.h"

namespace cortico::ops {
namespace {

template <class Op>
Op GoodReduction(Pool& pool, DType result) {
  Op op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 4}));
  op.dim.count = 2;
  op.dim[0] = 2, op.dim[1] = -3;
  Assign(op.out, pool.Make(result, {3}));
  return op;
}

template <class Op>
Op GoodPlace(Pool& pool) {
  Op op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 4}));
  op.dim = {1, 1};
  op.keepdim = true;
  Assign(op.out, pool.Make(DType::kInt64, {2, 1, 4}));
  return op;
}

}  // namespace

template <>
AtenSum<Device> Good(Pool& pool) { return GoodReduction<AtenSum<Device>>(pool, DType::kFloat32); }
template <>
AtenMean<Device> Good(Pool& pool) { return GoodReduction<AtenMean<Device>>(pool, DType::kFloat32); }
template <>
AtenVar<Device> Good(Pool& pool) { return GoodReduction<AtenVar<Device>>(pool, DType::kFloat32); }
template <>
AtenAmax<Device> Good(Pool& pool) { return GoodReduction<AtenAmax<Device>>(pool, DType::kFloat32); }
template <>
AtenAmin<Device> Good(Pool& pool) { return GoodReduction<AtenAmin<Device>>(pool, DType::kFloat32); }
template <>
AtenAny<Device> Good(Pool& pool) { return GoodReduction<AtenAny<Device>>(pool, DType::kBool); }
template <>
AtenArgmax<Device> Good(Pool& pool) { return GoodPlace<AtenArgmax<Device>>(pool); }
template <>
AtenArgmin<Device> Good(Pool& pool) { return GoodPlace<AtenArgmin<Device>>(pool); }
template <>
AtenCumsum<Device> Good(Pool& pool) {
  AtenCumsum<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 4}));
  op.dim = -2;
  Assign(op.out, pool.Make(DType::kFloat32, {2, 3, 4}));
  return op;
}

namespace {

TEST(PortableReduce, Refuses) {
  using Op = AtenSum<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim[0] = 3; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim[0] = -4; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim[0] = 0; }), Error::kBadArgument) << "0 and -3";
  EXPECT_EQ(with([](Op& op, Pool&) { op.keepdim = true; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim.count = -1; }), Error::kBadShape) << "all";
  EXPECT_EQ(with([](Op& op, Pool& p) {
              op.dim.count = -1;
              Assign(op.out, p.Make(DType::kFloat32, {}));
            }),
            Error::kOk);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.self, p.Make(DType::kBool, {2, 3, 4})); }),
            Error::kBadType)
      << "a sum of masks is a count";
}

TEST(PortableReduce, CountsTrueOnes) {
  Pool pool;
  AtenSum<Device> op;
  Assign(op.self, pool.Make(DType::kBool, {5}));
  Assign(op.out, pool.Make(DType::kInt64, {}));
  const uint8_t mask[] = {1, 0, 1, 1, 0};
  for (int i = 0; i < 5; ++i) op.self.As<uint8_t>()[i] = mask[i];
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  EXPECT_EQ(op.out.As<int64_t>()[0], 3);
}

// 1, 2, 6: the mean is 3, the squares 4, 1, 9.
TEST(PortableReduce, Variance) {
  Pool pool;
  AtenVar<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {3}));
  Assign(op.out, pool.Make(DType::kFloat32, {}));
  const float values[] = {1, 2, 6};
  for (int i = 0; i < 3; ++i) op.self.As<float>()[i] = values[i];
  RunOp(op);
  EXPECT_EQ(op.out.As<float>()[0], 7.0f);
  op.correction = {0, 1};
  RunOp(op);
  EXPECT_EQ(op.out.As<float>()[0], static_cast<float>(14.0 / 3));
  op.correction = {3, 1};
  RunOp(op);
  EXPECT_EQ(op.out.As<float>()[0], __builtin_inff()) << "nothing is left to divide by";
}

TEST(PortableReduce, NotANumberWins) {
  Pool pool;
  AtenArgmax<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {4}));
  Assign(op.out, pool.Make(DType::kInt64, {}));
  const float values[] = {1, 5, __builtin_nanf(""), 5};
  for (int i = 0; i < 4; ++i) op.self.As<float>()[i] = values[i];
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  EXPECT_EQ(op.out.As<int64_t>()[0], 2);
  op.self.As<float>()[2] = 0;
  RunOp(op);
  EXPECT_EQ(op.out.As<int64_t>()[0], 1) << "of equals the first";
}

}  // namespace
}  // namespace cortico::ops

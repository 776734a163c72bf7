#include "ops/testing.h"

namespace cortico::ops {
namespace {

// [2, 3, 4] with [3, 1]: one operand repeats in two ways.
template <class Op>
Op GoodBinary(Pool& pool, DType result) {
  Op op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 4}));
  Assign(op.other, pool.Make(DType::kFloat32, {3, 1}));
  Assign(op.out, pool.Make(result, {2, 3, 4}));
  return op;
}

}  // namespace

#define CORTICO_GOOD(Struct, result)                 \
  template <>                                        \
  Struct<Device> Good(Pool& pool) {                  \
    return GoodBinary<Struct<Device>>(pool, result); \
  }
#define CORTICO_SCALED(Struct, name, f, i) CORTICO_GOOD(Struct, DType::kFloat32)
#define CORTICO_ARITHMETIC(Struct, name, aten, f, i) CORTICO_GOOD(Struct, DType::kFloat32)
#define CORTICO_REAL(Struct, name, aten, f) CORTICO_GOOD(Struct, DType::kFloat32)
#define CORTICO_COMPARISON(Struct, name, aten, overload, f) CORTICO_GOOD(Struct, DType::kBool)
#include "ops/portable_binary/binary.inc"
#undef CORTICO_SCALED
#undef CORTICO_ARITHMETIC
#undef CORTICO_REAL
#undef CORTICO_COMPARISON
#undef CORTICO_GOOD

template <>
AtenPow<Device> Good(Pool& pool) {
  AtenPow<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3}));
  Assign(op.exponent, pool.Make(DType::kFloat32, {}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 3}));
  return op;
}
template <>
AtenWhere<Device> Good(Pool& pool) {
  AtenWhere<Device> op;
  Assign(op.condition, pool.Make(DType::kBool, {2, 1}));
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3}));
  Assign(op.other, pool.Make(DType::kFloat32, {}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 3}));
  return op;
}

namespace {

TEST(PortableBinary, Refuses) {
  using Op = AtenMul<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Make(DType::kFloat32, {3})); }),
            Error::kBadShape)
      << "3 against 4";
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Make(DType::kFloat32, {1, 2, 3, 4})); }),
            Error::kBadShape)
      << "out is no smaller than an operand";
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Make(DType::kInt8, {3, 1})); }),
            Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt64, {2, 3, 4})); }),
            Error::kBadType)
      << "floats have no integer product";
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Make(DType::kInt64, {3, 1})); }),
            Error::kOk)
      << "an integer beside a float is a float";
  EXPECT_EQ(CheckWith<AtenAdd<Device>>([](auto& op, Pool&) { op.alpha.v = 16777218.0f; }),
            Error::kBadArgument);
  EXPECT_EQ(CheckWith<AtenAdd<Device>>([](auto& op, Pool&) { op.alpha.v = __builtin_nanf(""); }),
            Error::kBadArgument);
}

TEST(PortableBinary, BroadcastsAndScales) {
  Pool pool;
  auto op = Good<AtenSub<Device>>(pool);
  op.alpha.v = 10;
  for (int i = 0; i < 24; ++i) op.self.As<float>()[i] = static_cast<float>(i);
  for (int i = 0; i < 3; ++i) op.other.As<float>()[i] = static_cast<float>(i);
  RunOp(op);
  for (int i = 0; i < 24; ++i)
    EXPECT_EQ(op.out.As<float>()[i], static_cast<float>(i - 10 * (i / 4 % 3))) << i;
}

TEST(PortableBinary, IntegersAreComputedWhole) {
  Pool pool;
  AtenSub<Device> op;
  Assign(op.self, pool.Make(DType::kInt64, {2}));
  Assign(op.other, pool.Make(DType::kInt32, {2}));
  Assign(op.out, pool.Make(DType::kInt64, {2}));
  const int64_t large = (int64_t{1} << 53) + 1;
  op.self.As<int64_t>()[0] = large;
  op.self.As<int64_t>()[1] = INT64_MIN;
  op.other.As<int32_t>()[0] = 1;
  op.other.As<int32_t>()[1] = 1;
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  EXPECT_EQ(op.out.As<int64_t>()[0], large - 1);
  EXPECT_EQ(op.out.As<int64_t>()[1], INT64_MAX) << "wraps around, as in torch";
}

}  // namespace
}  // namespace cortico::ops

#include <cmath>

#include "ops/testing.h"

namespace cortico::ops {
namespace {

template <class Op>
Op GoodActivation(Pool& pool) {
  Op op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 5}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 5}));
  return op;
}

}  // namespace

#define CORTICO_GOOD(Struct)                      \
  template <>                                     \
  Struct<Device> Good(Pool& pool) {               \
    return GoodActivation<Struct<Device>>(pool); \
  }
CORTICO_GOOD(AtenClamp)
CORTICO_GOOD(AtenHardtanh)
CORTICO_GOOD(AtenLeakyRelu)
CORTICO_GOOD(AtenElu)
CORTICO_GOOD(AtenGelu)
#undef CORTICO_GOOD

namespace {

TEST(PortableActivation, Refuses) {
  EXPECT_EQ(CheckWith<AtenGelu<Device>>([](auto& op, Pool&) { op.approximate.v = "tanh"; }), Error::kOk);
  EXPECT_EQ(CheckWith<AtenGelu<Device>>([](auto& op, Pool&) { op.approximate.v = "erf"; }),
            Error::kBadArgument);
  EXPECT_EQ(CheckWith<AtenElu<Device>>(
                [](auto& op, Pool& p) { Assign(op.self, p.Make(DType::kInt64, {2, 5})); }),
            Error::kBadType);
}

TEST(PortableActivation, BoundsMayBeAbsentOrCross) {
  Pool pool;
  AtenClamp<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {3}));
  Assign(op.out, op.self);
  const auto expect = [&op](float a, float b, float c) {
    const float values[] = {-2, 0.5f, __builtin_nanf("")};
    for (int i = 0; i < 3; ++i) op.self.As<float>()[i] = values[i];
    ASSERT_EQ(Check(op), Error::kOk);
    RunOp(op);
    EXPECT_EQ(op.out.As<float>()[0], a);
    EXPECT_EQ(op.out.As<float>()[1], b);
    EXPECT_EQ(std::isnan(op.out.As<float>()[2]), std::isnan(c));
  };
  const float nan = __builtin_nanf("");
  expect(-2, 0.5f, nan);
  op.min = {-1, 1};
  expect(-1, 0.5f, nan);
  op.max = {-3, 1};
  expect(-3, -3, nan);
}

}  // namespace
}  // namespace cortico::ops

#include <cmath>
#include <limits>

#include "ops/testing.h"

namespace cortico::ops {
namespace {

template <class Op>
Op GoodUnary(Pool& pool, DType result) {
  Op op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 5}));
  Assign(op.out, pool.Make(result, {2, 3, 5}));
  return op;
}

}  // namespace

#define CORTICO_GOOD(Struct, result)             \
  template <>                                    \
  Struct<Device> Good(Pool& pool) {              \
    return GoodUnary<Struct<Device>>(pool, result); \
  }
#define CORTICO_FUNCTION(Struct, name, x) CORTICO_GOOD(Struct, DType::kFloat32)
#define CORTICO_NUMBER_FUNCTION(Struct, name, x, n) CORTICO_GOOD(Struct, DType::kFloat32)
#define CORTICO_PREDICATE(Struct, name, x, n) CORTICO_GOOD(Struct, DType::kBool)
#include "ops/portable_unary/unary.inc"
#undef CORTICO_FUNCTION
#undef CORTICO_NUMBER_FUNCTION
#undef CORTICO_PREDICATE
CORTICO_GOOD(AtenToCopy, DType::kInt64)
#undef CORTICO_GOOD

namespace {

TEST(PortableUnary, Refuses) {
  using Op = AtenAbs<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.self, p.Make(DType::kInt8, {2, 3, 5})); }),
            Error::kBadType)
      << "int8 is quantized";
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.self, p.Make(DType::kInt64, {2, 3, 5})); }),
            Error::kBadType)
      << "an integer's absolute value is an integer";
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.self, p.Make(DType::kBool, {2, 3, 5})); }),
            Error::kOk);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kFloat32, {2, 3, 4})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.self, p.Make(DType::kFloat32, {1, 2, 3, 5}, Layout::kChannelsLast));
              Assign(op.out, p.Make(DType::kFloat32, {1, 2, 3, 5}, Layout::kChannelsLast));
            }),
            Error::kBadType);
}

TEST(PortableUnary, FloatsToIntegersAreHeld) {
  Pool pool;
  auto op = Good<AtenToCopy<Device>>(pool);
  const float values[] = {-2.7f, 2.7f, std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity(), -1e30f, 9.3e18f};
  for (int i = 0; i < 6; ++i) op.self.As<float>()[i] = values[i];
  RunOp(op);
  const int64_t expected[] = {-2, 2, 0, INT64_MAX, INT64_MIN, INT64_MAX};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(op.out.As<int64_t>()[i], expected[i]) << i;
}

TEST(PortableUnary, IntegersStayIntegers) {
  Pool pool;
  AtenNeg<Device> op;
  Assign(op.self, pool.Make(DType::kInt64, {3}));
  Assign(op.out, op.self);
  op.self.As<int64_t>()[0] = INT64_MIN;
  op.self.As<int64_t>()[1] = (int64_t{1} << 40) + 1;
  op.self.As<int64_t>()[2] = 0;
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  EXPECT_EQ(op.out.As<int64_t>()[0], INT64_MIN) << "wraps around, as in torch";
  EXPECT_EQ(op.out.As<int64_t>()[1], -(int64_t{1} << 40) - 1);
  EXPECT_EQ(op.out.As<int64_t>()[2], 0);
}

}  // namespace
}  // namespace cortico::ops

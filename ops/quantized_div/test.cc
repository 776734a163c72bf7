#include <limits>

#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedDiv<Device> Good(Pool& pool) {
  QuantizedDiv<Device> op;
  Assign(op.self, pool.Make(DType::kInt8, {2, 3}));
  Assign(op.other, pool.Make(DType::kInt8, {2, 3}));
  Assign(op.out, pool.Make(DType::kInt8, {2, 3}));
  op.output_scale = 2.0f;
  return op;
}

namespace {

TEST(QuantizedDiv, Refuses) {
  using Op = QuantizedDiv<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  for (float scale : {0.0f, -1.0f, 2e6f, 5e-7f, std::numeric_limits<float>::quiet_NaN()})
    EXPECT_EQ(with([=](Op& op, Pool&) { op.output_scale = scale; }), Error::kBadArgument) << scale;
  EXPECT_EQ(with([](Op& op, Pool&) { op.self_zero_point = 128; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Make(DType::kInt8, {3, 2})); }),
            Error::kBadShape);
}

// 2 a / b: halves to even, a quotient by zero is zero.
TEST(QuantizedDiv, RoundsHalvesToEven) {
  Pool pool;
  auto op = Good<QuantizedDiv<Device>>(pool);
  op.output_zero_point = -3;
  const int8_t a[6] = {5, 7, -5, 9, 127, -128}, b[6] = {4, 4, 4, 0, 1, 1};
  const int8_t expected[6] = {2 - 3, 4 - 3, -2 - 3, -3, 127, -128};
  for (int i = 0; i < 6; ++i) op.self.As<int8_t>()[i] = a[i], op.other.As<int8_t>()[i] = b[i];
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], expected[i]) << i;
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {

template <>
Argmax<Device> Good(Pool& pool) {
  Argmax<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 4}));
  op.dim = 1;
  Assign(op.out, pool.Make(DType::kInt64, {2, 4}));
  return op;
}
template <>
Argmin<Device> Good(Pool& pool) {
  Argmin<Device> op;
  static_cast<Argmax<Device>&>(op) = Good<Argmax<Device>>(pool);
  return op;
}

namespace {

TEST(Argmax, Refuses) {
  using Op = Argmax<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = 3; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = 2; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt64, {2, 1, 4})); }),
            Error::kOk);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt32, {2, 4})); }),
            Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.input, p.Image(1, 3, 2, 4));
              Assign(op.out, p.Make(DType::kInt64, {1, 3, 4}));
              op.dim = 2;
            }),
            Error::kBadType)
      << "of an image only the channels can be dropped";
}

TEST(Argmax, TheFirstOfEquals) {
  Pool pool;
  auto op = Good<Argmax<Device>>(pool);
  Assign(op.input, pool.Make(DType::kInt8, {1, 5}));
  Assign(op.out, pool.Make(DType::kInt64, {1}));
  const int8_t in[5] = {-3, 7, -128, 7, -128};
  for (int i = 0; i < 5; ++i) op.input.As<int8_t>()[i] = in[i];
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  EXPECT_EQ(*op.out.As<int64_t>(), 1);
  Argmin<Device> least;
  static_cast<Argmax<Device>&>(least) = op;
  RunOp(least);
  EXPECT_EQ(*op.out.As<int64_t>(), 2);
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {

template <>
Transpose<Device> Good(Pool& pool) {
  Transpose<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 4}));
  op.perm.count = 3;
  op.perm[0] = 2, op.perm[1] = 0, op.perm[2] = 1;
  Assign(op.out, pool.Make(DType::kInt8, {4, 2, 3}));
  return op;
}

namespace {

TEST(Transpose, Refuses) {
  using Op = Transpose<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.perm[0] = 3; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.perm[0] = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.perm[2] = 0; }), Error::kBadArgument) << "0 twice";
  EXPECT_EQ(with([](Op& op, Pool&) { op.perm.count = 2; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt8, {4, 3, 2})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.input, p.Make(DType::kInt16, {2, 3, 4})); }),
            Error::kBadType);
}

TEST(Transpose, OutDimensionIIsInputDimensionPermI) {
  Pool pool;
  auto op = Good<Transpose<Device>>(pool);
  RunOp(op);
  for (int a = 0; a < 2; ++a)
    for (int b = 0; b < 3; ++b)
      for (int c = 0; c < 4; ++c)
        EXPECT_EQ(op.out.As<int8_t>()[(c * 2 + a) * 3 + b], op.input.As<int8_t>()[(a * 3 + b) * 4 + c]);
}

}  // namespace
}  // namespace cortico::ops

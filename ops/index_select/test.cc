#include "ops/testing.h"

namespace cortico::ops {

template <>
IndexSelect<Device> Good(Pool& pool) {
  IndexSelect<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 3, 4}));
  op.dim = 1;
  Assign(op.index, pool.Int32s({2, 0, 2, 1}));
  Assign(op.out, pool.Make(DType::kInt8, {2, 4, 4}));
  return op;
}

namespace {

TEST(IndexSelect, Refuses) {
  using Op = IndexSelect<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.index.As<int32_t>()[1] = 3; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.index.As<int32_t>()[1] = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = 3; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.index, p.Int32s({0, 1, 2})); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.index.data = nullptr; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt16, {2, 4, 4})); }),
            Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Make(DType::kInt8, {2, 4, 5})); }),
            Error::kBadShape);
}

TEST(IndexSelect, TakesRowsOfAnyType) {
  Pool pool;
  auto op = Good<IndexSelect<Device>>(pool);
  Assign(op.input, pool.Make(DType::kInt32, {2, 3, 4}));
  Assign(op.out, pool.Make(DType::kInt32, {2, 4, 4}));
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  const int32_t places[4] = {2, 0, 2, 1};
  for (int n = 0; n < 2; ++n)
    for (int k = 0; k < 4; ++k)
      for (int i = 0; i < 4; ++i)
        EXPECT_EQ(op.out.As<int32_t>()[(n * 4 + k) * 4 + i],
                  op.input.As<int32_t>()[(n * 3 + places[k]) * 4 + i]);
}

TEST(IndexSelect, ChannelsOfAnImage) {
  Pool pool;
  auto op = Good<IndexSelect<Device>>(pool);
  Assign(op.input, pool.Image(1, 3, 2, 2));
  Assign(op.out, pool.Image(1, 4, 2, 2));
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  const int32_t places[4] = {2, 0, 2, 1};
  for (int p = 0; p < 4; ++p)
    for (int k = 0; k < 4; ++k)
      EXPECT_EQ(op.out.As<int8_t>()[p * 4 + k], op.input.As<int8_t>()[p * 3 + places[k]]);
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {

template <>
SliceCopy<Device> Good(Pool& pool) {
  SliceCopy<Device> op;
  Assign(op.self, pool.Image(2, 6, 2, 4));
  op.dim = 1, op.start = 1, op.end = 6, op.step = 2;
  Assign(op.out, pool.Image(2, 3, 2, 4));
  return op;
}

namespace {

TEST(SliceCopy, Refuses) {
  using Op = SliceCopy<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = 4; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.step = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.start = -1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.end = 7; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.end = 1; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.end = 5; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.out.dtype = DType::kUInt8; }), Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool&) { op.step = INT32_MAX; }), Error::kBadArgument);
}

TEST(SliceCopy, TakesEverySecondChannel) {
  Pool pool;
  auto op = Good<SliceCopy<Device>>(pool);
  RunOp(op);
  for (int pixel = 0; pixel < 16; ++pixel)
    for (int c = 0; c < 3; ++c)
      EXPECT_EQ(op.out.As<int8_t>()[pixel * 3 + c], op.self.As<int8_t>()[pixel * 6 + 1 + 2 * c]);
}

TEST(SliceCopy, RowsAreOneRun) {
  Pool pool;
  SliceCopy<Device> op;
  Assign(op.self, pool.Make(DType::kInt16, {5, 3}));
  op.dim = -2, op.start = 1, op.end = 4;
  Assign(op.out, pool.Make(DType::kInt16, {3, 3}));
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(op.out.As<int16_t>()[i], op.self.As<int16_t>()[i + 3]);
}

}  // namespace
}  // namespace cortico::ops

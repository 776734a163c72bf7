#include "ops/testing.h"

namespace cortico::ops {

template <>
Cat<Device> Good(Pool& pool) {
  Cat<Device> op;
  op.tensors.count = 3;
  const int32_t channels[3] = {3, 1, 2};
  for (int i = 0; i < 3; ++i) Assign(op.tensors.v[i], pool.Image(2, channels[i], 2, 4));
  op.dim = 1;
  Assign(op.out, pool.Image(2, 6, 2, 4));
  return op;
}

namespace {

TEST(Cat, Refuses) {
  using Op = Cat<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = 4; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = -5; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = -3; }), Error::kOk);
  EXPECT_EQ(with([](Op& op, Pool&) { op.tensors.count = 2; }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.tensors.count = 0; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.tensors.v[1], p.Image(2, 1, 2, 5)); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.tensors.v[0].layout = Layout::kContiguous; }),
            Error::kBadType);
}

TEST(Cat, StandsSideBySideInEveryPixel) {
  Pool pool;
  auto op = Good<Cat<Device>>(pool);
  RunOp(op);
  for (int pixel = 0; pixel < 16; ++pixel) {
    const int8_t* out = op.out.As<int8_t>() + pixel * 6;
    for (int c = 0; c < 3; ++c) EXPECT_EQ(out[c], op.tensors.v[0].As<int8_t>()[pixel * 3 + c]);
    EXPECT_EQ(out[3], op.tensors.v[1].As<int8_t>()[pixel]);
    for (int c = 0; c < 2; ++c) EXPECT_EQ(out[4 + c], op.tensors.v[2].As<int8_t>()[pixel * 2 + c]);
  }
}

TEST(Cat, AnInputMayLieAtItsPlace) {
  Pool pool;
  Cat<Device> op;
  op.tensors.count = 2;
  Assign(op.out, pool.Make(DType::kInt8, {5, 3}));
  for (int i = 0; i < 2; ++i) Assign(op.tensors.v[i], pool.Make(DType::kInt8, {i == 0 ? 2 : 3, 3}));
  op.tensors.v[1].data = op.out.As<int8_t>() + 6;
  for (int i = 0; i < 15; ++i) op.out.As<int8_t>()[i] = static_cast<int8_t>(i);
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], op.tensors.v[0].As<int8_t>()[i]);
  for (int i = 6; i < 15; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], i);
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {

template <>
AtenPermute<Device> Good(Pool& pool) {
  AtenPermute<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 4}));
  op.dims.count = 3;
  op.dims[0] = 2, op.dims[1] = 0, op.dims[2] = -2;
  Assign(op.out, pool.Make(DType::kFloat32, {4, 2, 3}));
  return op;
}
template <>
AtenExpand<Device> Good(Pool& pool) {
  AtenExpand<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {3, 1}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 3, 4}));
  return op;
}
template <>
AtenFlip<Device> Good(Pool& pool) {
  AtenFlip<Device> op;
  Assign(op.self, pool.Make(DType::kInt64, {2, 3, 4}));
  op.dims.count = 2;
  op.dims[0] = 0, op.dims[1] = -1;
  Assign(op.out, pool.Make(DType::kInt64, {2, 3, 4}));
  return op;
}
template <>
AtenPad<Device> Good(Pool& pool) {
  AtenPad<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 3, 4}));
  op.pad.count = 4;
  op.pad[0] = 1, op.pad[1] = -1, op.pad[2] = -1, op.pad[3] = 3;
  Assign(op.out, pool.Make(DType::kFloat32, {2, 5, 4}));
  return op;
}

namespace {

TEST(PortableMovement, Refuses) {
  EXPECT_EQ(CheckWith<AtenPermute<Device>>([](auto& op, Pool&) { op.dims[0] = 1; }), Error::kBadArgument)
      << "1 twice";
  EXPECT_EQ(CheckWith<AtenPermute<Device>>([](auto& op, Pool&) { op.dims.count = 2; }), Error::kBadShape);
  EXPECT_EQ(CheckWith<AtenFlip<Device>>([](auto& op, Pool&) { op.dims[0] = 2; }), Error::kBadArgument);
  using Pad = AtenPad<Device>;
  const auto pad = [](auto change) { return CheckWith<Pad>(change); };
  EXPECT_EQ(pad([](Pad& op, Pool&) { op.pad.count = 3; }), Error::kBadArgument);
  EXPECT_EQ(pad([](Pad& op, Pool&) { op.pad[0] = 2; }), Error::kBadShape);
  EXPECT_EQ(pad([](Pad& op, Pool&) { op.pad[0] = INT32_MIN, op.pad[1] = INT32_MAX; }),
            Error::kBadArgument);
  EXPECT_EQ(pad([](Pad& op, Pool&) { op.pad[0] = -5, op.pad[1] = 5; }), Error::kBadArgument)
      << "no more than there is";
  EXPECT_EQ(pad([](Pad& op, Pool&) { op.pad[0] = -4, op.pad[1] = 4; }), Error::kOk);
}

// Rows 1 2 and 3 4: the first row goes, a column of 9 comes in front.
TEST(PortableMovement, PadsAndCuts) {
  Pool pool;
  AtenPad<Device> op;
  Assign(op.self, pool.Make(DType::kInt32, {2, 2}));
  for (int i = 0; i < 4; ++i) op.self.As<int32_t>()[i] = i + 1;
  op.pad.count = 4;
  op.pad[0] = 1, op.pad[2] = -1;
  op.value.v = 9;
  Assign(op.out, pool.Make(DType::kInt32, {1, 3}));
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  const int32_t expected[] = {9, 3, 4};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(op.out.As<int32_t>()[i], expected[i]);
}

}  // namespace
}  // namespace cortico::ops

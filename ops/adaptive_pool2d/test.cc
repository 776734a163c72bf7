#include "ops/testing.h"

namespace cortico::ops {

template <>
AdaptiveAvgPool2d<Device> Good(Pool& pool) {
  AdaptiveAvgPool2d<Device> op;
  Assign(op.input, pool.Image(2, 3, 7, 5));
  Assign(op.out, pool.Image(2, 3, 3, 4));
  return op;
}
template <>
AdaptiveMaxPool2d<Device> Good(Pool& pool) {
  AdaptiveMaxPool2d<Device> op;
  static_cast<AdaptiveAvgPool2d<Device>&>(op) = Good<AdaptiveAvgPool2d<Device>>(pool);
  return op;
}

namespace {

TEST(AdaptivePool2d, Refuses) {
  using Op = AdaptiveAvgPool2d<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(2, 4, 3, 4)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(1, 3, 3, 4)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input.layout = Layout::kContiguous; }), Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool& p) {
              Assign(op.input, p.Image(1, 1, 2100, 2100));
              Assign(op.out, p.Image(1, 1, 1, 1));
            }),
            Error::kSumOverflow);
}

// Of five elements to three: [0, 2), [1, 4), [3, 5).
TEST(AdaptivePool2d, WindowsOverlap) {
  Pool pool;
  auto op = Good<AdaptiveAvgPool2d<Device>>(pool);
  Assign(op.input, pool.Image(1, 1, 1, 5));
  Assign(op.out, pool.Image(1, 1, 1, 3));
  const int8_t in[5] = {1, 2, -9, 4, -7}, mean[3] = {2, -1, -2}, most[3] = {2, 4, 4};
  for (int i = 0; i < 5; ++i) op.input.As<int8_t>()[i] = in[i];
  ASSERT_EQ(Check(op), Error::kOk);
  RunOp(op);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], mean[i]) << i;
  AdaptiveMaxPool2d<Device> largest;
  static_cast<AdaptiveAvgPool2d<Device>&>(largest) = op;
  RunOp(largest);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], most[i]) << i;
}

}  // namespace
}  // namespace cortico::ops

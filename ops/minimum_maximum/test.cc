#include <algorithm>

#include "ops/testing.h"

namespace cortico::ops {

template <>
Minimum<Device> Good(Pool& pool) {
  Minimum<Device> op;
  Assign(op.self, pool.Image(2, 3, 2, 4));
  Assign(op.other, pool.Image(1, 3, 2, 4));
  Assign(op.out, pool.Image(2, 3, 2, 4));
  return op;
}
template <>
Maximum<Device> Good(Pool& pool) {
  Maximum<Device> op;
  Assign(op.self, pool.Make(DType::kInt8, {2, 3, 4}));
  Assign(op.other, pool.Make(DType::kInt8, {4}));
  Assign(op.out, pool.Make(DType::kInt8, {2, 3, 4}));
  return op;
}

namespace {

TEST(MinimumMaximum, Refuses) {
  using Op = Maximum<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Make(DType::kInt8, {3})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Make(DType::kInt8, {1, 1, 1, 4})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.other, p.Make(DType::kInt16, {4})); }),
            Error::kBadType);
  EXPECT_EQ(CheckWith<Minimum<Device>>([](Minimum<Device>& op, Pool&) {
              op.other.layout = Layout::kContiguous;
            }),
            Error::kBadType);
}

TEST(MinimumMaximum, StretchesAxesOfOne) {
  Pool pool;
  auto op = Good<Maximum<Device>>(pool);
  RunOp(op);
  for (int i = 0; i < 24; ++i)
    EXPECT_EQ(op.out.As<int8_t>()[i], std::max(op.self.As<int8_t>()[i], op.other.As<int8_t>()[i % 4]));
  auto least = Good<Minimum<Device>>(pool);
  RunOp(least);
  for (int i = 0; i < 48; ++i)
    EXPECT_EQ(least.out.As<int8_t>()[i],
              std::min(least.self.As<int8_t>()[i], least.other.As<int8_t>()[i % 24]));
}

}  // namespace
}  // namespace cortico::ops

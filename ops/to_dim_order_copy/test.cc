#include <cstring>

#include "ops/testing.h"

namespace cortico::ops {

template <>
ToDimOrderCopy<Device> Good(Pool& pool) {
  ToDimOrderCopy<Device> op;
  Assign(op.self, pool.Make(DType::kInt16, {2, 3, 4, 5}));
  Assign(op.out, pool.Make(DType::kInt16, {2, 3, 4, 5}, Layout::kChannelsLast));
  return op;
}

template <>
CloneDimOrder<Device> Good(Pool& pool) {
  CloneDimOrder<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {1, 3, 4, 5}, Layout::kChannelsLast));
  Assign(op.out, pool.Make(DType::kFloat32, {1, 3, 4, 5}));
  return op;
}

namespace {

TEST(ToDimOrderCopy, MovesDataBothWays) {
  Pool pool;
  auto op = Good<ToDimOrderCopy<Device>>(pool);
  RunOp(op);
  for (int32_t n = 0; n < 2; ++n) {
    for (int32_t c = 0; c < 3; ++c) {
      for (int32_t p = 0; p < 20; ++p) {
        EXPECT_EQ(op.out.As<int16_t>()[(n * 20 + p) * 3 + c],
                  op.self.As<int16_t>()[(n * 3 + c) * 20 + p]);
      }
    }
  }
  ToDimOrderCopy<Device> back;
  static_cast<Tensor&>(back.self) = op.out;
  Assign(back.out, pool.Make(DType::kInt16, {2, 3, 4, 5}));
  RunOp(back);
  EXPECT_EQ(std::memcmp(back.out.data, op.self.data, 240), 0);

  using Op = ToDimOrderCopy<Device>;
  EXPECT_EQ(CheckWith<Op>([](Op& o, Pool&) { o.out.dtype = DType::kInt8; }), Error::kBadType);
  EXPECT_EQ(CheckWith<Op>([](Op& o, Pool&) { o.out.layout = Layout::kOther; }), Error::kBadType);
}

}  // namespace
}  // namespace cortico::ops

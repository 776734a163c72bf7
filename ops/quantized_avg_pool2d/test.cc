#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedAvgPool2d<Device> Good(Pool& pool) {
  QuantizedAvgPool2d<Device> op;
  Assign(op.input, pool.Image(2, 3, 5, 7));
  op.kernel_size = List<2>({3, 2});
  op.stride = List<2>({2, 2});
  op.padding = List<2>({1, 1});
  Assign(op.scratch, pool.Make(DType::kUInt8, {64}));
  Assign(op.out, pool.Image(2, 3, 3, 4));
  return op;
}

template <>
QuantizedAvgPool2dNhwc<Device> Good(Pool& pool) {
  return GoodNhwc<QuantizedAvgPool2dNhwc<Device>, QuantizedAvgPool2d<Device>>(pool);
}

namespace {

TEST(QuantizedAvgPool2d, Refuses) {
  using Op = QuantizedAvgPool2d<Device>;
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.kernel_size[0] = 0; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool& p) {
              op.kernel_size[0] = 1;  // padding 1: the first window is all padding
              Assign(op.out, p.Image(2, 3, 4, 4));
            }),
            Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool& p) { Assign(op.out, p.Image(2, 4, 3, 4)); }),
            Error::kBadShape);
}

}  // namespace
}  // namespace cortico::ops

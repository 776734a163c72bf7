#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedMaxPool2d<Device> Good(Pool& pool) {
  QuantizedMaxPool2d<Device> op;
  Assign(op.input, pool.Image(2, 3, 5, 7));
  op.kernel_size = List<2>({3, 2});
  op.stride = List<2>({2, 2});
  op.padding = List<2>({1, 1});
  op.dilation = List<2>({1, 1});
  Assign(op.out, pool.Image(2, 3, 3, 4));
  return op;
}

template <>
QuantizedMaxPool2dNhwc<Device> Good(Pool& pool) {
  return GoodNhwc<QuantizedMaxPool2dNhwc<Device>, QuantizedMaxPool2d<Device>>(pool);
}

namespace {

TEST(QuantizedMaxPool2d, Refuses) {
  using Op = QuantizedMaxPool2d<Device>;
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.dilation[0] = 2; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.input_zero_point = 1; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) {
              op.activation_min = 127;
              op.activation_max = 126;
            }),
            Error::kBadArgument);
}

// The output size of torch's pooling, rounded up, with its exception for a window that begins
// beyond the image.
TEST(QuantizedMaxPool2d, CeilModeCountsWindowsAsTorchDoes) {
  struct Case {
    int32_t in, kernel, stride, padding, floor, ceil;
  };
  for (const Case& c : {Case{5, 2, 2, 0, 2, 3}, Case{6, 2, 2, 0, 3, 3}, Case{4, 1, 3, 0, 2, 2},
                        Case{5, 2, 3, 1, 2, 2}, Case{3, 2, 2, 1, 2, 2}, Case{7, 3, 3, 1, 3, 3},
                        Case{1, 1, 5, 0, 1, 1}}) {
    Pool pool;
    auto op = Good<QuantizedMaxPool2d<Device>>(pool);
    Assign(op.input, pool.Image(1, 2, c.in, c.in));
    op.kernel_size = List<2>({c.kernel, c.kernel});
    op.stride = List<2>({c.stride, c.stride});
    op.padding = List<2>({c.padding, c.padding});
    for (bool ceil : {false, true}) {
      op.ceil_mode = ceil;
      const int32_t size = ceil ? c.ceil : c.floor;
      Assign(op.out, pool.Image(1, 2, size, size));
      EXPECT_EQ(Check(op), Error::kOk) << c.in << " " << c.kernel << " " << c.stride << " " << ceil;
      Assign(op.out, pool.Image(1, 2, size + 1, size));
      EXPECT_EQ(Check(op), Error::kBadShape);
    }
  }
}

}  // namespace
}  // namespace cortico::ops

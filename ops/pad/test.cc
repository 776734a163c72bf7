#include "ops/testing.h"

namespace cortico::ops {

template <>
Pad<Device> Good(Pool& pool) {
  Pad<Device> op;
  Assign(op.input, pool.Image(1, 3, 2, 4));
  op.pre_pad = List<4>({0, 1, 2, 0});
  op.post_pad = List<4>({0, 3, 0, 1});
  op.pad_value = -5;
  Assign(op.out, pool.Image(1, 4, 6, 6));
  return op;
}

namespace {

TEST(Pad, PadFollowsMemory) {
  Pool pool;
  auto op = Good<Pad<Device>>(pool);
  RunOp(op);
  const auto at = [](const Tensor& t, int32_t c, int32_t y, int32_t x) {
    return t.As<int8_t>()[(y * t.size(3) + x) * t.size(1) + c];
  };
  for (int32_t y = 0; y < 6; ++y) {
    for (int32_t x = 0; x < 6; ++x) {
      for (int32_t c = 0; c < 4; ++c) {
        const bool inside = y >= 1 && y < 3 && x >= 2 && c < 3;
        EXPECT_EQ(at(op.out, c, y, x), inside ? at(op.input, c, y - 1, x - 2) : -5);
      }
    }
  }
  // One channel: contiguous and NHWC at once. Both ways of saying the same border are understood.
  Assign(op.input, pool.Image(1, 1, 2, 2));
  Assign(op.out, pool.Image(1, 1, 4, 3));
  for (int shift : {0, 1}) {
    op.pre_pad = shift ? List<4>({0, 0, 1, 0}) : List<4>({0, 1, 0, 0});
    op.post_pad = shift ? List<4>({0, 0, 1, 1}) : List<4>({0, 1, 1, 0});
    ASSERT_EQ(Check(op), Error::kOk);
    std::fill_n(op.out.As<int8_t>(), 12, int8_t{99});
    RunOp(op);
    const int8_t* in = op.input.As<int8_t>();
    const int8_t expected[12] = {-5, -5, -5, in[0], in[1], -5, in[2], in[3], -5, -5, -5, -5};
    for (int i = 0; i < 12; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], expected[i]) << shift << i;
  }
  op.post_pad[0] = 1;
  EXPECT_EQ(Check(op), Error::kBadShape);
  op.post_pad[0] = -1;
  EXPECT_EQ(Check(op), Error::kBadArgument);
  using Op = Pad<Device>;
  EXPECT_EQ(CheckWith<Op>([](Op& o, Pool&) { o.pad_value = 128; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& o, Pool&) { o.pre_pad[1] = INT32_MAX; }), Error::kBadShape);
}

}  // namespace
}  // namespace cortico::ops

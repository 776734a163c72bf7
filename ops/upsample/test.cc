#include "ops/testing.h"

namespace cortico::ops {

template <>
UpsampleNearest2d<Device> Good(Pool& pool) {
  UpsampleNearest2d<Device> op;
  Assign(op.input, pool.Image(2, 3, 2, 4));
  Assign(op.out, pool.Image(2, 3, 4, 8));
  return op;
}
template <>
UpsampleBilinear2d<Device> Good(Pool& pool) {
  UpsampleBilinear2d<Device> op;
  Assign(op.input, pool.Image(2, 3, 2, 4));
  Assign(op.out, pool.Image(2, 3, 5, 8));
  return op;
}

namespace {

TEST(Upsample, Refuses) {
  using Op = UpsampleNearest2d<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(2, 4, 4, 8)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(1, 3, 4, 8)); }), Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool&) { op.input.layout = Layout::kContiguous; }), Error::kBadType);
}

TEST(Upsample, NearestRepeatsPixels) {
  Pool pool;
  auto op = Good<UpsampleNearest2d<Device>>(pool);
  RunOp(op);
  for (int n = 0; n < 2; ++n)
    for (int y = 0; y < 4; ++y)
      for (int x = 0; x < 8; ++x)
        for (int c = 0; c < 3; ++c)
          EXPECT_EQ(op.out.As<int8_t>()[((n * 4 + y) * 8 + x) * 3 + c],
                    op.input.As<int8_t>()[((n * 2 + y / 2) * 4 + x / 2) * 3 + c]);
}

// 0 and 100, twice as wide: 0, 25, 75, 100. With aligned corners: 0, 33.3, 66.7, 100.
TEST(Upsample, BilinearWeighsNeighbours) {
  Pool pool;
  UpsampleBilinear2d<Device> op;
  Assign(op.input, pool.Image(1, 1, 1, 2));
  Assign(op.out, pool.Image(1, 1, 1, 4));
  op.input.As<int8_t>()[0] = 0, op.input.As<int8_t>()[1] = 100;
  const int8_t apart[4] = {0, 25, 75, 100}, aligned[4] = {0, 33, 67, 100};
  for (bool align : {false, true}) {
    op.align_corners = align;
    ASSERT_EQ(Check(op), Error::kOk);
    RunOp(op);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], (align ? aligned : apart)[i]) << i;
  }
}

}  // namespace
}  // namespace cortico::ops

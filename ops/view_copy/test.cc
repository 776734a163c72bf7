#include "ops/testing.h"

namespace cortico::ops {

template <>
ViewCopy<Device> Good(Pool& pool) {
  ViewCopy<Device> op;
  Assign(op.self, pool.Make(DType::kInt8, {3, 4}));
  Assign(op.out, pool.Make(DType::kInt8, {2, 6}));
  return op;
}

template <>
EtView<Device> Good(Pool& pool) {
  EtView<Device> op;
  Assign(op.self, pool.Make(DType::kInt8, {3, 4}));
  Assign(op.out, op.self);
  return op;
}

namespace {

TEST(ViewCopy, Refuses) {
  using View = ViewCopy<Device>;
  EXPECT_EQ(CheckWith<View>([](View& o, Pool& p) { Assign(o.out, p.Make(DType::kInt8, {11})); }),
            Error::kBadShape);
  EXPECT_EQ(CheckWith<View>([](View& o, Pool& p) {
              Assign(o.self, p.Image(1, 3, 2, 2));
              Assign(o.out, p.Make(DType::kInt8, {12}));
            }),
            Error::kBadType)
      << "a view of pixels in another order is a transposition";
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizedActivation<Device> Good(Pool& pool) {
  QuantizedActivation<Device> op;
  Assign(op.input, pool.Image(1, 3, 2, 4));
  Assign(op.lut, pool.Make(DType::kInt8, {256}));
  Assign(op.out, pool.Image(1, 3, 2, 4));
  return op;
}

namespace {

TEST(QuantizedActivation, Refuses) {
  using Op = QuantizedActivation<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.lut, p.Make(DType::kInt8, {255})); }),
            Error::kBadShape);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.lut, p.Make(DType::kUInt8, {256})); }),
            Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.out, p.Image(1, 3, 2, 5)); }), Error::kBadShape);
}

TEST(QuantizedActivation, ReadsTheTableFromItsMiddle) {
  Pool pool;
  auto op = Good<QuantizedActivation<Device>>(pool);
  for (int i = 0; i < 256; ++i) op.lut.As<int8_t>()[i] = static_cast<int8_t>(127 - i);
  for (int i = 0; i < 24; ++i) op.input.As<int8_t>()[i] = static_cast<int8_t>(i * 11 - 128);
  RunOp(op);
  // 127 - (q + 128) = -1 - q
  for (int i = 0; i < 24; ++i) EXPECT_EQ(op.out.As<int8_t>()[i], 127 - i * 11) << i;
}

}  // namespace
}  // namespace cortico::ops

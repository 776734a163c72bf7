#include "ops/testing.h"

namespace cortico::ops {

template <>
DequantizePerTensor<Device> Good(Pool& pool) {
  DequantizePerTensor<Device> op;
  Assign(op.input, pool.Make(DType::kInt8, {2, 5}));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 5}));
  op.scale = 0.25f;
  op.zero_point = -7;
  return op;
}

namespace {

TEST(DequantizePerTensor, Refuses) {
  using Back = DequantizePerTensor<Device>;
  EXPECT_EQ(CheckWith<Back>([](Back& op, Pool&) { op.scale = 0.0f; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Back>([](Back& op, Pool&) { op.zero_point = -129; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Back>([](Back& op, Pool&) { op.dtype = DType::kUInt8; }), Error::kBadType);
}

TEST(DequantizePerTensor, IsTheFormula) {
  Pool pool;
  auto op = Good<DequantizePerTensor<Device>>(pool);
  RunOp(op);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(op.out.As<float>()[i], static_cast<float>(op.input.As<int8_t>()[i] + 7) * 0.25f);
  }
}

}  // namespace
}  // namespace cortico::ops

#include "ops/testing.h"

namespace cortico::ops {
namespace {

Tensor Indices(Pool& pool, std::vector<int32_t> sizes, int64_t most) {
  const Tensor t = pool.Make(DType::kInt64, std::move(sizes));
  for (int i = 0; i < t.numel(); ++i) t.As<int64_t>()[i] = i % (most + 1);
  return t;
}

}  // namespace

template <>
AtenEmbedding<Device> Good(Pool& pool) {
  AtenEmbedding<Device> op;
  Assign(op.weight, pool.Make(DType::kFloat32, {5, 3}));
  Assign(op.indices, Indices(pool, {2, 4}, 4));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 4, 3}));
  return op;
}
template <>
AtenIndexSelect<Device> Good(Pool& pool) {
  AtenIndexSelect<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 5, 3}));
  op.dim = 1;
  Assign(op.index, Indices(pool, {4}, 4));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 4, 3}));
  return op;
}
template <>
AtenGather<Device> Good(Pool& pool) {
  AtenGather<Device> op;
  Assign(op.self, pool.Make(DType::kFloat32, {2, 5, 3}));
  op.dim = -2;
  Assign(op.index, Indices(pool, {2, 7, 2}, 4));
  Assign(op.out, pool.Make(DType::kFloat32, {2, 7, 2}));
  return op;
}

namespace {

TEST(PortableIndex, Refuses) {
  using Op = AtenGather<Device>;
  const auto with = [](auto change) { return CheckWith<Op>(change); };
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = 0; }), Error::kBadShape) << "7 of 5";
  EXPECT_EQ(with([](Op& op, Pool&) { op.dim = 3; }), Error::kBadArgument);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.index, p.Make(DType::kFloat32, {2, 7, 2})); }),
            Error::kBadType);
  EXPECT_EQ(with([](Op& op, Pool& p) { Assign(op.self, p.Make(DType::kInt32, {2, 5, 3})); }),
            Error::kBadType);
  EXPECT_EQ(CheckWith<AtenEmbedding<Device>>(
                [](auto& op, Pool& p) { Assign(op.weight, p.Make(DType::kFloat32, {5, 2})); }),
            Error::kBadShape);
}

TEST(PortableIndex, OutOfRangeIsTheNearestAndIsSaid) {
  Pool pool;
  auto op = Good<AtenEmbedding<Device>>(pool);
  EXPECT_EQ(RunOp(op), Error::kOk);
  op.indices.As<int64_t>()[0] = -1;
  EXPECT_EQ(RunOp(op), Error::kDataIndex);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(op.out.As<int32_t>()[i], op.weight.As<int32_t>()[i]);
  op.indices.As<int64_t>()[0] = 4;
  EXPECT_EQ(RunOp(op), Error::kOk);
  op.indices.As<int64_t>()[0] = int64_t{1} << 40;
  EXPECT_EQ(RunOp(op), Error::kDataIndex);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(op.out.As<int32_t>()[i], op.weight.As<int32_t>()[12 + i]);
  auto gather = Good<AtenGather<Device>>(pool);
  EXPECT_EQ(RunOp(gather), Error::kOk);
  gather.index.As<int64_t>()[27] = 5;
  EXPECT_EQ(RunOp(gather), Error::kDataIndex);
  // The last one: [1, 6, 1] reads [1, 4, 1].
  EXPECT_EQ(gather.out.As<int32_t>()[27], gather.self.As<int32_t>()[15 + 12 + 1]);
}

}  // namespace
}  // namespace cortico::ops

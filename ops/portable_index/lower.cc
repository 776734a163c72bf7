#include "compiler/dialect/portable.h"
#include "ops/portable_index/op.h"

namespace cortico::ops {
namespace {

std::string Unfit(const TensorType& table, const TensorType& index, const TensorType& out) {
  if (index.dtype != DType::kInt64 && index.dtype != DType::kInt32)
    return "its indices are " + index.ToString();
  return table.dtype == out.dtype ? "" : table.ToString() + " gives " + out.ToString();
}

bool IsDim(int32_t dim, int rank) { return dim >= -rank && dim < rank; }

class Embedding : public rules::PortableOp<AtenEmbedding> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (op.weight.type().rank() != 2) return "its table is " + op.weight.type().ToString();
    return Unfit(op.weight.type(), op.indices.type(), op.out.type());
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    Ints64 sizes = op.indices.type().sizes;
    sizes.push_back(op.weight.type().sizes[1]);
    return Typed(node, sizes);
  }
};

class IndexSelect : public rules::PortableOp<AtenIndexSelect> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (op.index.type().rank() > 1 || !IsDim(op.dim, op.self.type().rank()))
      return "its index is " + op.index.type().ToString() + " for " + op.self.type().ToString();
    return Unfit(op.self.type(), op.index.type(), op.out.type());
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    Ints64 sizes = op.self.type().sizes;
    sizes[static_cast<size_t>(op.dim < 0 ? op.dim + op.self.type().rank() : op.dim)] =
        op.index.type().numel();
    return Typed(node, sizes);
  }
};

class Gather : public rules::PortableOp<AtenGather> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const int rank = op.self.type().rank();
    if (op.index.type().rank() != rank || !IsDim(op.dim, rank))
      return "its index is " + op.index.type().ToString() + " for " + op.self.type().ToString();
    return Unfit(op.self.type(), op.index.type(), op.out.type());
  }
  TensorType OutputType(const Node& node) const override {
    return Typed(node, Read(node).index.type().sizes);
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineAtenEmbedding() { return std::make_unique<Embedding>(); }
std::unique_ptr<OpDefinition> DefineAtenIndexSelect() { return std::make_unique<IndexSelect>(); }
std::unique_ptr<OpDefinition> DefineAtenGather() { return std::make_unique<Gather>(); }

}  // namespace cortico::ops

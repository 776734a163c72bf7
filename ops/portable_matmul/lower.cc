#include "compiler/dialect/portable.h"
#include "ops/portable_matmul/op.h"

namespace cortico::ops {
namespace {

std::string Unfit(const TensorType& a, const TensorType& b, const TensorType& out, int rank) {
  for (const TensorType* type : {&a, &b, &out})
    if (type->dtype != DType::kFloat32 || type->rank() != rank)
      return type->ToString() + " is not f32 of rank " + std::to_string(rank);
  const auto n = static_cast<size_t>(rank - 1), m = n - 1;
  return a.sizes[n] == b.sizes[m] && (rank == 2 || a.sizes[0] == b.sizes[0])
             ? ""
             : a.ToString() + " times " + b.ToString() + " is no matrix product";
}

Ints64 ProductSizes(const TensorType& a, const TensorType& b) {
  Ints64 sizes = a.sizes;
  sizes.back() = b.sizes.back();
  return sizes;
}

int64_t Multiplications(const TensorType& a, const TensorType& out) {
  return out.numel() * a.sizes.back();
}

template <template <class> class Op, int rank>
class Product : public rules::PortableOp<Op> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    return Unfit(op.self.type(), op.mat2.type(), op.out.type(), rank);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = this->Read(node);
    return this->Typed(node, ProductSizes(op.self.type(), op.mat2.type()));
  }
  int64_t Work(const Node& node) const override {
    const auto op = this->Read(node);
    return Multiplications(op.self.type(), op.out.type());
  }
};

class Addmm : public rules::PortableOp<AtenAddmm> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (std::string why = Unfit(op.mat1.type(), op.mat2.type(), op.out.type(), 2); !why.empty())
      return why;
    std::string why;
    TensorType product = op.out.type();
    product.sizes = ProductSizes(op.mat1.type(), op.mat2.type());
    if (op.self.type().dtype != DType::kFloat32 ||
        rules::BroadcastOf({&op.self.type(), &product}, &why) != product.sizes)
      return op.self.type().ToString() + " cannot be added to " + product.ToString();
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    return Typed(node, ProductSizes(op.mat1.type(), op.mat2.type()));
  }
  int64_t Work(const Node& node) const override {
    const auto op = Read(node);
    return Multiplications(op.mat1.type(), op.out.type());
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineAtenMm() { return std::make_unique<Product<AtenMm, 2>>(); }
std::unique_ptr<OpDefinition> DefineAtenBmm() { return std::make_unique<Product<AtenBmm, 3>>(); }
std::unique_ptr<OpDefinition> DefineAtenAddmm() { return std::make_unique<Addmm>(); }

}  // namespace cortico::ops

#include "compiler/dialect/portable.h"
#include "ops/portable_window/op.h"

namespace cortico::ops {
namespace {

std::string Unfit(const Value* in, const Value* out) {
  if (std::string why = rules::ExpectTensor(in, "its input", DType::kFloat32, 4); !why.empty())
    return why;
  return rules::ExpectTensor(out, "its result", DType::kFloat32, 4);
}

template <class Op>
Ints64 PooledSizes(const Op& op, const Ints<2>& dilation) {
  const Ints64& in = op.self.type().sizes;
  Ints64 sizes = {in[0], in[1]};
  for (int i = 0; i < 2; ++i) {
    const int32_t stride =
        op.stride.count == 0 ? op.kernel_size[i] : op.stride[op.stride.count == 2 ? i : 0];
    sizes.push_back(rules::WindowedSize(in[2 + static_cast<size_t>(i)], op.kernel_size[i], stride,
                                        op.padding[i], dilation[i], op.ceil_mode));
  }
  return sizes;
}

template <class Op>
int64_t TapsOf(const Op& op) {
  return op.out.type().numel() * op.kernel_size[0] * op.kernel_size[1];
}

class AvgPool : public rules::PortableOp<AtenAvgPool2d> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    return Unfit(op.self.value, op.out.value);
  }
  TensorType OutputType(const Node& node) const override {
    return Typed(node, PooledSizes(Read(node), {{1, 1}}));
  }
  int64_t Work(const Node& node) const override { return TapsOf(Read(node)); }
};

class MaxPool : public rules::PortableOp<AtenMaxPool2d> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (op.indices.type().dtype != DType::kInt64 || op.indices.type().sizes != op.out.type().sizes)
      return "its indices are " + op.indices.type().ToString();
    return Unfit(op.self.value, op.out.value);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    return Typed(node, PooledSizes(op, op.dilation));
  }
  int64_t Work(const Node& node) const override { return TapsOf(Read(node)); }
};

class AdaptivePool : public rules::PortableOp<AtenAdaptiveAvgPool2d> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    return Unfit(op.self.value, op.out.value);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    Ints64 sizes = op.self.type().sizes;
    sizes[2] = op.output_size[0], sizes[3] = op.output_size[1];
    return Typed(node, sizes);
  }
  int64_t Work(const Node& node) const override { return Read(node).self.type().numel(); }
};

// ExecuTorch's kernels take the size or the factors, and the factors where both are known.
template <template <class> class Op>
class Upsample : public rules::PortableOp<Op> {
 public:
  std::string Lower(Node* node, LowerContext& context) const override {
    const Arg* factors = node->Find("scale_factors");
    const auto* list = factors != nullptr ? std::get_if<Doubles>(factors) : nullptr;
    const Ints64& sizes = node->output()->type.sizes;
    if (sizes.size() != 4) return "its result is not an image";
    if (list != nullptr && list->size() == 2) node->Set("output_size", std::monostate{});
    else node->Set("output_size", Ints64{sizes[2], sizes[3]});
    return rules::PortableOp<Op>::Lower(node, context);
  }
  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    return Unfit(op.input.value, op.out.value);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = this->Read(node);
    Ints64 sizes = op.input.type().sizes;
    for (int i = 0; i < 2; ++i) {
      const auto k = static_cast<size_t>(2 + i);
      sizes[k] = op.output_size.present()
                     ? op.output_size[i]
                     : static_cast<int64_t>(static_cast<double>(sizes[k]) * op.scale_factors.v[i]);
    }
    return this->Typed(node, sizes);
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineAtenAvgPool2d() { return std::make_unique<AvgPool>(); }
std::unique_ptr<OpDefinition> DefineAtenMaxPool2d() { return std::make_unique<MaxPool>(); }
std::unique_ptr<OpDefinition> DefineAtenAdaptiveAvgPool2d() {
  return std::make_unique<AdaptivePool>();
}
std::unique_ptr<OpDefinition> DefineAtenUpsampleNearest2d() {
  return std::make_unique<Upsample<AtenUpsampleNearest2d>>();
}
std::unique_ptr<OpDefinition> DefineAtenUpsampleBilinear2d() {
  return std::make_unique<Upsample<AtenUpsampleBilinear2d>>();
}

}  // namespace cortico::ops

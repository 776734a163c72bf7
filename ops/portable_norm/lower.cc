#include <algorithm>

#include "compiler/dialect/portable.h"
#include "ops/portable_norm/op.h"

namespace cortico::ops {
namespace {

template <class Op>
std::string UnfitNorm(const Op& op, int64_t parameters, int64_t rows) {
  for (const Value* value : {op.weight.value, op.bias.value})
    if (value != nullptr &&
        (value->type.dtype != DType::kFloat32 || value->type.numel() != parameters))
      return "a parameter is " + value->type.ToString();
  for (const Value* value : {op.out1.value, op.out2.value})
    if (value->type.dtype != DType::kFloat32 || value->type.numel() != rows)
      return "its statistics are " + value->type.ToString();
  return op.input.type().dtype == DType::kFloat32 ? "" : "its input is " + op.input.type().ToString();
}

class LayerNorm : public rules::PortableOp<AtenLayerNorm> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const Ints64& in = op.input.type().sizes;
    const Ints64 shape(op.normalized_shape.v, op.normalized_shape.v + op.normalized_shape.count);
    if (shape.empty() || shape.size() > in.size() ||
        !std::equal(shape.rbegin(), shape.rend(), in.rbegin()))
      return "its normalized_shape is none of " + op.input.type().ToString();
    int64_t width = 1;
    for (int64_t size : shape) width *= size;
    return UnfitNorm(op, width, width == 0 ? 0 : op.input.type().numel() / width);
  }
  TensorType OutputType(const Node& node) const override {
    return Typed(node, Read(node).input.type().sizes);
  }
};

class GroupNorm : public rules::PortableOp<AtenGroupNorm> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const Ints64& in = op.input.type().sizes;
    if (in.size() < 2 || op.N != in[0] || op.C != in[1] || op.group < 1 || op.C % op.group != 0 ||
        int64_t{op.N} * op.C * op.HxW != op.input.type().numel())
      return "its groups are none of " + op.input.type().ToString();
    return UnfitNorm(op, op.C, int64_t{op.N} * op.group);
  }
  TensorType OutputType(const Node& node) const override {
    return Typed(node, Read(node).input.type().sizes);
  }
};

template <template <class> class Op>
class Softmax : public rules::PortableOp<Op> {
 public:
  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    const int rank = op.self.type().rank();
    if (op.self.type().dtype != DType::kFloat32 || op.half_to_float) return "it is not of f32";
    return op.dim >= -rank && op.dim < rank ? "" : "it is along no dimension";
  }
  TensorType OutputType(const Node& node) const override {
    return this->Typed(node, this->Read(node).self.type().sizes);
  }
  std::vector<Overlay> Overlays(const Node&) const override { return {{"self", 0}}; }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineAtenLayerNorm() { return std::make_unique<LayerNorm>(); }
std::unique_ptr<OpDefinition> DefineAtenGroupNorm() { return std::make_unique<GroupNorm>(); }
std::unique_ptr<OpDefinition> DefineAtenSoftmax() { return std::make_unique<Softmax<AtenSoftmax>>(); }
std::unique_ptr<OpDefinition> DefineAtenLogSoftmax() {
  return std::make_unique<Softmax<AtenLogSoftmax>>();
}

}  // namespace cortico::ops

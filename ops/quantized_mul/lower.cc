#include "compiler/dialect/elementwise.h"
#include "ops/quantized_mul/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizedMul> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    QuantPattern pattern;
    pattern.name = "mul";
    pattern.ops = {"aten.mul.Tensor"};
    pattern.arguments = {{"self", QuantRole::kActivation, 0}, {"other", QuantRole::kActivation, 0}};
    return {pattern};
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    return rules::UnfitElementwise(*chain.front());
  }
  LayoutWish Layout(const Node& node) const override { return rules::ElementwiseLayout(node); }

  std::vector<std::string> LowersFrom() const override { return {"aten.mul.Tensor"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = rules::UnfitElementwise(*node); !why.empty()) return why;
    QuantizedMul<OnGraph> op;
    op.self.value = node->Tensor("self");
    op.other.value = node->Tensor("other");
    for (const Value* side : {op.self.value, op.other.value})
      if (std::string why = rules::ExpectInt8(side, "an input"); !why.empty()) return why;
    if (std::string why = rules::ExpectInt8(node->output(), "its result"); !why.empty()) return why;
    const Quantization& a = *op.self.type().quantization;
    const Quantization& b = *op.other.type().quantization;
    const Quantization& out = *node->output()->type.quantization;
    const FixedPoint factor = ToFixedPoint(a.scale() * b.scale() / out.scale());
    if (factor.shift > 14) return "the product of its inputs' scales is 2^14 times its result's";
    op.self_zero_point = a.zero_point();
    op.other_zero_point = b.zero_point();
    op.output_zero_point = out.zero_point();
    op.output_multiplier = factor.multiplier, op.output_shift = factor.shift;
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    return rules::IllegalElementwise(op.self.type(), op.other.type(), op.out.type());
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = node.output()->type;
    type.sizes = rules::ElementwiseSizes(op.self.type(), op.other.type());
    return type;
  }
  std::vector<Overlay> Overlays(const Node& node) const override {
    const auto op = Read(node);
    return rules::ElementwiseOverlays(op.self.type(), op.other.type(), op.out.type());
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const auto [self, other] = rules::ElementwiseOperands(op.out.type(), inputs);
    return rules::OneResult(
        op.out.type(),
        reference::Multiply(self, -op.self_zero_point, other, -op.other_zero_point,
                            {op.output_zero_point, op.output_multiplier, op.output_shift}, {}));
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedMul() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops

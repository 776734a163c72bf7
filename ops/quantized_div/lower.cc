#include <algorithm>
#include <cmath>

#include "compiler/dialect/elementwise.h"
#include "ops/quantized_div/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizedDiv> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    QuantPattern pattern;
    pattern.name = "div";
    pattern.ops = {"aten.div.Tensor"};
    pattern.arguments = {{"self", QuantRole::kActivation, 0}, {"other", QuantRole::kActivation, 0}};
    return {pattern};
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    return rules::UnfitElementwise(*chain.front());
  }
  LayoutWish Layout(const Node& node) const override { return rules::ElementwiseLayout(node); }

  std::vector<std::string> LowersFrom() const override { return {"aten.div.Tensor"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = rules::UnfitElementwise(*node); !why.empty()) return why;
    QuantizedDiv<OnGraph> op;
    op.self.value = node->Tensor("self");
    op.other.value = node->Tensor("other");
    for (const Value* side : {op.self.value, op.other.value})
      if (std::string why = rules::ExpectInt8(side, "an input"); !why.empty()) return why;
    if (std::string why = rules::ExpectInt8(node->output(), "its result"); !why.empty()) return why;
    const Quantization& a = *op.self.type().quantization;
    const Quantization& b = *op.other.type().quantization;
    const Quantization& out = *node->output()->type.quantization;
    const double scale = a.scale() / (b.scale() * out.scale());
    if (!(scale >= std::ldexp(1.0, -20) && scale <= std::ldexp(1.0, 20)))
      return "the scales of its inputs and its result are too far apart";
    op.self_zero_point = a.zero_point();
    op.other_zero_point = b.zero_point();
    op.output_zero_point = out.zero_point();
    op.output_scale = static_cast<float>(scale);
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
    std::vector<int8_t> result(self.size());
    for (size_t i = 0; i < result.size(); ++i) {
      const auto a = static_cast<float>(self[i] - op.self_zero_point);
      const auto b = static_cast<float>(other[i] - op.other_zero_point);
      const float quotient = b == 0.0f ? 0.0f : a / b;
      const double units = std::nearbyint(static_cast<double>(quotient * op.output_scale));
      result[i] = static_cast<int8_t>(std::clamp<double>(units + op.output_zero_point, -128, 127));
    }
    return rules::OneResult(op.out.type(), result);
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedDiv() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops

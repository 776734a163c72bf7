#include <cmath>

#include "compiler/dialect/elementwise.h"
#include "ops/quantized_add/op.h"

namespace cortico::ops {
namespace {

// Room for fractions in the common fixed-point scale, as in TensorFlow Lite's int8 add.
constexpr int kLeftShift = 20;

class Definition : public TypedOp<QuantizedAdd> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    const std::vector<QuantPattern::Argument> arguments = {{"self", QuantRole::kActivation, 0},
                                                           {"other", QuantRole::kActivation, 0}};
    return {
        {"add-relu", {"aten.add.Tensor", "aten.relu.default"}, arguments, false},
        {"add-hardtanh", {"aten.add.Tensor", "aten.hardtanh.default"}, arguments, false},
        {"add", {"aten.add.Tensor"}, arguments, false},
        {"sub-relu", {"aten.sub.Tensor", "aten.relu.default"}, arguments, false},
        {"sub-hardtanh", {"aten.sub.Tensor", "aten.hardtanh.default"}, arguments, false},
        {"sub", {"aten.sub.Tensor"}, arguments, false},
    };
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    return Unfit(*chain.front());
  }

  LayoutWish Layout(const Node& node) const override { return rules::ElementwiseLayout(node); }
  std::vector<std::string> LowersFrom() const override {
    return {"aten.add.Tensor", "aten.sub.Tensor"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    QuantizedAdd<OnGraph> op;
    op.self.value = node->Tensor("self");
    op.other.value = node->Tensor("other");
    for (const Value* side : {op.self.value, op.other.value})
      if (std::string why = rules::ExpectInt8(side, "an input"); !why.empty()) return why;
    if (std::string why = rules::ExpectInt8(node->output(), "its result"); !why.empty()) return why;
    double alpha = Alpha(*node);
    if (alpha < 0) {
      op.other.value = Negated(op.other.value, node, context);
      alpha = -alpha;
    }
    const Quantization& a = *op.self.type().quantization;
    const Quantization& b = *op.other.type().quantization;
    const Quantization& out = *node->output()->type.quantization;
    // Both inputs are brought to twice the larger scale, so that neither overflows on the way.
    const double scale_b = alpha * b.scale();
    const double common = 2 * std::max(a.scale(), scale_b);
    const FixedPoint fa = ToFixedPoint(a.scale() / common);
    const FixedPoint fb = ToFixedPoint(scale_b / common);
    const FixedPoint fo = ToFixedPoint(common / ((1 << kLeftShift) * out.scale()));
    // A sum of two inputs has 29 bits.
    if (fo.shift > 1) return "its result's scale is far finer than those of its inputs";
    op.self_zero_point = a.zero_point();
    op.self_multiplier = fa.multiplier, op.self_shift = fa.shift;
    op.other_zero_point = b.zero_point();
    op.other_multiplier = fb.multiplier, op.other_shift = fb.shift;
    op.output_zero_point = out.zero_point();
    op.output_multiplier = fo.multiplier, op.output_shift = fo.shift;
    std::tie(op.activation_min, op.activation_max) = FusedBounds(*node);
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
        reference::Add(self, {-op.self_zero_point, op.self_multiplier, op.self_shift}, other,
                       {-op.other_zero_point, op.other_multiplier, op.other_shift}, kLeftShift,
                       {op.output_zero_point, op.output_multiplier, op.output_shift},
                       {op.activation_min, op.activation_max}));
  }

 private:
  // self + alpha * other
  static double Alpha(const Node& node) {
    return node.Double("alpha", 1.0) * (node.Is("aten.sub.Tensor") ? -1 : 1);
  }
  // -(q - z) = ~q - (-1 - z): every bit turned over, by a table, with nothing lost.
  static Value* Negated(Value* value, Node* before, LowerContext& context) {
    std::vector<int8_t> table(256);
    for (int q = -128; q < 128; ++q) table[static_cast<size_t>(q + 128)] = static_cast<int8_t>(~q);
    TensorType type = value->type;
    Quantization& q = *type.quantization;
    for (int32_t& zero_point : q.zero_points) zero_point = -1 - zero_point;
    std::swap(q.qmin, q.qmax);
    q.qmin = -1 - q.qmin, q.qmax = -1 - q.qmax;
    Value* lut = context.Constant(value->name + "_negated_lut", {DType::kInt8, {256}, {}, {}}, table);
    Node* node = context.graph.AddNode("cortex_m::quantized_activation",
                                       {{"input", value}, {"lut", lut}}, type,
                                       value->name + "_negated", before);
    node->location = before->location;
    return node->output();
  }
  static std::string Unfit(const Node& node) {
    const double alpha = Alpha(node);
    if (alpha == 0 || !std::isfinite(alpha)) return "its alpha is zero, or no number";
    return rules::UnfitElementwise(node);
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedAdd() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops

#include <cmath>

#include "compiler/dialect/rules.h"
#include "ops/prelu/op.h"

namespace cortico::ops {
namespace {

constexpr int32_t kMostShift = 22;

FixedPoint Signed(double factor) {
  FixedPoint fixed = ToFixedPoint(std::abs(factor));
  if (factor < 0) fixed.multiplier = -fixed.multiplier;
  return fixed;
}

class Definition : public TypedOp<Prelu> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    std::vector<QuantPattern> patterns;
    for (const std::string& name : LowersFrom())
      patterns.push_back({"prelu", {name}, {{"self", QuantRole::kActivation, 0}}, false});
    return patterns;
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kAsInput; }
  std::vector<std::string> LowersFrom() const override {
    return {"aten.prelu.default", "aten._prelu_kernel.default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Prelu<OnGraph> op;
    op.input.value = node->Tensor("self");
    if (std::string why = rules::ExpectInt8(op.input.value, "its input"); !why.empty()) return why;
    if (std::string why = rules::ExpectInt8(node->output(), "its result"); !why.empty()) return why;
    const Quantization& in = *op.input.type().quantization;
    const Quantization& out = *node->output()->type.quantization;
    const double scale = in.scale() / out.scale();
    const FixedPoint positive = ToFixedPoint(scale);
    const Value* weight = node->Tensor("weight");
    std::vector<int32_t> multipliers, shifts;
    bool fits = positive.shift <= kMostShift;
    for (int64_t c = 0; c < weight->type.numel(); ++c) {
      const FixedPoint factor = Signed(scale * double{weight->DataAs<float>()[c]});
      fits = fits && factor.shift <= kMostShift;
      multipliers.push_back(factor.multiplier);
      shifts.push_back(factor.shift);
    }
    if (!fits) return "its result's scale is far finer than that of its input";
    const TensorType type{DType::kInt32, {weight->type.numel()}, {}, {}};
    const std::string& name = node->output()->name;
    op.multipliers.value = context.Constant(name + "_multipliers", type, multipliers);
    op.multipliers.value->origin = weight->origin;
    op.shifts.value = context.Constant(name + "_shifts", type, shifts);
    op.input_zero_point = in.zero_point(), op.output_zero_point = out.zero_point();
    op.positive_multiplier = positive.multiplier, op.positive_shift = positive.shift;
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (std::string why = rules::ExpectTensor(op.input.value, "its input", DType::kInt8);
        !why.empty())
      return why;
    const TensorType& in = op.input.type();
    if (in.rank() < 2) return "it has no channels";
    for (const Value* list : {op.multipliers.value, op.shifts.value})
      if (std::string why = rules::ExpectInt32s(list, "a list of its factors", in.sizes[1]);
          !why.empty())
        return why;
    return in.order() == op.out.type().order() ? "" : "it does not keep the order in memory";
  }
  TensorType OutputType(const Node& node) const override {
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    type.sizes = Read(node).input.type().sizes;
    return type;
  }
  std::vector<Overlay> Overlays(const Node&) const override { return {{"input", 0}}; }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& input = *inputs.at(0);
    const auto multipliers = rules::Int32s(op.multipliers.value), shifts = rules::Int32s(op.shifts.value);
    const int64_t inner = StridesOf(input.type)[1];
    std::vector<int8_t> result;
    for (int64_t i = 0; i < input.type.numel(); ++i) {
      const auto c = static_cast<size_t>(i / inner % input.type.sizes[1]);
      const int64_t x = int64_t{input.As<int8_t>()[i]} - op.input_zero_point;
      const int64_t y = x < 0 ? reference::Requantize(x, multipliers[c], shifts[c])
                              : reference::Requantize(x, op.positive_multiplier, op.positive_shift);
      result.push_back(reference::ToOutput(y, op.output_zero_point, {}));
    }
    return rules::OneResult(op.out.type(), result);
  }

 private:
  static std::string Unfit(const Node& node) {
    const Value *self = node.Tensor("self"), *weight = node.Tensor("weight");
    if (self == nullptr || self->type.rank() < 2) return "it has no channels";
    if (weight == nullptr || !weight->is_constant() || weight->type.dtype != DType::kFloat32)
      return "its slopes are no float constants";
    if (weight->type.numel() != self->type.sizes[1]) return "it has not one slope for each channel";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefinePrelu() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops

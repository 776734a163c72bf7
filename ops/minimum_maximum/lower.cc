#include <array>

#include "compiler/dialect/elementwise.h"
#include "ops/minimum_maximum/op.h"

namespace cortico::ops {
namespace {

// Four sizes, ones in front.
reference::Shape ShapeOf(const TensorType& type) {
  std::array<int, 4> s = {1, 1, 1, 1};
  const size_t rank = type.sizes.size();
  for (size_t i = 0; i < rank; ++i) s[4 - rank + i] = static_cast<int>(type.sizes[i]);
  return {s[0], s[1], s[2], s[3]};
}

// NumPy's rule; empty where the sizes do not go together.
Ints64 CommonSizes(const Ints64& a, const Ints64& b) {
  Ints64 out(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) return {};
    out[out.size() - 1 - i] = x == 1 ? y : x;
  }
  return out;
}

template <template <class> class Op, bool maximum>
class Extreme : public TypedOp<Op> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    QuantPattern pattern;
    pattern.name = maximum ? "maximum" : "minimum";
    pattern.ops = {std::string("aten.") + pattern.name + ".default"};
    pattern.arguments = {{"self", QuantRole::kActivation, 0}, {"other", QuantRole::kActivation, 0}};
    pattern.shares_input = true;
    return {pattern};
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  std::vector<std::string> LowersFrom() const override {
    return {maximum ? "aten.maximum.default" : "aten.minimum.default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Op<OnGraph> op;
    op.self.value = node->Tensor("self");
    op.other.value = node->Tensor("other");
    for (const Value* side : {op.self.value, op.other.value})
      if (std::string why = rules::ExpectSameParameters(side, node->output()); !why.empty())
        return why;
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    const TensorType &self = op.self.type(), &other = op.other.type(), &out = op.out.type();
    for (const TensorType* type : {&self, &other, &out})
      if (type->dtype != DType::kInt8 || type->rank() > 4)
        return type->ToString() + " is not int8 of at most four dimensions";
    for (const TensorType* type : {&self, &other})
      if (type->rank() == out.rank() ? type->order() != out.order()
                                     : out.channels_last() || type->channels_last())
        return "its inputs are not in the order of its result in memory";
    if (CommonSizes(self.sizes, other.sizes).size() != out.sizes.size())
      return self.ToString() + " and " + other.ToString() + " have no common size";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = this->Read(node);
    TensorType type = node.output()->type;
    type.sizes = CommonSizes(op.self.type().sizes, op.other.type().sizes);
    return type;
  }
  std::vector<Overlay> Overlays(const Node& node) const override {
    const auto op = this->Read(node);
    return rules::ElementwiseOverlays(op.self.type(), op.other.type(), op.out.type());
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = this->Read(node);
    const HostTensor& self = *inputs.at(0);
    const HostTensor& other = *inputs.at(inputs.size() > 1 ? 1 : 0);
    const auto elements = [](const HostTensor& t) {
      return std::vector<int8_t>(t.As<int8_t>(), t.As<int8_t>() + t.type.numel());
    };
    return rules::OneResult(op.out.type(),
                            reference::MinMax(maximum, ShapeOf(self.type), elements(self),
                                              ShapeOf(other.type), elements(other)));
  }

 private:
  static std::string Unfit(const Node& node) {
    const Value* self = node.Tensor("self");
    const Value* other = node.Tensor("other");
    if (self == nullptr || other == nullptr) return "its operands are not two tensors";
    if (self->type.rank() > 4 || other->type.rank() > 4) return "it has more than four dimensions";
    if (self->type.rank() != other->type.rank()) return "its inputs differ in rank";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineMinimum() {
  return std::make_unique<Extreme<Minimum, false>>();
}
std::unique_ptr<OpDefinition> DefineMaximum() { return std::make_unique<Extreme<Maximum, true>>(); }

}  // namespace cortico::ops

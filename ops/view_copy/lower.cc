#include "compiler/dialect/rules.h"
#include "ops/view_copy/op.h"

namespace cortico::ops {
namespace {

// The memory of self, read under out's sizes and order, holds out's elements.
bool SameBytes(const TensorType& self, const TensorType& out) {
  const auto plain = [](const TensorType& type) {
    // Dimensions of size one stand anywhere in memory.
    std::vector<int> order;
    for (int d : type.order())
      if (type.sizes[static_cast<size_t>(d)] != 1) order.push_back(d);
    return std::is_sorted(order.begin(), order.end());
  };
  return (plain(self) && plain(out)) || (self.sizes == out.sizes && self.order() == out.order());
}

std::vector<HostTensor> SameElements(const HostTensor& input, const TensorType& out) {
  std::vector<HostTensor> list;
  list.push_back({rules::Contiguous(out), input.data});
  return list;
}

template <template <class> class Op>
class View : public TypedOp<Op> {
 public:
  TensorType OutputType(const Node& node) const override {
    const auto op = this->Read(node);
    TensorType type = node.output()->type;
    type.dtype = op.self.type().dtype;
    type.sizes.assign(op.size.v, op.size.v + op.size.count);
    return type;
  }
  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    if (op.self.type().numel() != op.out.type().numel() ||
        !SameBytes(op.self.type(), op.out.type()))
      return op.self.type().ToString() + " cannot be seen as " + op.out.type().ToString();
    return "";
  }
  bool IsAlias(const Node& node) const override { return (void)node, true; }
  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    return SameElements(*inputs.at(0), node.output()->type);
  }
};

class Definition : public View<ViewCopy> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    return {{"view", {"aten.view.default"}, {{"self", QuantRole::kActivation, 0}}, true}};
  }
  bool TakesFloat() const override { return true; }
  LayoutWish Layout(const Node&) const override { return LayoutWish::kContiguous; }
  std::vector<std::string> LowersFrom() const override { return {"aten.view.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (node->output()->type.rank() > kMaxRank) return "it has more than eight dimensions";
    ViewCopy<OnGraph> op;
    op.self.value = node->Tensor("self");
    const Ints64& sizes = node->output()->type.sizes;
    op.size.count = static_cast<int32_t>(sizes.size());
    for (size_t i = 0; i < sizes.size(); ++i)
      op.size[static_cast<int>(i)] = static_cast<int32_t>(sizes[i]);
    context.Replace(node, op);
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineViewCopy() { return std::make_unique<Definition>(); }
std::unique_ptr<OpDefinition> DefineEtView() { return std::make_unique<View<EtView>>(); }

}  // namespace cortico::ops

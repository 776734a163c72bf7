#include <algorithm>

#include "compiler/dialect/rules.h"
#include "ops/to_dim_order_copy/op.h"

namespace cortico::ops {
namespace {

template <template <class> class Op>
class Reorder : public TypedOp<Op> {
 public:
  TensorType OutputType(const Node& node) const override {
    const auto op = this->Read(node);
    TensorType type = op.self.type();
    type.dim_order = node.output()->type.dim_order;
    if (op.dim_order.present())
      type.dim_order.assign(op.dim_order.v, op.dim_order.v + op.dim_order.count);
    if (std::is_sorted(type.dim_order.begin(), type.dim_order.end())) type.dim_order.clear();
    return type;
  }
  // With one channel, or one pixel, both orders are the same bytes.
  bool IsAlias(const Node& node) const override {
    const auto op = this->Read(node);
    const auto moving = [](const TensorType& type) {
      std::vector<int> order;
      for (int d : type.order())
        if (type.sizes[static_cast<size_t>(d)] != 1) order.push_back(d);
      return order;
    };
    return moving(op.self.type()) == moving(op.out.type());
  }
  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    std::vector<HostTensor> list;
    list.push_back({rules::Contiguous(node.output()->type), inputs.at(0)->data});
    return list;
  }
};

class Definition : public Reorder<ToDimOrderCopy> {
 public:
  // "cortico.reorder" is what the layout pass writes where two orders meet.
  std::vector<std::string> LowersFrom() const override { return {"cortico.reorder"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    ToDimOrderCopy<OnGraph> op;
    op.self.value = node->Tensor("self");
    const std::vector<int> order = node->output()->type.order();
    op.dim_order.count = static_cast<int32_t>(order.size());
    for (size_t i = 0; i < order.size(); ++i) op.dim_order[static_cast<int>(i)] = order[i];
    context.Replace(node, op);
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineToDimOrderCopy() { return std::make_unique<Definition>(); }
std::unique_ptr<OpDefinition> DefineCloneDimOrder() {
  return std::make_unique<Reorder<CloneDimOrder>>();
}

}  // namespace cortico::ops

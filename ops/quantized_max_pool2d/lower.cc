#include "compiler/dialect/nhwc_twin.h"
#include "compiler/dialect/pooling.h"
#include "ops/quantized_max_pool2d/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizedMaxPool2d> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    return {{"max_pool2d", {"aten.max_pool2d.default"},
             {{"self", QuantRole::kActivation, 0}}, true}};
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    return Unfit(*chain.front());
  }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kChannelsLast; }
  std::vector<std::string> LowersFrom() const override { return {"aten.max_pool2d.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Value* input = node->Tensor("self");
    if (std::string why = rules::ExpectSameParameters(input, node->output()); !why.empty())
      return why;
    QuantizedMaxPool2d<OnGraph> op;
    op.input.value = input;
    rules::TakePool(*node, &op);
    std::tie(op.activation_min, op.activation_max) = FusedBounds(*node);
    op.dilation[0] = op.dilation[1] = 1;
    op.input_zero_point = op.output_zero_point = input->type.quantization->zero_point();
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    return rules::IllegalPool(Read(node));
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    return rules::PooledType(op, {op.dilation[0], op.dilation[1]});
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    reference::Pool pool = rules::ToReferencePool(op);
    pool.range = {op.activation_min, op.activation_max};
    return {rules::FromNhwc(op.out.type(), reference::MaxPool(pool, rules::ToNhwc(*inputs.at(0))))};
  }

 private:
  static std::string Unfit(const Node& node) {
    const Value* input = node.Tensor("self");
    if (input == nullptr || input->type.rank() != 4) return "it does not pool a batch of images";
    const auto dilation = rules::Pair(node.IntList("dilation", {1}));
    if (dilation[0] != 1 || dilation[1] != 1) return "its window is dilated";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedMaxPool2d() { return std::make_unique<Definition>(); }
std::unique_ptr<OpDefinition> DefineQuantizedMaxPool2dNhwc() {
  return std::make_unique<rules::NhwcTwin<QuantizedMaxPool2dNhwc>>(DefineQuantizedMaxPool2d());
}

}  // namespace cortico::ops

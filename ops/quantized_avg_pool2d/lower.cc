#include "compiler/dialect/nhwc_twin.h"
#include "compiler/dialect/pooling.h"
#include "kernels/include/arm_nnfunctions.h"
#include "ops/quantized_avg_pool2d/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizedAvgPool2d> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    return {{"avg_pool2d", {"aten.avg_pool2d.default"},
             {{"self", QuantRole::kActivation, 0}}, true}};
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    return Unfit(*chain.front());
  }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kChannelsLast; }
  std::vector<std::string> LowersFrom() const override { return {"aten.avg_pool2d.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Value* input = node->Tensor("self");
    if (std::string why = rules::ExpectSameParameters(input, node->output()); !why.empty())
      return why;
    QuantizedAvgPool2d<OnGraph> op;
    op.input.value = input;
    rules::TakePool(*node, &op);
    op.zero_point = input->type.quantization->zero_point();
    // Equal parameters on both sides: a factor of one. Kernels do not read it, the schema asks for it.
    const FixedPoint one = ToFixedPoint(1.0);
    op.multiplier = one.multiplier, op.shift = one.shift;
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    return rules::IllegalPool(Read(node));
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    return rules::PooledType(op, {1, 1});
  }

  int64_t ScratchBytes(const Node& node, Isa isa, std::string_view) const override {
    const auto op = Read(node);
    const int width = static_cast<int>(op.out.type().sizes.at(3));
    const int channels = static_cast<int>(op.input.type().sizes.at(1));
    if (isa == Isa::kMve) return arm_avgpool_s8_get_buffer_size_mve(width, channels);
    if (isa == Isa::kDsp) return arm_avgpool_s8_get_buffer_size_dsp(width, channels);
    return arm_avgpool_s8_get_buffer_size(width, channels);
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    return {rules::FromNhwc(op.out.type(), reference::AveragePool(rules::ToReferencePool(op),
                                                                  rules::ToNhwc(*inputs.at(0))))};
  }

 private:
  static std::string Unfit(const Node& node) {
    const Value* input = node.Tensor("self");
    if (input == nullptr || input->type.rank() != 4) return "it does not pool a batch of images";
    const auto padding = rules::Pair(node.IntList("padding", {0}));
    if (node.Bool("count_include_pad", true) && (padding[0] != 0 || padding[1] != 0))
      return "it counts its padding (count_include_pad)";
    if (const Arg* arg = node.Find("divisor_override");
        arg != nullptr && !std::holds_alternative<std::monostate>(*arg))
      return "it has a divisor of its own (divisor_override)";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedAvgPool2d() { return std::make_unique<Definition>(); }
std::unique_ptr<OpDefinition> DefineQuantizedAvgPool2dNhwc() {
  return std::make_unique<rules::NhwcTwin<QuantizedAvgPool2dNhwc>>(DefineQuantizedAvgPool2d());
}

}  // namespace cortico::ops

#include "compiler/dialect/rules.h"
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

  LayoutWish Layout() const override { return LayoutWish::kChannelsLast; }
  std::vector<std::string> LowersFrom() const override { return {"aten.max_pool2d.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Value* input = node->Tensor("self");
    if (std::string why = rules::ExpectSameParameters(input, node->output()); !why.empty())
      return why;
    QuantizedMaxPool2d<OnGraph> op;
    op.input.value = input;
    const auto kernel = rules::Pair(node->IntList("kernel_size", {1}));
    const Ints64 stride = node->IntList("stride", {});
    const auto steps = stride.empty() ? kernel : rules::Pair(stride);
    const auto padding = rules::Pair(node->IntList("padding", {0}));
    for (size_t i = 0; i < 2; ++i) {
      const int k = static_cast<int>(i);
      op.kernel_size[k] = kernel[i], op.stride[k] = steps[i], op.padding[k] = padding[i];
      op.dilation[k] = 1;
    }
    op.ceil_mode = node->Bool("ceil_mode", false);
    op.input_zero_point = op.output_zero_point = input->type.quantization->zero_point();
    std::tie(op.activation_min, op.activation_max) = FusedBounds(*node);
    context.Replace(node, op);
    return "";
  }

  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    const Ints64& in = op.input.type().sizes;
    type.sizes = {in.at(0), in.at(1)};
    for (size_t i = 0; i < 2; ++i) {
      const int k = static_cast<int>(i);
      type.sizes.push_back(rules::WindowedSize(in.at(2 + i), op.kernel_size[k], op.stride[k],
                                               op.padding[k], op.dilation[k], op.ceil_mode));
    }
    return type;
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    reference::Pool p;
    p.input = rules::NhwcShape(op.input.type());
    p.output = rules::NhwcShape(op.out.type());
    p.window_h = op.kernel_size[0], p.window_w = op.kernel_size[1];
    p.stride_h = op.stride[0], p.stride_w = op.stride[1];
    p.pad_h = op.padding[0], p.pad_w = op.padding[1];
    p.range = {op.activation_min, op.activation_max};
    return {rules::FromNhwc(op.out.type(), reference::MaxPool(p, rules::ToNhwc(*inputs.at(0))))};
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

}  // namespace cortico::ops

#include "compiler/dialect/convolution.h"
#include "compiler/dialect/nhwc_twin.h"
#include "ops/quantized_conv2d/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizedConv2d> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    const std::vector<QuantPattern::Argument> arguments = {{"input", QuantRole::kActivation, 0},
                                                           {"weight", QuantRole::kWeight, 0},
                                                           {"bias", QuantRole::kBias, 0}};
    return {
        {"conv2d-relu", {"aten.conv2d.default", "aten.relu.default"}, arguments, false},
        {"conv2d-hardtanh", {"aten.conv2d.default", "aten.hardtanh.default"}, arguments, false},
        {"conv2d", {"aten.conv2d.default"}, arguments, false},
    };
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    const Node& conv = *chain.front();
    const Value* weight = conv.Tensor("weight");
    if (weight == nullptr || !weight->is_constant()) return "its weight is not a constant";
    if (weight->type.rank() != 4 || conv.output()->type.rank() != 4)
      return "it is not a convolution of a batch of images";
    return "";
  }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kChannelsLast; }
  std::vector<std::string> LowersFrom() const override { return {"aten.conv2d.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    const Value* weight = node->Tensor("weight");
    if (weight == nullptr || weight->type.rank() != 4) return "its weight is not of rank 4";
    const int64_t groups = node->Int("groups", 1);
    const int64_t in_channels = node->Tensor("input")->type.sizes.at(1);
    if (groups > 1 && groups == in_channels) return "it is a depthwise convolution";
    rules::WeightedLayer layer;
    const Ints64& w = weight->type.sizes;  // O I H W
    if (std::string why = rules::PrepareWeightedLayer(node, w[0], context, &layer); !why.empty())
      return why;

    std::vector<int8_t> ohwi(static_cast<size_t>(weight->type.numel()));
    const int8_t* oihw = weight->DataAs<int8_t>();
    for (int64_t o = 0; o < w[0]; ++o)
      for (int64_t i = 0; i < w[1]; ++i)
        for (int64_t h = 0; h < w[2]; ++h)
          for (int64_t x = 0; x < w[3]; ++x)
            ohwi[static_cast<size_t>(((o * w[2] + h) * w[3] + x) * w[1] + i)] = *oihw++;

    QuantizedConv2d<OnGraph> op;
    op.input.value = node->Tensor("input");
    op.weight.value = context.Constant(weight->name + "_ohwi",
                                       {DType::kInt8, {w[0], w[2], w[3], w[1]}, {}, {}}, ohwi);
    op.weight.value->origin = weight->origin;
    rules::TakeWindow(*node, &op);
    rules::TakeArithmetic(*node, layer, &op);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const Ints64& w = op.weight.type().sizes;  // O H W I
    if (std::string why = rules::IllegalConvolution(op, w.empty() ? 0 : w[0]); !why.empty())
      return why;
    const int64_t channels = op.input.type().sizes[1];
    if (w[3] < 1 || channels % w[3] != 0 || w[0] % (channels / w[3]) != 0)
      return "weights " + op.weight.type().ToString() + " do not divide " +
             op.input.type().ToString() + " into groups";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    return rules::ConvolvedType(op, op.weight.type().sizes.at(0));
  }

  int64_t ScratchBytes(const Node& node, Isa isa, std::string_view) const override {
    const auto call = rules::ToKernelCall<cmsis_nn_conv_params>(Read(node));
    const auto& [params, input, filter, output] = call;
    switch (isa) {
      case Isa::kMve:
        return arm_convolve_wrapper_s8_get_buffer_size_mve(&params, &input, &filter, &output);
      case Isa::kDsp:
        return arm_convolve_wrapper_s8_get_buffer_size_dsp(&params, &input, &filter, &output);
      case Isa::kScalar: break;
    }
    return arm_convolve_wrapper_s8_get_buffer_size(&params, &input, &filter, &output);
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    return {rules::FromNhwc(op.out.type(), reference::Convolve(rules::ToReference(op),
                                                               rules::ToOperands(op, *inputs.at(0))))};
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedConv2d() { return std::make_unique<Definition>(); }
std::unique_ptr<OpDefinition> DefineQuantizedConv2dNhwc() {
  return std::make_unique<rules::NhwcTwin<QuantizedConv2dNhwc>>(DefineQuantizedConv2d());
}

}  // namespace cortico::ops

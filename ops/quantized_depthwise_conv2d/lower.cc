#include "compiler/dialect/convolution.h"
#include "compiler/dialect/nhwc_twin.h"
#include "ops/quantized_depthwise_conv2d/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizedDepthwiseConv2d> {
 public:
  // How a depthwise convolution is quantized, quantized_conv2d says: to PyTorch it is one op.
  LayoutWish Layout(const Node&) const override { return LayoutWish::kChannelsLast; }
  std::vector<std::string> LowersFrom() const override { return {"aten.conv2d.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    const Value* weight = node->Tensor("weight");
    if (weight == nullptr || weight->type.rank() != 4) return "its weight is not of rank 4";
    const Ints64& w = weight->type.sizes;  // O 1 H W
    const int64_t in_channels = node->Tensor("input")->type.sizes.at(1);
    if (node->Int("groups", 1) != in_channels || w[1] != 1 || w[0] % in_channels != 0)
      return "it is not a depthwise convolution";
    rules::WeightedLayer layer;
    if (std::string why = rules::PrepareWeightedLayer(node, w[0], context, &layer); !why.empty())
      return why;

    std::vector<int8_t> hwo(static_cast<size_t>(weight->type.numel()));
    const int8_t* ohw = weight->DataAs<int8_t>();
    for (int64_t o = 0; o < w[0]; ++o)
      for (int64_t i = 0; i < w[2] * w[3]; ++i) hwo[static_cast<size_t>(i * w[0] + o)] = *ohw++;

    QuantizedDepthwiseConv2d<OnGraph> op;
    op.input.value = node->Tensor("input");
    op.weight.value = context.Constant(weight->name + "_hwo",
                                       {DType::kInt8, {1, w[2], w[3], w[0]}, {}, {}}, hwo);
    op.weight.value->origin = weight->origin;
    op.depth_multiplier = static_cast<int32_t>(w[0] / in_channels);
    rules::TakeWindow(*node, &op);
    rules::TakeArithmetic(*node, layer, &op);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const Ints64& w = op.weight.type().sizes;  // 1 H W O
    if (std::string why = rules::IllegalConvolution(op, w.empty() ? 0 : w.back()); !why.empty())
      return why;
    if (w[0] != 1 || w[3] != op.input.type().sizes[1] * op.depth_multiplier)
      return "weights " + op.weight.type().ToString() + " do not have " +
             std::to_string(op.depth_multiplier) + " filters for each channel of " +
             op.input.type().ToString();
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    return rules::ConvolvedType(op, op.weight.type().sizes.at(3));
  }

  int64_t ScratchBytes(const Node& node, Isa isa, std::string_view) const override {
    const auto op = Read(node);
    auto call = rules::ToKernelCall<cmsis_nn_dw_conv_params>(op);
    call.params.ch_mult = op.depth_multiplier;
    const auto& [params, input, filter, output] = call;
    switch (isa) {
      case Isa::kMve:
        return arm_depthwise_conv_wrapper_s8_get_buffer_size_mve(&params, &input, &filter, &output);
      case Isa::kDsp:
        return arm_depthwise_conv_wrapper_s8_get_buffer_size_dsp(&params, &input, &filter, &output);
      case Isa::kScalar: break;
    }
    return arm_depthwise_conv_wrapper_s8_get_buffer_size(&params, &input, &filter, &output);
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    return {rules::FromNhwc(op.out.type(),
                            reference::DepthwiseConvolve(rules::ToReference(op),
                                                         rules::ToOperands(op, *inputs.at(0))))};
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedDepthwiseConv2d() { return std::make_unique<Definition>(); }
std::unique_ptr<OpDefinition> DefineQuantizedDepthwiseConv2dNhwc() {
  return std::make_unique<rules::NhwcTwin<QuantizedDepthwiseConv2dNhwc>>(DefineQuantizedDepthwiseConv2d());
}

}  // namespace cortico::ops

#include <array>

#include "compiler/dialect/convolution.h"
#include "compiler/dialect/nhwc_twin.h"
#include "ops/quantized_transpose_conv2d/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizedTransposeConv2d> {
 public:
  // PyTorch's weight is [I, O / groups, H, W].
  std::vector<QuantPattern> Patterns() const override {
    const std::vector<QuantPattern::Argument> arguments = {{"input", QuantRole::kActivation, 0},
                                                           {"weight", QuantRole::kWeight, 1},
                                                           {"bias", QuantRole::kBias, 0}};
    const std::string op = "aten.conv_transpose2d.input";
    return {{"conv_transpose2d-relu", {op, "aten.relu.default"}, arguments, false},
            {"conv_transpose2d-hardtanh", {op, "aten.hardtanh.default"}, arguments, false},
            {"conv_transpose2d", {op}, arguments, false}};
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kChannelsLast; }
  std::vector<std::string> LowersFrom() const override { return {"aten.conv_transpose2d.input"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    const Value* weight = node->Tensor("weight");
    const Ints64& w = weight->type.sizes;  // I O/G H W
    const int64_t groups = node->Int("groups", 1);
    const int64_t outputs = w[1] * groups;
    rules::WeightedLayer layer;
    if (std::string why = rules::PrepareWeightedLayer(node, outputs, context, &layer, /*axis=*/1);
        !why.empty())
      return why;

    // One dense filter: zeros stand between dilated taps and for the channels of other groups.
    const auto dilation = rules::Pair(node->IntList("dilation", {1}));
    const int64_t rows = (w[2] - 1) * dilation[0] + 1, columns = (w[3] - 1) * dilation[1] + 1;
    std::vector<int8_t> ohwi(static_cast<size_t>(outputs * rows * columns * w[0]), 0);
    const int8_t* from = weight->DataAs<int8_t>();
    for (int64_t i = 0; i < w[0]; ++i)
      for (int64_t o = 0; o < w[1]; ++o)
        for (int64_t h = 0; h < w[2]; ++h)
          for (int64_t x = 0; x < w[3]; ++x) {
            const int64_t output = i / (w[0] / groups) * w[1] + o;
            const int64_t tap = (output * rows + h * dilation[0]) * columns + x * dilation[1];
            ohwi[static_cast<size_t>(tap * w[0] + i)] = *from++;
          }

    QuantizedTransposeConv2d<OnGraph> op;
    op.input.value = node->Tensor("input");
    op.weight.value = context.Constant(weight->name + "_ohwi",
                                       {DType::kInt8, {outputs, rows, columns, w[0]}, {}, {}}, ohwi);
    op.weight.value->origin = weight->origin;
    rules::TakeWindow(*node, &op);
    const auto more = rules::Pair(node->IntList("output_padding", {0}));
    for (int k = 0; k < 2; ++k) {
      op.dilation[k] = 1;
      op.output_padding[k] = more[static_cast<size_t>(k)];
    }
    rules::TakeArithmetic(*node, layer, &op);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const Ints64& w = op.weight.type().sizes;  // O H W I
    if (std::string why = rules::IllegalConvolution(op, w.empty() ? 0 : w[0]); !why.empty())
      return why;
    if (w[3] != op.input.type().sizes[1])
      return "weights " + op.weight.type().ToString() + " do not fit " + op.input.type().ToString();
    for (int k = 0; k < 2; ++k)
      if (op.stride[k] < 1 || op.padding[k] < 0 || op.dilation[k] != 1 ||
          op.output_padding[k] < 0 || op.output_padding[k] >= op.stride[k])
        return "its stride, padding or dilation is none of a transposed convolution";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    const Ints64 &in = op.input.type().sizes, &w = op.weight.type().sizes;
    TensorType type = node.output()->type;
    type.sizes = {in[0], w[0]};
    for (size_t i = 0; i < 2; ++i) {
      const int k = static_cast<int>(i);
      const int64_t size = (in[2 + i] - 1) * op.stride[k] - 2 * op.padding[k] + w[1 + i] +
                           op.output_padding[k];
      type.sizes.push_back(std::max<int64_t>(size, 0));
    }
    return type;
  }

  int64_t ScratchBytes(const Node& node, Isa isa, std::string_view field) const override {
    const auto call = rules::ToKernelCall<cmsis_nn_transpose_conv_params>(Read(node));
    const auto& [params, input, filter, output] = call;
    if (field == "output_scratch")
      return arm_transpose_conv_s8_get_reverse_conv_buffer_size(&params, &input, &filter);
    return isa == Isa::kMve
               ? arm_transpose_conv_s8_get_buffer_size_mve(&params, &input, &filter, &output)
               : arm_transpose_conv_s8_get_buffer_size(&params, &input, &filter, &output);
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    return {rules::FromNhwc(op.out.type(),
                            reference::TransposeConvolve(rules::ToReference(op),
                                                         rules::ToOperands(op, *inputs.at(0))))};
  }

 private:
  static std::string Unfit(const Node& node) {
    const Value* weight = node.Tensor("weight");
    if (weight == nullptr || !weight->is_constant()) return "its weight is not a constant";
    if (weight->type.rank() != 4 || node.output()->type.rank() != 4)
      return "it is not a transposed convolution of a batch of images";
    const auto stride = rules::Pair(node.IntList("stride", {1}));
    const auto more = rules::Pair(node.IntList("output_padding", {0}));
    if (more[0] >= stride[0] || more[1] >= stride[1])
      return "its output padding is not smaller than its stride";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedTransposeConv2d() {
  return std::make_unique<Definition>();
}
std::unique_ptr<OpDefinition> DefineQuantizedTransposeConv2dNhwc() {
  return std::make_unique<rules::NhwcTwin<QuantizedTransposeConv2dNhwc>>(DefineQuantizedTransposeConv2d());
}

}  // namespace cortico::ops

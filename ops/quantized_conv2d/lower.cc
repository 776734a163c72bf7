#include "compiler/dialect/rules.h"
#include "kernels/include/arm_nnfunctions.h"
#include "ops/quantized_conv2d/op.h"

namespace cortico::ops {
namespace {

cmsis_nn_dims Dims(int64_t n, int64_t h, int64_t w, int64_t c) {
  return {static_cast<int32_t>(n), static_cast<int32_t>(h), static_cast<int32_t>(w),
          static_cast<int32_t>(c)};
}

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

  LayoutWish Layout() const override { return LayoutWish::kChannelsLast; }
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
    op.bias.value = layer.bias;
    for (size_t i = 0; i < 2; ++i) {
      const int k = static_cast<int>(i);
      op.stride[k] = rules::Pair(node->IntList("stride", {1}))[i];
      op.padding[k] = rules::Pair(node->IntList("padding", {0}))[i];
      op.dilation[k] = rules::Pair(node->IntList("dilation", {1}))[i];
    }
    op.input_offset = -op.input.type().quantization->zero_point();
    op.output_offset = node->output()->type.quantization->zero_point();
    op.requantize_multipliers.value = layer.multipliers;
    op.requantize_shifts.value = layer.shifts;
    std::tie(op.activation_min, op.activation_max) = FusedBounds(*node);
    context.Replace(node, op);
    return "";
  }

  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    const Ints64& in = op.input.type().sizes;
    const Ints64& w = op.weight.type().sizes;
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    type.sizes = {in.at(0), w.at(0)};
    for (size_t i = 0; i < 2; ++i) {
      const int k = static_cast<int>(i);
      type.sizes.push_back(rules::WindowedSize(in.at(2 + i), w.at(1 + i), op.stride[k],
                                               op.padding[k], op.dilation[k], false));
    }
    return type;
  }

  int64_t ScratchBytes(const Node& node, Isa isa) const override {
    const auto op = Read(node);
    const reference::Shape in = rules::NhwcShape(op.input.type());
    const reference::Shape out = rules::NhwcShape(op.out.type());
    const Ints64& w = op.weight.type().sizes;
    cmsis_nn_conv_params params = {};
    params.input_offset = op.input_offset;
    params.output_offset = op.output_offset;
    params.stride = {op.stride[1], op.stride[0]};
    params.padding = {op.padding[1], op.padding[0]};
    params.dilation = {op.dilation[1], op.dilation[0]};
    params.activation = {op.activation_min, op.activation_max};
    const cmsis_nn_dims input = Dims(in.n, in.h, in.w, in.c);
    const cmsis_nn_dims filter = Dims(w[0], w[1], w[2], w[3]);
    const cmsis_nn_dims output = Dims(out.n, out.h, out.w, out.c);
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
    const Ints64& w = op.weight.type().sizes;
    reference::Convolution p;
    p.input = rules::NhwcShape(op.input.type());
    p.filter = {static_cast<int>(w[0]), static_cast<int>(w[1]), static_cast<int>(w[2]),
                static_cast<int>(w[3])};
    p.output = rules::NhwcShape(op.out.type());
    p.stride_h = op.stride[0], p.stride_w = op.stride[1];
    p.pad_h = op.padding[0], p.pad_w = op.padding[1];
    p.dilation_h = op.dilation[0], p.dilation_w = op.dilation[1];
    p.input_offset = op.input_offset, p.output_offset = op.output_offset;
    p.range = {op.activation_min, op.activation_max};
    const Value* weight = op.weight.value;
    reference::Operands operands;
    operands.input = rules::ToNhwc(*inputs.at(0));
    operands.filter.assign(weight->DataAs<int8_t>(),
                           weight->DataAs<int8_t>() + weight->type.numel());
    operands.bias = rules::Int32s(op.bias.value);
    operands.multiplier = rules::Int32s(op.requantize_multipliers.value);
    operands.shift = rules::Int32s(op.requantize_shifts.value);
    return {rules::FromNhwc(op.out.type(), reference::Convolve(p, operands))};
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedConv2d() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops

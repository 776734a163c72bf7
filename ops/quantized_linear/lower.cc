#include "compiler/dialect/convolution.h"
#include "compiler/dialect/rules.h"
#include "kernels/include/arm_nnfunctions.h"
#include "ops/quantized_conv2d/op.h"
#include "ops/quantized_linear/op.h"
#include "ops/view_copy/op.h"

namespace cortico::ops {
namespace {

int64_t Batches(const TensorType& input) { return input.sizes.back() == 0 ? 0 : input.numel() / input.sizes.back(); }

TensorType ResultType(const Node& node, const TensorType& input, const TensorType& weights) {
  TensorType type = node.output()->type;
  type.dtype = DType::kInt8;
  type.sizes = input.sizes;
  if (!type.sizes.empty()) type.sizes.back() = weights.sizes.at(0);
  return type;
}

template <class Op>
std::string IllegalLinear(const Op& op) {
  const TensorType& input = op.input.type();
  for (const std::string& why : {rules::ExpectTensor(op.input.value, "its input", DType::kInt8),
                                 rules::ExpectTensor(op.weights.value, "its weight", DType::kInt8, 2)})
    if (!why.empty()) return why;
  const Ints64& w = op.weights.type().sizes;
  if (input.rank() < 1 || input.sizes.back() != w[1])
    return "input " + input.ToString() + " does not fit weights " + op.weights.type().ToString();
  return rules::ExpectInt32s(op.bias.value, "its bias", w[0]);
}

std::vector<HostTensor> Evaluate(const HostTensor& input, const Value* weights, const std::vector<int32_t>& bias,
                    reference::FullyConnected p, const std::vector<int32_t>& multipliers,
                    const std::vector<int32_t>& shifts, const TensorType& out) {
  p.batches = static_cast<int>(Batches(input.type));
  p.depth = static_cast<int>(weights->type.sizes[1]);
  p.outputs = static_cast<int>(weights->type.sizes[0]);
  const auto* w = weights->DataAs<int8_t>();
  const reference::Operands operands{
      {input.As<int8_t>(), input.As<int8_t>() + input.type.numel()},
      {w, w + weights->type.numel()}, bias, multipliers, shifts};
  return rules::OneResult(out, reference::FullyConnect(p, operands));
}

std::string CheckRanks(const Node& node) {
  const Value* weight = node.Tensor("weight");
  if (weight == nullptr || weight->type.rank() != 2) return "its weight is not a matrix";
  return "";
}

ViewCopy<OnGraph> ViewOf(Value* self, const Ints64& sizes) {
  ViewCopy<OnGraph> view;
  view.self.value = self;
  view.size.count = static_cast<int32_t>(sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i)
    view.size[static_cast<int>(i)] = static_cast<int32_t>(sizes[i]);
  return view;
}

// ExecuTorch's linear op has one factor, its convolution one for each channel: there a layer that
// is quantized per channel is a convolution of images of one pixel.
std::string LowerAsConvolution(Node* node, LowerContext& context) {
  Value* input = node->Tensor("input");
  const Value* weight = node->Tensor("weight");
  const int64_t outputs = weight->type.sizes[0], depth = weight->type.sizes[1];
  if (node->output()->type.rank() > kMaxRank) return "it has more than eight dimensions";
  rules::WeightedLayer layer;
  if (std::string why = rules::PrepareWeightedLayer(node, outputs, context, &layer); !why.empty())
    return why;
  const auto pixels = [&](const TensorType& like, int64_t channels) {
    return TensorType{like.dtype, {Batches(input->type), channels, 1, 1}, {0, 2, 3, 1}, like.quantization};
  };
  const std::string name = node->output()->name;
  const TensorType image = pixels(input->type, depth);
  Node* in = context.graph.AddNode(ViewCopy<OnGraph>::kName, WriteArgs(ViewOf(input, image.sizes)),
                                   image, name + "_image", node);
  in->location = node->location;
  QuantizedConv2d<OnGraph> op;
  op.input.value = in->output();
  op.weight.value = context.graph.AddConstant(
      weight->name + "_ohwi", {DType::kInt8, {outputs, 1, 1, depth}, {}, {}}, weight->data);
  op.weight.value->origin = weight->origin;
  for (int i = 0; i < 2; ++i) op.stride[i] = 1, op.padding[i] = 0, op.dilation[i] = 1;
  rules::TakeArithmetic(*node, layer, &op);
  // Stands where the convolution will: Replace adds what the op needs beside its fields.
  Node* place = context.graph.AddNode(node->op, {}, pixels(node->output()->type, outputs),
                                      name + "_pixels", node);
  place->location = node->location;
  const Node* convolution = context.Replace(place, op);
  context.Replace(node, ViewOf(convolution->output(), node->output()->type.sizes));
  return "";
}

class PerTensor : public TypedOp<QuantizedLinear> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    const std::vector<QuantPattern::Argument> arguments = {{"input", QuantRole::kActivation, 0},
                                                           {"weight", QuantRole::kWeight, 0},
                                                           {"bias", QuantRole::kBias, 0}};
    return {
        {"linear-relu", {"aten.linear.default", "aten.relu.default"}, arguments, false},
        {"linear-hardtanh", {"aten.linear.default", "aten.hardtanh.default"}, arguments, false},
        {"linear", {"aten.linear.default"}, arguments, false},
    };
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    const Value* weight = chain.front()->Tensor("weight");
    if (weight == nullptr || !weight->is_constant()) return "its weight is not a constant";
    return CheckRanks(*chain.front());
  }

  LayoutWish Layout(const Node&) const override { return LayoutWish::kContiguous; }
  std::vector<std::string> LowersFrom() const override { return {"aten.linear.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = CheckRanks(*node); !why.empty()) return why;
    Value* weight = node->Tensor("weight");
    const auto& q = weight->type.quantization;
    if (q && std::any_of(q->scales.begin(), q->scales.end(),
                         [&](double s) { return s != q->scales[0]; })) {
      if (context.target.dialect == Dialect::kExecutorch) return LowerAsConvolution(node, context);
      return "its weight is quantized per channel, and cortex_m::quantized_linear has one factor";
    }
    rules::WeightedLayer layer;
    const int64_t outputs = weight->type.sizes[0], depth = weight->type.sizes[1];
    if (std::string why = rules::PrepareWeightedLayer(node, outputs, context, &layer); !why.empty())
      return why;
    QuantizedLinear<OnGraph> op;
    op.input.value = node->Tensor("input");
    op.weights.value = weight;
    op.input_offset = -op.input.type().quantization->zero_point();
    op.output_offset = node->output()->type.quantization->zero_point();
    op.requantize_multipliers[0] = layer.factors.at(0).multiplier;
    op.requantize_shifts[0] = layer.factors.at(0).shift;
    std::tie(op.activation_min, op.activation_max) = FusedBounds(*node);
    if (context.target.isa == Isa::kMve) {
      // What the vector kernel would add up on every call, added up here; the bias goes along.
      const int8_t* w = weight->DataAs<int8_t>();
      std::vector<int32_t> sums(static_cast<size_t>(outputs));
      for (int64_t o = 0; o < outputs; ++o) {
        int64_t sum = 0;
        for (int64_t i = 0; i < depth; ++i) sum += w[o * depth + i];
        const int64_t bias = layer.bias != nullptr ? layer.bias->DataAs<int32_t>()[o] : 0;
        // Modulo 2^32, as the kernel's own accumulator.
        sums[static_cast<size_t>(o)] = static_cast<int32_t>(
            static_cast<uint32_t>(sum * op.input_offset) + static_cast<uint32_t>(bias));
      }
      op.kernel_sum.value = context.Constant(node->output()->name + "_kernel_sum",
                                             {DType::kInt32, {outputs}, {}, {}}, sums);
    } else {
      op.bias.value = layer.bias;
    }
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (std::string why = IllegalLinear(op); !why.empty()) return why;
    if (op.bias.value != nullptr && op.kernel_sum.value != nullptr)
      return "a bias and a kernel sum exclude each other";
    return rules::ExpectInt32s(op.kernel_sum.value, "its kernel sum", op.weights.type().sizes[0]);
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    return ResultType(node, op.input.type(), op.weights.type());
  }
  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    reference::FullyConnected p;
    // With a kernel sum the offset is already in it.
    p.input_offset = op.kernel_sum.value != nullptr ? 0 : op.input_offset;
    p.filter_offset = op.filter_offset;
    p.output_offset = op.output_offset;
    p.range = {op.activation_min, op.activation_max};
    const Value* added = op.kernel_sum.value != nullptr ? op.kernel_sum.value : op.bias.value;
    return Evaluate(*inputs.at(0), op.weights.value, rules::Int32s(added), p,
                        {op.requantize_multipliers[0]}, {op.requantize_shifts[0]}, op.out.type());
  }
};

class PerChannel : public TypedOp<LinearPerChannel> {
 public:
  LayoutWish Layout(const Node&) const override { return LayoutWish::kContiguous; }
  std::vector<std::string> LowersFrom() const override { return {"aten.linear.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = CheckRanks(*node); !why.empty()) return why;
    Value* weight = node->Tensor("weight");
    rules::WeightedLayer layer;
    if (std::string why =
            rules::PrepareWeightedLayer(node, weight->type.sizes[0], context, &layer);
        !why.empty())
      return why;
    LinearPerChannel<OnGraph> op;
    op.input.value = node->Tensor("input");
    op.weights.value = weight;
    op.bias.value = layer.bias;
    op.input_offset = -op.input.type().quantization->zero_point();
    op.output_offset = node->output()->type.quantization->zero_point();
    op.requantize_multipliers.value = layer.multipliers;
    op.requantize_shifts.value = layer.shifts;
    std::tie(op.activation_min, op.activation_max) = FusedBounds(*node);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (std::string why = IllegalLinear(op); !why.empty()) return why;
    const int64_t outputs = op.weights.type().sizes[0];
    for (const Value* list : {op.requantize_multipliers.value, op.requantize_shifts.value})
      if (std::string why = rules::ExpectInt32s(list, "its requantization", outputs); !why.empty())
        return why;
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    return ResultType(node, op.input.type(), op.weights.type());
  }
  int64_t ScratchBytes(const Node& node, Isa isa, std::string_view) const override {
    const auto op = Read(node);
    const Ints64& w = op.weights.type().sizes;
    // Arm's filter dims of a matrix: n the depth, c the outputs.
    const cmsis_nn_dims filter = {static_cast<int32_t>(w[1]), 1, 1, static_cast<int32_t>(w[0])};
    if (isa == Isa::kMve) return arm_fully_connected_s8_get_buffer_size_mve(&filter);
    if (isa == Isa::kDsp) return arm_fully_connected_s8_get_buffer_size_dsp(&filter);
    return arm_fully_connected_s8_get_buffer_size(&filter);
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    reference::FullyConnected p;
    p.input_offset = op.input_offset;
    p.output_offset = op.output_offset;
    p.range = {op.activation_min, op.activation_max};
    return Evaluate(*inputs.at(0), op.weights.value, rules::Int32s(op.bias.value), p,
                        rules::Int32s(op.requantize_multipliers.value),
                        rules::Int32s(op.requantize_shifts.value), op.out.type());
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedLinear() { return std::make_unique<PerTensor>(); }
std::unique_ptr<OpDefinition> DefineLinearPerChannel() { return std::make_unique<PerChannel>(); }

}  // namespace cortico::ops

// Why: at inference batch normalisation is a factor and an addend per channel, and the convolution
// before it has both already.
//
//   y = conv(x; w, b),  z = gamma * (y - mean) / sqrt(var + eps) + beta
//     → z = conv(x; w * f, (b - mean) * f + beta)   with f = gamma / sqrt(var + eps) per channel
//
// A batch norm with no such layer before it becomes a depthwise 1x1 convolution with weight f.
// Computed in double and rounded once to float32. Needs: constant float32 statistics; the layer's
// result read by the batch norm alone. Refuses: training mode, which is an error of the export.
#include <cmath>

#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

std::vector<double> Floats(const Value* value, size_t count, double otherwise) {
  if (value == nullptr) return std::vector<double>(count, otherwise);
  const float* data = value->DataAs<float>();
  return {data, data + count};
}

bool ConstantOfChannels(const Value* value, int64_t channels) {
  return value == nullptr || (value->is_constant() && value->type.dtype == DType::kFloat32 &&
                              value->type.numel() == channels);
}

struct Affine {
  std::vector<double> factor, addend;
};

Affine FactorsOf(const Node& norm, size_t channels) {
  const auto gamma = Floats(norm.Tensor("weight"), channels, 1.0);
  const auto beta = Floats(norm.Tensor("bias"), channels, 0.0);
  const auto mean = Floats(norm.Tensor("running_mean"), channels, 0.0);
  const auto var = Floats(norm.Tensor("running_var"), channels, 1.0);
  const double eps = norm.Double("eps", 1e-5);
  Affine affine;
  for (size_t c = 0; c < channels; ++c) {
    affine.factor.push_back(gamma[c] / std::sqrt(var[c] + eps));
    affine.addend.push_back(beta[c] - mean[c] * affine.factor[c]);
  }
  return affine;
}

bool IsBatchNorm(const Node* node) {
  return node->Is("aten.batch_norm.default") || node->Is("aten.cudnn_batch_norm.default") ||
         node->Is("aten._native_batch_norm_legit_no_training.default");
}

// Where a weight has its output channels: [O, I, …], or [I, O, …] of a transposed convolution.
size_t ChannelAxis(const Node& layer) { return layer.Is("aten.conv_transpose2d.input") ? 1 : 0; }

// Whether the batch norm can go into the layer.
bool CanTakeFactors(const Node* layer, int64_t channels, const PassContext& context) {
  if (layer == nullptr || !(layer->Is("aten.conv2d.default") || layer->Is("aten.linear.default") ||
                            layer->Is("aten.conv_transpose2d.input")))
    return false;
  // A batch norm's channels are dimension 1, a linear layer's outputs the last one.
  if (layer->Is("aten.linear.default") && layer->output()->type.rank() != 2) return false;
  if (context.graph.UseCount(layer->output()) != 1) return false;
  const Value* weight = layer->Tensor("weight");
  return weight != nullptr && weight->is_constant() && weight->type.dtype == DType::kFloat32 &&
         weight->type.rank() >= 2 &&
         weight->type.sizes[ChannelAxis(*layer)] == channels &&
         // Groups of a transposed convolution share the axis.
         (!layer->Is("aten.conv_transpose2d.input") || layer->Int("groups", 1) == 1) &&
         ConstantOfChannels(layer->Tensor("bias"), channels);
}

std::string FoldBatchNormNode(Node* node, PassContext& context) {
  if (!IsBatchNorm(node)) return "";
  if (node->Bool("training", false)) {
    context.diagnostics.Error(node->location, "batch normalisation is in training mode",
                              "call model.eval() before torch.export.export");
    node->Set("training", false);
  }
  Value* input = node->Tensor("input");
  Value* result = node->outputs.at(0);
  if (input == nullptr || input->type.rank() < 2 || input->type.dtype != DType::kFloat32) return "";
  const int64_t channels = input->type.sizes[1];
  for (const char* name : {"weight", "bias", "running_mean", "running_var"})
    if (!ConstantOfChannels(node->Tensor(name), channels)) return "";
  for (size_t i = 1; i < node->outputs.size(); ++i)
    if (context.graph.UseCount(node->outputs[i]) > 0) return "";
  const Affine affine = FactorsOf(*node, static_cast<size_t>(channels));
  for (double factor : affine.factor) {
    if (std::isfinite(factor)) continue;
    context.diagnostics.Error(node->location,
                              "batch normalisation has a variance, or a factor, that is no number",
                              "train the model again or repair its statistics");
    return "";
  }

  Node* layer = input->producer;
  if (CanTakeFactors(layer, channels, context)) {
    Value* weight = layer->Tensor("weight");
    const Value* bias = layer->Tensor("bias");
    const int64_t inner = StridesOf(weight->type)[ChannelAxis(*layer)];
    std::vector<float> weights, biases;
    for (int64_t k = 0; k < weight->type.numel(); ++k)
      weights.push_back(
          static_cast<float>(double{weight->DataAs<float>()[k]} *
                             affine.factor[static_cast<size_t>(k / inner % channels)]));
    for (int64_t c = 0; c < channels; ++c) {
      const auto i = static_cast<size_t>(c);
      const double b = bias != nullptr ? double{bias->DataAs<float>()[c]} : 0.0;
      biases.push_back(static_cast<float>(b * affine.factor[i] + affine.addend[i]));
    }
    Value* folded = context.graph.AddConstant(weight->name + "_bn", weight->type, weights);
    folded->origin = weight->origin;
    Value* folded_bias = context.graph.AddConstant(
        weight->name + "_bn_bias", {DType::kFloat32, {channels}, {}, {}}, biases);
    folded_bias->origin = bias != nullptr ? bias->origin : weight->origin;
    layer->Set("weight", folded);
    layer->Set("bias", folded_bias);
    context.graph.ReplaceUses(result, layer->output());
    const std::string into = layer->op;
    context.graph.Erase(node);
    return "batch norm folded into " + into;
  }
  if (input->type.rank() != 4) return "";
  std::vector<float> factor(affine.factor.begin(), affine.factor.end());
  std::vector<float> addend(affine.addend.begin(), affine.addend.end());
  Value* weight = context.graph.AddConstant(result->name + "_factor",
                                            {DType::kFloat32, {channels, 1, 1, 1}, {}, {}}, factor);
  Value* bias = context.graph.AddConstant(result->name + "_addend",
                                          {DType::kFloat32, {channels}, {}, {}}, addend);
  Node* conv = context.graph.AddNode("aten.conv2d.default",
                                     {{"input", input},
                                      {"weight", weight},
                                      {"bias", bias},
                                      {"stride", Ints64{1, 1}},
                                      {"padding", Ints64{0, 0}},
                                      {"dilation", Ints64{1, 1}},
                                      {"groups", channels}},
                                     result->type, result->name, node);
  conv->location = node->location;
  context.graph.ReplaceUses(result, conv->output());
  context.graph.Erase(node);
  return "batch norm without a layer before it → depthwise 1x1 convolution";
}

}  // namespace

void FoldBatchNorm(PassContext& context) {
  ApplyRules("fold-batch-norm", {{"batch-norm", FoldBatchNormNode}}, context);
}

}  // namespace cortico::passes

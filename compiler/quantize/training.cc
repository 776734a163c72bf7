#include "compiler/quantize/training.h"

#include <vector>

#include "compiler/passes/canonicalize.h"

namespace cortico {
namespace {

bool IsConvolution(const Node* node) {
  return node != nullptr && (node->Is("aten.conv2d.default") || node->Is("aten.conv1d.default") ||
                             node->Is("aten.conv_transpose2d.input"));
}

/// The convolution that a batch norm belongs to; null when it stands alone.
Node* LayerOf(const Node& norm, const Graph& graph) {
  const Value* input = norm.Tensor("input");
  if (input == nullptr || !IsConvolution(input->producer) || graph.UseCount(input) != 1)
    return nullptr;
  return input->producer;
}

}  // namespace

Graph StructureAfterTraining(const Graph& graph, Diagnostics& diagnostics) {
  Graph copy = graph.Clone();
  std::vector<Node*> nodes;
  for (const auto& node : copy.nodes()) nodes.push_back(node.get());
  for (Node* node : nodes) {
    if (node->Is("aten.dropout.default")) node->Set("train", false);
    if (!node->Is("aten.batch_norm.default")) continue;
    node->Set("training", false);
    Node* layer = LayerOf(*node, copy);
    if (layer == nullptr) continue;
    const std::string name = node->output()->name;
    copy.ReplaceUses(node->output(), layer->output());
    copy.Erase(node);
    copy.Rename(layer->output(), name);
  }
  copy.RemoveDead();
  RewriteLog log;
  CanonicalizeForQuantization(copy, diagnostics, log);
  return copy;
}

}  // namespace cortico

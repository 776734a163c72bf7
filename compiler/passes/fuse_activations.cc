// Why: a ReLU behind a convolution, a linear layer or an add costs nothing on the target: the
// kernel clamps its result anyway, and only the bounds change.
//
//   %c = aten.conv2d.default(…)                 %r = aten.conv2d.default(…, fused_min=0.0)
//   %r = aten.relu.default(self=%c)        →
//
// "fused_min" and "fused_max" are real values; lowering turns them into integers with the result's
// own scale and zero point, whatever these are. Needs: the layer's result read by the activation
// alone. Refuses: a quantize between the two, which is another rounding that must be kept.
#include <algorithm>
#include <limits>

#include "compiler/dialect/lookup.h"
#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

// Ops say so by a pattern that ends in a ReLU.
bool ClampsItsResult(const Node& layer) {
  const auto& patterns = PatternsFrom(layer.op);
  return std::any_of(patterns.begin(), patterns.end(), [](const KnownPattern& known) {
    return known.pattern.ops.size() == 2 && known.pattern.ops[1] == "aten.relu.default";
  });
}

std::string Fuse(Node* node, PassContext& context) {
  const double inf = std::numeric_limits<double>::infinity();
  double low = -inf, high = inf;
  if (node->Is("aten.relu.default")) {
    low = 0;
  } else if (node->Is("aten.hardtanh.default")) {
    low = node->Double("min_val", -1.0);
    high = node->Double("max_val", 1.0);
  } else {
    return "";
  }
  Value* between = node->Tensor("self");
  Node* layer = between != nullptr ? between->producer : nullptr;
  if (layer == nullptr || !ClampsItsResult(*layer)) return "";
  // Only where the two become one quantized op: alone in float both stay as they are.
  const auto readers = context.graph.Users(node->output());
  const bool quantized = !readers.empty() && std::all_of(readers.begin(), readers.end(), [](Node* n) {
    return n->Is("quantized_decomposed.quantize_per_tensor.default");
  });
  if (!quantized || context.graph.UseCount(between) != 1) return "";
  layer->Set("fused_min", std::max(low, layer->Double("fused_min", -inf)));
  layer->Set("fused_max", std::min(high, layer->Double("fused_max", inf)));
  // What the layer gives now is the activation's value, so it has its name: a report that compares
  // values by name, float against integers, must not take the one before the activation.
  const std::string what = node->op + " fused into " + layer->op;
  const std::string name = node->output()->name;
  context.graph.ReplaceUses(node->output(), between);
  context.graph.Erase(node);
  context.graph.Rename(between, name);
  return what;
}

}  // namespace

void FuseActivations(PassContext& context) {
  ApplyRules("fuse-activations", {{"activation", Fuse}}, context);
}

}  // namespace cortico::passes

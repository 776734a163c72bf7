// Why: the last rewrite. Every node becomes an op of the dialect, by the op's own rule.
//
//   %y : i8[…] q(…) = aten.conv2d.default(input=%x : i8[…] q(…), …)
//     → %y = cortex_m::quantized_conv2d(input=%x, weight=%w_ohwi, …, requantize_multipliers=%y_multipliers, …)
//
// Each op that lowers from the node's name is asked in the order of ops/CMakeLists.txt; the first
// that takes it has it, and the reasons of the others are kept. A node that nobody takes has no
// kernel on the target: an error that says why, for all such nodes at once.
//
// Needs: assign-layouts. Refuses: what has no kernel.
#include <set>

#include "compiler/graph/op_domain.h"
#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

// Each reason once: two ops may refuse a node alike.
void AddReason(const std::string& why, std::string* reasons) {
  if (reasons->find(why) == std::string::npos) *reasons += (reasons->empty() ? "" : "; ") + why;
}

std::string LowerNode(Node* node, PassContext& context, std::string* reasons) {
  LowerContext lower{context.graph, context.target};
  for (const auto& op : AllOps()) {
    for (const std::string& name : op->LowersFrom()) {
      if (!node->Is(name)) continue;
      if (context.target.dialect == Dialect::kExecutorch && op->name().starts_with("cortico::")) {
        AddReason("the executorch dialect has no " + std::string(op->name()), reasons);
        continue;
      }
      const std::string why = op->Lower(node, lower);
      if (why.empty()) return std::string(op->name());
      AddReason(why, reasons);
    }
  }
  return "";
}

}  // namespace

void LowerToDialect(PassContext& context) {
  std::vector<Node*> nodes;
  for (const auto& node : context.graph.nodes()) nodes.push_back(node.get());
  for (Node* node : nodes) {
    if (FindOp(node->op) != nullptr) continue;
    const Location where = node->location;
    const std::string before = node->op;
    std::string reasons;
    const std::string after = LowerNode(node, context, &reasons);
    if (!after.empty()) {
      context.log.push_back({"lower-to-dialect", where, before + " → " + after});
      continue;
    }
    context.diagnostics.Error(
        where, before + " has no kernel on the target" + (reasons.empty() ? "" : ": " + reasons),
        "rewrite the module with supported ops; `cortico ops` lists them");
  }
  context.graph.RemoveDead();
}

}  // namespace cortico::passes

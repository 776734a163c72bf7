// Why: the last rewrite. Every node becomes an op of the dialect, by the op's own rule.
//
//   %y : i8[…] q(…) = aten.conv2d.default(input=%x : i8[…] q(…), …)
//     → %y = cortex_m::quantized_conv2d(input=%x, weight=%w_ohwi, …, requantize_multipliers=%y_multipliers, …)
//
// Each op that lowers from the node's name is asked in the order of ops/CMakeLists.txt; the first
// that takes it has it, and the reasons of the others are kept. The portable ops stand last in that
// list: what only they take runs in float, and the log says why and at what cost. A node that nobody
// takes has no kernel on the target: an error that says why, for all such nodes at once.
//
// Needs: assign-layouts, decompose-float. Refuses: what has no kernel.
#include <set>

#include "compiler/graph/op_domain.h"
#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

void Join(const std::string& reason, std::string* reasons) {
  if (reasons->find(reason) == std::string::npos) *reasons += (reasons->empty() ? "" : "; ") + reason;
}

// The op that took it; null, and why none did.
const OpDefinition* LowerNode(Node* node, PassContext& context, std::string* reasons) {
  LowerContext lower{context.graph, context.target};
  for (const auto& op : AllOps()) {
    for (const std::string& name : op->LowersFrom()) {
      if (!node->Is(name)) continue;
      if (context.target.dialect == Dialect::kExecutorch && op->name().starts_with("cortico::")) {
        Join("the executorch dialect has no " + std::string(op->name()), reasons);
        continue;
      }
      const std::string why = op->Lower(node, lower);
      if (why.empty()) return op.get();
      Join(why, reasons);
    }
  }
  return nullptr;
}

// Bytes of the tensors between which a node stands, weights left out.
int64_t ActivationBytes(const Node& node) {
  int64_t bytes = 0;
  for (const Value* input : node.Inputs()) bytes += input->is_constant() ? 0 : input->type.nbytes();
  for (const Value* output : node.outputs) bytes += output->type.nbytes();
  return bytes;
}

}  // namespace

void LowerToDialect(PassContext& context) {
  std::vector<Node*> nodes;
  for (const auto& node : context.graph.nodes()) nodes.push_back(node.get());
  for (Node* node : nodes) {
    if (FindOp(node->op) != nullptr) continue;
    const Location where = node->location;
    const std::string before = node->op;
    const std::string result = node->outputs.empty() ? "" : node->output()->name;
    const int64_t bytes = ActivationBytes(*node);
    std::string reasons;
    if (const OpDefinition* op = LowerNode(node, context, &reasons)) {
      Rewrite rewrite = {"lower-to-dialect", where, before + " → " + std::string(op->name())};
      if (op->IsPortable()) {
        rewrite.fallback = reasons.empty() ? "no integer op is made from " + before : reasons;
        rewrite.value = result;
        rewrite.work = op->Work(*context.graph.FindValue(result)->producer);
        rewrite.float_bytes = bytes;
      }
      context.log.push_back(std::move(rewrite));
      continue;
    }
    context.diagnostics.Error(
        where, before + " has no kernel on the target" + (reasons.empty() ? "" : ": " + reasons),
        "rewrite the module with supported ops; `cortico ops` lists them");
  }
  context.graph.RemoveDead();
}

}  // namespace cortico::passes

// Why: exported programs are full of ops that do nothing at inference: dropout in eval mode (kept in
// the graph), clones, detaches, casts to the type that is already there. Every later pattern would
// have to look through them.
//
//   %d = aten.dropout.default(input=%x, p=0.1, train=false)
//   %y = aten.linear.default(input=%d, …)          →    %y = aten.linear.default(input=%x, …)
//
// Needs: nothing. Refuses: dropout in training mode, which is an error of the export.
#include "compiler/passes/passes.h"

namespace cortico::passes {
namespace {

bool SameType(const Value* a, const Value* b) {
  return a->type.dtype == b->type.dtype && a->type.sizes == b->type.sizes &&
         a->type.order() == b->type.order();
}

std::string Bypass(Node* node, Value* input, PassContext& context) {
  if (input == nullptr || !SameType(input, node->output())) return "";
  const std::string what = node->op + " does nothing and is dropped";
  context.graph.ReplaceUses(node->output(), input);
  context.graph.Erase(node);
  return what;
}

std::string DropDropout(Node* node, PassContext& context) {
  const bool alpha = node->Is("aten.alpha_dropout.default") || node->Is("aten.feature_dropout.default");
  if (!alpha && !node->Is("aten.dropout.default") && !node->Is("aten.dropout_.default")) return "";
  if (node->Bool("train", false)) {
    context.diagnostics.Error(node->location, "dropout is in training mode",
                              "call model.eval() before torch.export.export");
    node->Set("train", false);
  }
  return Bypass(node, node->Tensor("input"), context);
}

std::string DropNoOp(Node* node, PassContext& context) {
  static constexpr const char* kNames[] = {
      "aten.alias.default",      "aten.alias_copy.default", "aten.clone.default",
      "aten.contiguous.default", "aten.detach.default",     "aten.detach_.default",
      "aten.lift_fresh_copy.default", "aten.lift_fresh.default", "aten._to_copy.default",
      "aten.to.dtype",           "aten.to.dtype_layout",    "aten.positive.default",
      "dim_order_ops._clone_dim_order.default", "dim_order_ops._to_dim_order_copy.default"};
  for (const char* name : kNames)
    if (node->Is(name)) return Bypass(node, node->Tensor(node->Find("self") ? "self" : "a"), context);
  return "";
}

// A view to the sizes that are already there.
std::string DropSameView(Node* node, PassContext& context) {
  static constexpr const char* kNames[] = {
      "aten.view.default", "aten.reshape.default", "aten._unsafe_view.default",
      "aten.flatten.using_ints", "aten.expand.default", "aten.view_copy.default"};
  for (const char* name : kNames)
    if (node->Is(name)) return Bypass(node, node->Tensor("self"), context);
  return "";
}

}  // namespace

void DropIdentities(PassContext& context) {
  ApplyRules("drop-identities",
             {{"dropout", DropDropout}, {"no-op", DropNoOp}, {"same-view", DropSameView}}, context);
}

}  // namespace cortico::passes

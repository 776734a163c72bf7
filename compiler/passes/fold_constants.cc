// Why: a program may compute with its weights, cast them from half precision, transpose or scale
// them; the target should find the result.
//
//   %w32 : f32[8,3,3,3] = aten._to_copy.default(self=%w : f16[8,3,3,3], dtype=:f32)
//     → const %w32
//   %z = aten.zeros_like.default(self=%x), %r = aten.arange.default(end=7): read nothing, constants too
//
// Needs: nothing. Refuses: nothing; what the host cannot evaluate stays. A weight between quantize
// and dequantize is left alone: its integers are what the target wants.
#include <algorithm>

#include "compiler/passes/passes.h"
#include "compiler/reference/aten.h"
#include "compiler/reference/evaluate.h"

namespace cortico::passes {
namespace {

// What a program makes from nothing takes flash from then on.
constexpr int64_t kMostMade = 1 << 16;

bool ReadsSizesAlone(const Node* node) {
  return node->op.starts_with("aten.") && node->op.find("_like.") != std::string::npos;
}

std::string Fold(Node* node, PassContext& context) {
  if (node->outputs.size() != 1 || node->op.starts_with("quantized_decomposed.") ||
      FindAten(node->op) == nullptr)
    return "";
  Values inputs = node->Inputs();
  if (ReadsSizesAlone(node)) inputs.clear();
  if (!std::all_of(inputs.begin(), inputs.end(), [](const Value* v) { return v->is_constant(); }))
    return "";
  if (inputs.empty() && node->output()->type.nbytes() > kMostMade) return "";
  Graph graph;
  auto args = node->args;
  const auto copy = [&graph](Value* value) -> Value* {
    if (value == nullptr) return nullptr;
    if (value->is_constant()) return graph.AddConstant(value->name, value->type, value->data);
    // Read for its sizes.
    return graph.AddConstant(value->name, value->type,
                             std::make_shared<Bytes>(static_cast<size_t>(value->type.nbytes())));
  };
  for (auto& [name, arg] : args) {
    if (auto* value = std::get_if<Value*>(&arg)) *value = copy(*value);
    else if (auto* list = std::get_if<Values>(&arg))
      for (Value*& item : *list) item = copy(item);
  }
  Value* result = node->output();
  TensorType type = result->type;
  type.dim_order.clear();
  graph.outputs = {graph.AddNode(node->op, args, type, "y")->output()};
  graph.output_names = {"y"};
  Diagnostics unused;
  auto outputs = Evaluator(graph).Run({}, unused);
  if (!outputs) return "";
  Value* constant = context.graph.AddConstant(
      result->name, type, std::make_shared<Bytes>(std::move(outputs->front().data)));
  if (!inputs.empty()) constant->origin = inputs.front()->origin;
  context.graph.ReplaceUses(result, constant);
  const std::string what = node->op + " of constants", name = result->name;
  context.graph.Erase(node);
  context.graph.RemoveDead();  // the old value's name is free
  context.graph.Rename(constant, name);
  return what;
}

}  // namespace

void FoldConstants(PassContext& context) {
  ApplyRules("fold-constants", {{"constant", Fold}}, context);
}

}  // namespace cortico::passes

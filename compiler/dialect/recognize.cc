#include "compiler/dialect/recognize.h"

#include <algorithm>
#include <string_view>

#include "compiler/graph/op_domain.h"

namespace cortico {
namespace {

constexpr const char* kUninitialized = "aten.empty.memory_format";

const OpDefinition* DialectOp(const Node& node, Recognize which) {
  for (const auto& op : AllOps()) {
    if (node.op != op->TorchName()) continue;
    const bool own = op->name().starts_with("cortex_m::") || op->name().starts_with("cortico::");
    return own || which == Recognize::kAll ? op.get() : nullptr;
  }
  return nullptr;
}

/// What an argument is when a call leaves it out: the defaults in torch's
/// schemas.
Arg DefaultOf(const FieldInfo& field) {
  switch (field.kind) {
    case FieldKind::kInt:
      return int64_t{0};
    case FieldKind::kBool:
      return false;
    default:
      return std::monostate();
  }
}

void CompleteArgs(Node* node, const OpDefinition& op) {
  std::vector<std::pair<std::string, Arg>> args;
  for (const FieldInfo& field : op.fields()) {
    if (field.kind == FieldKind::kOut) continue;
    const Arg* arg = node->Find(field.name);
    args.emplace_back(field.name, arg != nullptr ? *arg : DefaultOf(field));
    // A whole number stands for a float one in Python.
    if (const auto* whole = std::get_if<int64_t>(&args.back().second))
      if (field.kind == FieldKind::kFloat) args.back().second = static_cast<double>(*whole);
  }
  node->args = std::move(args);
}

void MakeScratch(Graph& graph, Node* node, const OpDefinition& op) {
  for (const FieldInfo& field : op.fields()) {
    if (field.kind != FieldKind::kScratch) continue;
    const Value* given = node->Tensor(field.name);
    if (given == nullptr || given->producer == nullptr || !given->producer->Is(kUninitialized))
      continue;
    node->Set(field.name, graph.AddScratch(given->name, given->type.nbytes()));
  }
}

void CompleteType(Node* node, const OpDefinition& op, Diagnostics& diagnostics) {
  TensorType& type = node->output()->type;
  const Values inputs = node->Inputs();
  if (type.dim_order.empty() && !type.quantization && !inputs.empty() &&
      inputs[0]->type.rank() == type.rank())
    type.dim_order = inputs[0]->type.dim_order;
  const size_t before = diagnostics.all().size();
  VerifyNode(op, *node, diagnostics);
  if (diagnostics.all().size() == before) type = op.OutputType(*node);
}

}  // namespace

void RecognizeDialect(Graph& graph, Recognize which, Diagnostics& diagnostics) {
  for (const auto& node : graph.nodes()) {
    const OpDefinition* op = DialectOp(*node, which);
    if (op == nullptr || node->outputs.size() != 1) continue;
    node->op = op->name();
    CompleteArgs(node.get(), *op);
    MakeScratch(graph, node.get(), *op);
    CompleteType(node.get(), *op, diagnostics);
  }
  graph.RemoveDead();
}

}  // namespace cortico

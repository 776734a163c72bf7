#include <algorithm>
#include <set>

#include "compiler/graph/graph.h"
#include "compiler/graph/op_domain.h"

namespace cortico {
namespace {

void VerifyType(const TensorType& type, const std::string& what, const Location& where,
                Diagnostics& diagnostics) {
  if (SizeOf(type.dtype) == 0) diagnostics.Error(where, what + " has an unknown element type");
  for (int64_t size : type.sizes)
    if (size < 0) diagnostics.Error(where, what + " has a negative size");
  if (!type.dim_order.empty()) {
    std::vector<int> sorted = type.dim_order;
    std::sort(sorted.begin(), sorted.end());
    bool ok = sorted.size() == type.sizes.size();
    for (size_t i = 0; ok && i < sorted.size(); ++i) ok = sorted[i] == static_cast<int>(i);
    if (!ok) diagnostics.Error(where, what + " has a dim order that is no permutation");
  }
  if (!type.quantization) return;
  const Quantization& q = *type.quantization;
  if (q.scales.empty() || q.scales.size() != q.zero_points.size())
    return diagnostics.Error(where, what + " has as many scales as zero points: not so");
  if (q.per_tensor() ? q.scales.size() != 1
                     : (q.axis >= type.rank() || static_cast<int64_t>(q.scales.size()) !=
                                                     type.sizes[static_cast<size_t>(q.axis)]))
    diagnostics.Error(where, what + " has a wrong number of scales");
  for (double scale : q.scales)
    if (!(scale > 0)) return diagnostics.Error(where, what + " has a scale that is not positive");
  for (int32_t zero_point : q.zero_points)
    if (zero_point < q.qmin || zero_point > q.qmax)
      return diagnostics.Error(where, what + " has a zero point outside of its range");
}

// Arithmetic on raw integers whose quantization only the op's float formula knows would be a silent
// wrong result: on a quantized tensor only ops that know it may stand. A result that is no quantity,
// the place of the largest element, has no quantization.
void VerifyQuantizedReaders(const Node& node, Diagnostics& diagnostics) {
  if (FindOp(node.op) != nullptr || node.op.starts_with("quantized_decomposed.") ||
      OnlyReads(node))
    return;
  const Values inputs = node.Inputs();
  const bool reads_quantized = std::any_of(inputs.begin(), inputs.end(), [](const Value* v) {
    return v->type.quantization.has_value() && v->kind != Value::Kind::kScratch;
  });
  if (!reads_quantized) return;
  for (const Value* output : node.outputs)
    if (!output->type.quantization)
      diagnostics.Error(node.location,
                        node.op + " reads quantized data and has a result without quantization",
                        "this is a defect of the program that quantized it, or of cortico");
}

}  // namespace

void VerifyGraph(const Graph& graph, Diagnostics& diagnostics) {
  std::set<const Value*> known;
  for (const Value* input : graph.inputs) known.insert(input);
  std::set<std::string> names;
  for (const auto& value : graph.values()) {
    const Location where{value->name, "", ""};
    if (!names.insert(value->name).second)
      diagnostics.Error(where, "two values have the name '" + value->name + "'");
    VerifyType(value->type, "'" + value->name + "'", where, diagnostics);
    if (value->kind == Value::Kind::kConstant) {
      if (value->data == nullptr ||
          static_cast<int64_t>(value->data->size()) != value->type.nbytes())
        diagnostics.Error(where, "constant '" + value->name + "' has not the bytes of its type");
      known.insert(value.get());
    } else if (value->kind == Value::Kind::kScratch) {
      known.insert(value.get());
    }
  }
  for (const auto& node : graph.nodes()) {
    for (const Value* input : node->Inputs())
      if (!known.contains(input))
        diagnostics.Error(node->location, node->op + " reads '" + input->name +
                                              "' before it is produced");
    for (const Value* output : node->outputs) {
      if (output->producer != node.get())
        diagnostics.Error(node->location, "'" + output->name + "' does not know its producer");
      known.insert(output);
    }
    VerifyQuantizedReaders(*node, diagnostics);
    if (const OpDefinition* op = FindOp(node->op)) VerifyNode(*op, *node, diagnostics);
  }
  for (const Value* output : graph.outputs)
    if (!known.contains(output))
      diagnostics.Error({}, "result '" + output->name + "' is never produced");
  if (graph.output_names.size() != graph.outputs.size())
    diagnostics.Error({}, "results and their names differ in number");
}

}  // namespace cortico

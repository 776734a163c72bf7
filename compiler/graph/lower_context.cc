#include "compiler/graph/lower_context.h"

#include <algorithm>
#include <cmath>

namespace cortico {

Node* LowerContext::ReplaceNode(Node* node, std::string op,
                                std::vector<std::pair<std::string, Arg>> args) {
  const OpDefinition* definition = FindOp(op);
  CORTICO_CHECK(definition != nullptr);
  const std::string name = node->output()->name;
  std::vector<TensorType> types;
  std::vector<std::string> names;
  for (const Value* old : node->outputs) {
    types.push_back(old->type);
    names.push_back(old->name);
  }
  Node* fresh = graph.AddNode(std::move(op), std::move(args), types, names, node);
  fresh->location = node->location;
  std::vector<std::pair<std::string, Value*>> scratch;
  for (const FieldInfo& field : definition->fields()) {
    if (field.kind != FieldKind::kScratch) continue;
    scratch.emplace_back(field.name, graph.AddScratch(name + "_scratch", 0));
    fresh->Set(field.name, scratch.back().second);
  }
  // The node is complete now, and can be asked.
  for (auto& [field, value] : scratch)
    value->type.sizes = {definition->ScratchBytes(*fresh, target.isa, field)};
  for (size_t i = 0; i < names.size(); ++i) graph.ReplaceUses(node->outputs[i], fresh->outputs[i]);
  graph.Erase(node);
  for (size_t i = 0; i < names.size(); ++i) graph.Rename(fresh->outputs[i], names[i]);
  return fresh;
}

FixedPoint ToFixedPoint(double value) {
  CORTICO_CHECK(value >= 0 && std::isfinite(value));
  if (value == 0) return {};
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // [0.5, 1)
  auto multiplier = static_cast<int64_t>(std::round(fraction * 2147483648.0));
  if (multiplier == int64_t{1} << 31) {
    multiplier /= 2;
    ++exponent;
  }
  // Below 2^-31 nothing of an int32 is left. Above 2^30 there is no such factor: ops refuse what
  // comes near it, since sums would be shifted out of 32 bits.
  if (exponent < -31) return {};
  if (exponent > 30) return {2147483647, 30};
  return {static_cast<int32_t>(multiplier), exponent};
}

std::pair<int32_t, int32_t> FusedBounds(const Node& node) {
  const Quantization& q = node.output()->type.quantization.value();
  const auto quantize = [&](double real) {
    const double x = std::nearbyint(real / q.scale()) + q.zero_point();
    return static_cast<int32_t>(std::clamp<double>(x, q.qmin, q.qmax));
  };
  int32_t low = q.qmin, high = q.qmax;
  if (const Arg* arg = node.Find("fused_min"); arg != nullptr && std::holds_alternative<double>(*arg))
    low = quantize(std::get<double>(*arg));
  if (const Arg* arg = node.Find("fused_max"); arg != nullptr && std::holds_alternative<double>(*arg))
    high = quantize(std::get<double>(*arg));
  return {low, std::max(low, high)};
}

}  // namespace cortico

#include "python/native/annotate.h"

#include <pybind11/stl.h>

#include "compiler/quantize/training.h"

namespace cortico::python {
namespace {

const char* NameOf(QuantRole role) {
  switch (role) {
    case QuantRole::kActivation:
      return "activation";
    case QuantRole::kWeight:
      return "weight";
    case QuantRole::kBias:
      return "bias";
  }
  return "?";
}

const char* NameOf(ObserverKind kind) {
  switch (kind) {
    case ObserverKind::kHistogram:
      return "histogram";
    case ObserverKind::kMinMax:
      return "minmax";
    case ObserverKind::kMse:
      return "mse";
    case ObserverKind::kPercentile:
      return "percentile";
  }
  return "?";
}

py::dict FromMatch(const QuantMatch& match) {
  py::list nodes, arguments;
  for (const Node* node : match.chain)
    nodes.append(py::make_tuple(node->output()->name, node->location.node));
  for (const QuantPattern::Argument& argument : match.pattern.arguments) {
    const Arg* arg = match.chain.front()->Find(argument.name);
    py::list values;
    if (const auto* list = arg != nullptr ? std::get_if<Values>(arg) : nullptr) {
      for (const Value* value : *list) values.append(value->name);
    } else if (const Value* value = match.chain.front()->Tensor(argument.name)) {
      values.append(value->name);
    }
    if (!values.empty())
      arguments.append(py::make_tuple(NameOf(argument.role), argument.axis, values));
  }
  py::dict data;
  data["pattern"] = match.pattern.name;
  data["nodes"] = nodes;
  data["output"] = match.output()->name;
  data["arguments"] = arguments;
  return data;
}

}  // namespace

py::dict Annotate(Graph& graph, const QuantizerOptions& options, bool training) {
  Graph structure;
  if (training) {
    Diagnostics diagnostics("program");
    structure = StructureAfterTraining(graph, diagnostics);
    ThrowIfError(diagnostics);
  }
  const Annotation annotation = CortexMQuantizer(options).Annotate(training ? structure : graph);
  Diagnostics idle("overrides");
  for (const std::string& rule : annotation.idle_rules) idle.Error({}, rule, "correct the rule");
  ThrowIfError(idle);
  py::list matches, observers, fixed, rejections;
  for (const QuantMatch& match : annotation.matches) matches.append(FromMatch(match));
  for (const auto& parameters : annotation.fixed)
    fixed.append(parameters ? py::object(py::make_tuple(parameters->scale, parameters->zero_point))
                            : py::none());
  for (const Rejection& r : annotation.rejections)
    rejections.append(py::make_tuple(r.location.node, r.location.module_path, r.location.source,
                                     r.pattern, r.reason));
  for (const ObserverKind kind : annotation.observers) observers.append(NameOf(kind));
  py::dict group_of;
  for (const auto& [value, group] : annotation.group_of) group_of[py::str(value->name)] = group;
  py::dict data;
  data["matches"] = matches;
  data["group_of"] = group_of;
  data["observers"] = observers;
  data["fixed"] = fixed;
  data["rejections"] = rejections;
  return data;
}

QuantizerOptions MakeOptions(const TargetConfig& target, const std::string& observer,
                             const std::string& overrides) {
  QuantizerOptions options;
  options.dialect = target.dialect;
  const auto kind = ParseObserver(observer);
  if (!kind) throw py::value_error("there is no observer '" + observer + "'");
  options.observer = *kind;
  if (overrides.empty()) return options;
  Diagnostics diagnostics("overrides");
  auto rules = ParseOverrides(overrides, diagnostics);
  ThrowIfError(diagnostics);
  CORTICO_CHECK(rules.has_value());
  options.overrides = std::move(*rules);
  return options;
}

}  // namespace cortico::python

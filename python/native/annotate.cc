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
  py::list matches, fixed, rejections;
  for (const QuantMatch& match : annotation.matches) matches.append(FromMatch(match));
  for (const auto& parameters : annotation.fixed)
    fixed.append(parameters ? py::object(py::make_tuple(parameters->scale, parameters->zero_point))
                            : py::none());
  for (const Rejection& r : annotation.rejections)
    rejections.append(py::make_tuple(r.location.node, r.location.module_path, r.location.source,
                                     r.pattern, r.reason));
  py::dict group_of;
  for (const auto& [value, group] : annotation.group_of) group_of[py::str(value->name)] = group;
  py::dict data;
  data["matches"] = matches;
  data["group_of"] = group_of;
  data["fixed"] = fixed;
  data["rejections"] = rejections;
  return data;
}

}  // namespace cortico::python

// The quantizer's plan as plain data, for torchao.
#pragma once

#include <pybind11/pybind11.h>

#include "compiler/graph/graph.h"
#include "compiler/quantize/quantizer.h"

namespace cortico::python {

namespace py = pybind11;

/// {"matches": [{"pattern": "conv2d-relu", "nodes": [result of each], "output":
/// value,
///               "arguments": [(role, axis, [values])]}],
///  "observers": ["histogram"] by group,
///  "group_of": {value: group}, "fixed": [None or (scale, zero point)] by
///  group, "rejections": [(node, module path, source, pattern, reason)]}
/// `training`: of the graph's StructureAfterTraining; throws CompileError.
/// Roles: "activation", "weight", "bias". Values are named; absent optional
/// arguments are left out.
py::dict Annotate(Graph& graph, const QuantizerOptions& options, bool training);

/// `overrides`: the text of a rules file (docs/overrides.md), or empty. Throws CompileError, or
/// ValueError for an observer that is none.
QuantizerOptions MakeOptions(const TargetConfig& target, const std::string& observer,
                             const std::string& overrides);

}  // namespace cortico::python

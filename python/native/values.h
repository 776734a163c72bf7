// Graphs, types and arguments as plain Python data, and back.
#pragma once

#include <pybind11/pybind11.h>

#include <map>
#include <memory>
#include <string>

#include "compiler/graph/graph.h"

namespace cortico::python {

namespace py = pybind11;

/// ("float32", [1, 3, 8, 8], [0, 2, 3, 1] or [], None or (scales, zero points,
/// axis, qmin, qmax)).
py::tuple FromType(const TensorType& type);
/// Sets what a type has beyond torch's: (dim order, quantization), as in
/// FromType.
void ApplyLayout(py::handle layout, TensorType* type);
/// A type from FromType's form. Throws ValueError for an element type that is
/// none.
TensorType ToType(py::handle type);

/// (kind, value): ("none",), ("value", name), ("int", 3), ("float", .5),
/// ("bool", True), ("dtype", "int8"), ("symbol", "channels_last"), ("text",
/// "same"), ("ints", [...]), ("floats", [...]),
/// ("values", [name or None, ...]).
py::tuple FromArg(const Arg& arg);

/// A constant's bytes, for memoryview() and friends: dense, in the order its
/// type says.
struct ConstantBytes {
  std::shared_ptr<const Bytes> data;
};

/// Names of weights that Python has already, by the bytes that were copied from
/// them.
using Origins = std::map<const Bytes*, std::string>;

/// {"inputs": [(name, type)], "outputs": [(value, name)],
///  "constants": [(name, type, origin, name of the weight it is or "",
///  ConstantBytes)], "scratch": [(name, bytes)], "nodes": [(torch's op,
///  [(argument, arg)], [(name, type)], (node, module path, source))]}
py::dict FromGraph(const Graph& graph, const Origins& origins);

}  // namespace cortico::python

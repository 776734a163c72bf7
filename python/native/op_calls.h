// The dialect's ops for torch: schemas, result types, reference values.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace cortico::python {

namespace py = pybind11;

/// [(namespace, functional schema, .out schema or "")] of every op, without the
/// namespace in them.
py::list OpSchemas();

/// The type of a call's result, or its value. `args` has one entry per argument
/// of the schema: a tensor is (type, address of its elements in logical order
/// or 0), a list of tensors a list of these, an element type its name; all else
/// is plain. `out` is the address of the result's elements (logical order).
/// Throws CompileError for an illegal call.
py::tuple ResultType(const std::string& op, const py::list& args);
void ReferenceValue(const std::string& op, const py::list& args, uintptr_t out, size_t bytes);

}  // namespace cortico::python

// cortico._native: the compiler for Python. No rule lives on the other side.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "compiler/import/graph_reader.h"
#include "compiler/passes/pass.h"
#include "python/native/annotate.h"
#include "python/native/op_calls.h"
#include "python/native/program.h"
#include "python/native/run.h"

namespace cortico::python {
namespace {

py::object ToPython(const Diagnostic& diagnostic) {
  const char* severities[] = {"note", "warning", "error"};
  return py::module_::import("cortico._errors")
      .attr("Diagnostic")(severities[static_cast<int>(diagnostic.severity)], diagnostic.file,
                          diagnostic.location.node, diagnostic.location.module_path,
                          diagnostic.location.source, diagnostic.message, diagnostic.remedy,
                          diagnostic.ToString());
}

void Raise(const CompileError& error) {
  py::list diagnostics;
  for (const Diagnostic& diagnostic : error.diagnostics()) diagnostics.append(ToPython(diagnostic));
  const py::object type = py::module_::import("cortico._errors").attr("CompileError");
  const py::object value = type(error.what(), diagnostics);
  PyErr_SetObject(type.ptr(), value.ptr());
}

void Raise(const InternalError& error) {
  const py::object type = py::module_::import("cortico._errors").attr("InternalError");
  PyErr_SetString(type.ptr(), error.what());
}

void Translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const CompileError& error) {
    Raise(error);
  } catch (const InternalError& error) {
    Raise(error);
  }
}

std::vector<std::string> NamesOf(const std::vector<Pass>& passes) {
  std::vector<std::string> names;
  for (const Pass& pass : passes) names.emplace_back(pass.name);
  return names;
}

/// [(name, core's own family of instructions)], smallest first.
py::list Cpus() {
  py::list list;
  for (const CpuInfo& cpu : AllCpus()) list.append(py::make_tuple(cpu.cpu, ToString(cpu.isa)));
  return list;
}

/// What the JSON of a .pt2 archive has numbers for: {name: number}.
py::dict Enumerators() {
  py::dict dtypes, formats, layouts;
  for (const auto& [name, number] : SerializedDTypes()) dtypes[py::str(name)] = number;
  const auto number = [](std::span<const char* const> names, py::dict* dict) {
    for (size_t i = 1; i < names.size(); ++i) (*dict)[names[i]] = i;
  };
  number(SerializedMemoryFormats(), &formats);
  number(SerializedLayouts(), &layouts);
  py::dict all;
  all["dtype"] = dtypes;
  all["memory_format"] = formats;
  all["layout"] = layouts;
  return all;
}

}  // namespace

PYBIND11_MODULE(_native, m) {
  m.doc() = "Cortico's compiler.";
  m.attr("__version__") = CORTICO_VERSION;
  py::register_exception_translator(&Translate);

  py::class_<ConstantBytes>(m, "ConstantBytes", py::buffer_protocol())
      .def_buffer([](const ConstantBytes& bytes) {
        return py::buffer_info(const_cast<uint8_t*>(bytes.data->data()), 1,
                               py::format_descriptor<uint8_t>::format(), 1,
                               {static_cast<py::ssize_t>(bytes.data->size())}, {1},
                               /*readonly=*/true);
      });
  py::class_<TargetConfig>(m, "Target")
      .def(py::init(&MakeTarget), py::arg("cpu"), py::arg("isa") = "",
           py::arg("dialect") = "cortico")
      .def_property_readonly("cpu", [](const TargetConfig& target) { return target.cpu; })
      .def_property_readonly("isa", [](const TargetConfig& t) { return ToString(t.isa); });
  py::class_<Program>(m, "Program")
      .def(py::init(&Program::Import), py::arg("document"), py::arg("storages"), py::arg("layouts"),
           py::arg("name"), py::arg("lowered"), py::arg("training") = false)
      .def("run", &Program::Run, py::arg("passes"), py::arg("target"))
      .def("data", &Program::ToPython)
      .def("text", &Program::Text)
      .def("output_names", &Program::OutputNames)
      .def("output_steps", &Program::OutputSteps)
      .def(
          "annotate",
          [](Program& program, const TargetConfig& target, const std::string& observer,
             const std::string& overrides, bool training) {
            return Annotate(program.graph(), MakeOptions(target, observer, overrides), training);
          },
          py::arg("target"), py::arg("observer"), py::arg("overrides"), py::arg("training"))
      .def(
          "emit",
          [](const Program& program, const TargetConfig& target) {
            return program.Emit(target, {});
          },
          py::arg("target"));

  m.def("canonicalize_passes", [] { return NamesOf(CanonicalizePasses()); });
  m.def("lowering_passes", [] { return NamesOf(LoweringPasses()); });
  m.def("cpus", &Cpus);
  m.def("enumerators", &Enumerators);
  m.def("op_schemas", &OpSchemas);
  m.def("result_type", &ResultType, py::arg("op"), py::arg("args"));
  m.def("reference_value", &ReferenceValue, py::arg("op"), py::arg("args"), py::arg("out"),
        py::arg("bytes"));
  m.def("run_program", &Run, py::arg("pte"), py::arg("name"), py::arg("samples"), py::arg("on"),
        py::arg("keep_op_outputs") = false);
  m.def("boards", &Boards);
  m.def("what_lacks", &WhatLacks, py::arg("pte"), py::arg("on"));
}

}  // namespace cortico::python

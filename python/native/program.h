// A program on its way through the compiler, as Python holds it.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "compiler/graph/lower_context.h"
#include "compiler/program.h"
#include "compiler/quantize/quantizer.h"
#include "compiler/target.h"
#include "python/native/values.h"

namespace cortico::python {

class Program {
 public:
  /// `document` is the program in the JSON of a .pt2 archive (as text), whose
  /// weights lie in `storages`: {path: (address, bytes)}, named by the records
  /// of "weights" beside it. `layouts` adds {value: (dim order, quantization)}.
  /// `lowered`: RecognizeDialect(kAll). Throws CompileError.
  static Program Import(const py::bytes& document, const py::dict& storages,
                        const py::dict& layouts, const std::string& name, bool lowered,
                        bool training);

  /// Runs passes by name; returns their rewrites: [(pass, node, what)]. Throws
  /// CompileError.
  py::list Run(const std::vector<std::string>& passes, const TargetConfig& target);
  py::dict ToPython() const { return FromGraph(program_.graph, origins_); }
  std::string Text() const;
  /// One per output; the steps are StepOfOutput.
  std::vector<std::string> OutputNames() const { return program_.graph.output_names; }
  std::vector<double> OutputSteps() const;
  /// Plans memory and writes the program file. Throws CompileError.
  py::bytes Emit(const TargetConfig& target, const std::vector<Rejection>& rejections) const;

  Graph& graph() { return program_.graph; }
  const std::string& name() const { return program_.file; }

 private:
  ExportedProgram program_;
  Origins origins_;
};

/// "cortex-m55", family (empty: the core's own) and dialect ("cortico",
/// "executorch"). Throws CompileError or ValueError.
TargetConfig MakeTarget(const std::string& cpu, const std::string& isa, const std::string& dialect);

}  // namespace cortico::python

// The compiler's public API, step by step as in PyTorch, and the table of its phases.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/emit/pte/report_data.h"
#include "compiler/graph/lower_context.h"
#include "compiler/import/pt2.h"
#include "compiler/plan/plan.h"
#include "compiler/program.h"
#include "compiler/quantize/prepare.h"
#include "compiler/quantize/quantizer.h"
#include "compiler/target.h"

namespace cortico {

/// A quantized program on its way to the target: ATen ops and quantize/dequantize pairs before
/// CortexMPassManager, ops of the dialect after it.
struct EdgeProgram {
  std::string file;
  Graph graph;
  TargetConfig target;  ///< set by CortexMPassManager
  RewriteLog log;
  std::vector<Rejection> rejections;  ///< what the quantizer left in float, and why
};

/// Canonicalizes a quantized (or float) program. Throws CompileError.
EdgeProgram ToEdge(ExportedProgram program);

/// The lowering passes for a target.
class CortexMPassManager {
 public:
  explicit CortexMPassManager(TargetConfig target);
  /// Throws CompileError with every node that cannot be lowered.
  EdgeProgram Transform(EdgeProgram edge) const;

 private:
  TargetConfig target_;
};

/// Plans memory and writes the program file. Throws CompileError.
std::vector<uint8_t> ToExecutorch(const EdgeProgram& lowered);

// ---- the same, phase by phase ------------------------------------------------------------------

/// Calibration data, one sample at a time; `Next` returns false at the end.
struct CompileOptions {
  TargetConfig target;
  ImportOptions import;
  QuantizerOptions quantizer;
  bool strip = false;
  bool no_fallback = false;  ///< a fallback is an error
  /// Name of the phase or pass to stop after; empty runs them all.
  std::string stop_after;
  /// For the progress bar: phase, done, total.
  std::function<void(const char*, size_t, size_t)> progress;
};

/// What is known after the phases that ran.
struct Compilation {
  std::string file;
  Graph graph;                 ///< as the last phase left it
  std::optional<Plan> plan;
  Bytes pte;
  RewriteLog log;
  std::vector<Rejection> rejections;
  Diagnostics diagnostics;     ///< warnings and notes too
  std::vector<std::string> phases;  ///< names of those that ran
  bool stopped = false;        ///< by stop_after
};

/// Names of all phases, passes included, in order; what --stop-after takes.
std::vector<std::string> PhaseNames();

/// True when the program holds quantize or dequantize nodes: torchao was there.
bool IsQuantized(const Graph& graph);

/// Runs the pipeline on an imported program. Without `calibration` a float program stays in float;
/// one that is quantized already needs none. Otherwise it has the number of samples and hands out
/// each. What has no integer op although it was to be quantized is a fallback: a warning each.
struct CalibrationData {
  size_t count = 0;
  std::function<Sample(size_t)> get;
};
Compilation Compile(ExportedProgram program, const CalibrationData* calibration,
                    const CompileOptions& options);

}  // namespace cortico

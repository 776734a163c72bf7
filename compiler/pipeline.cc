// The phases, top to bottom. Read this first.
//
//   import      .pt2 archive → graph of ATen ops                       (ImportPt2, before Compile)
//   canonicalize  the float program in few words                       CanonicalizePasses()
//   quantize    annotate, calibrate, convert; skipped when the program is quantized already
//   canonicalize  again: what conversion or torchao left
//   lower       from quantize/dequantize pairs to the dialect          LoweringPasses()
//   plan        order, lifetimes, in-place, scratch, offsets, banks
//   emit        the program file
//
// After each of them, and after every pass, the graph is verified.
#include "compiler/pipeline.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "compiler/emit/pte/emit_pte.h"
#include "compiler/passes/pass.h"
#include "compiler/plan/check.h"
#include "compiler/reference/evaluate.h"

namespace cortico {
namespace {

constexpr char kProducer[] = "cortico " CORTICO_VERSION;

// Runs passes until one reports an error or is the one to stop after. False: go no further.
class Runner {
 public:
  Runner(Compilation& state, const CompileOptions& options) : state_(state), options_(options) {}

  bool Done(const std::string& phase) {
    state_.phases.push_back(phase);
    if (state_.diagnostics.ok()) VerifyGraph(state_.graph, state_.diagnostics);
    if (!state_.diagnostics.ok()) return true;
    state_.stopped = !options_.stop_after.empty() && options_.stop_after == phase;
    return state_.stopped;
  }
  bool Passes(const std::vector<Pass>& passes, const std::string& phase, bool in_float = false) {
    for (const Pass& pass : passes) {
      PassContext context{state_.graph, options_.target, state_.diagnostics, state_.log, in_float};
      pass.run(context);
      if (Done(pass.name)) return true;
    }
    return Done(phase);
  }

 private:
  Compilation& state_;
  const CompileOptions& options_;
};

bool QuantizePhase(Compilation& state, const CalibrationData& calibration,
                   const CompileOptions& options) {
  QuantizerOptions quantizer = options.quantizer;
  quantizer.dialect = options.target.dialect;
  auto prepared = Prepare({state.file, std::move(state.graph)}, CortexMQuantizer(quantizer),
                          state.diagnostics);
  if (!prepared) return false;
  state.rejections = prepared->annotation().rejections;
  for (size_t i = 0; i < calibration.count; ++i) {
    if (!prepared->Run(calibration.get(i), state.diagnostics)) return false;
    if (options.progress) options.progress("calibrate", i + 1, calibration.count);
  }
  auto quantized = Convert(*prepared, state.diagnostics);
  if (!quantized) return false;
  state.graph = std::move(quantized->graph);
  return true;
}

// The rewrites so far must not have changed what the program computes. One sample, both graphs, in
// float; a program with an op that cannot be evaluated as it was written is passed over.
void CheckRewrites(const Graph& before, const Graph& after, const Sample& sample,
                   const std::string& file) {
  Diagnostics unused(file);
  Evaluator original(before), rewritten(after);
  if (!original.Check(unused)) return;
  const auto expected = original.Run(sample, unused);
  const auto found = rewritten.Run(sample, unused);
  if (!expected || !found) return;
  for (size_t o = 0; o < expected->size() && o < found->size(); ++o) {
    const HostTensor &a = (*expected)[o], &b = (*found)[o];
    if (a.type.dtype != DType::kFloat32 || b.type.dtype != DType::kFloat32) continue;
    double signal = 0, noise = 0;
    for (int64_t i = 0; i < std::min(a.type.numel(), b.type.numel()); ++i) {
      const double x = a.As<float>()[i], y = b.As<float>()[i];
      signal += x * x, noise += (x - y) * (x - y);
    }
    // 50 dB: no rounding in float comes near it. NaN is the calibration's to report.
    if (noise > 1e-5 * signal + 1e-30)
      CheckFailed("the rewrites keep what the program computes", __FILE__, __LINE__);
  }
}

// Where the quantizer had a reason it is a better one than what the last pass found.
void ExplainFallbacks(const std::vector<Rejection>& rejections, RewriteLog& log) {
  for (Rewrite& rewrite : log) {
    if (rewrite.fallback.empty() || rewrite.location.node.empty()) continue;
    std::string reasons;
    for (const Rejection& r : rejections)
      if (r.left_in_float && r.location.node == rewrite.location.node &&
          reasons.find(r.reason) == std::string::npos)
        reasons += (reasons.empty() ? "" : "; ") + ("not quantized as " + r.pattern + ": " + r.reason);
    if (!reasons.empty()) rewrite.fallback = reasons;
  }
}

ReportData ReportOf(const std::string& file, const RewriteLog& log) {
  ReportData report;
  report.producer = kProducer;
  report.model_file = std::filesystem::path(file).filename().string();
  for (const Rewrite& rewrite : log) {
    if (!rewrite.fallback.empty())
      report.fallbacks[rewrite.value] = {rewrite.fallback, rewrite.work};
  }
  return report;
}

// Never silent: a line for each node of the model that the target computes in float.
void ReportFallbacks(const RewriteLog& log, bool refuse, Diagnostics& diagnostics) {
  std::map<std::string, std::vector<const Rewrite*>> nodes;
  std::vector<std::string> order;
  for (const Rewrite& rewrite : log) {
    if (rewrite.fallback.empty()) continue;
    std::vector<const Rewrite*>& list = nodes[rewrite.location.node];
    if (list.empty()) order.push_back(rewrite.location.node);
    list.push_back(&rewrite);
  }
  for (const std::string& node : order) {
    std::string ops;
    int64_t work = 0, bytes = 0;
    for (const Rewrite* rewrite : nodes[node]) {
      ops += (ops.empty() ? "" : ", ") + rewrite->what;
      work += rewrite->work;
      bytes = std::max(bytes, rewrite->float_bytes);
    }
    const Rewrite& first = *nodes[node].front();
    const std::string what = "stays in float (" + ops + "; " + std::to_string(work) +
                             " elements or multiplications, " + std::to_string(bytes) +
                             " bytes of activations): " + first.fallback;
    if (refuse)
      diagnostics.Error(first.location, what, "change the module, or compile without --no-fallback");
    else
      diagnostics.Warning(first.location, what, "--no-fallback makes this an error");
  }
}

// A plan that two independent pieces of code agree on, or nothing.
std::optional<Plan> CheckedPlan(const Graph& graph, const TargetConfig& target,
                                Diagnostics& diagnostics) {
  auto plan = PlanMemory(graph, target, diagnostics);
  if (plan) CheckPlan(graph, *plan, target, diagnostics);
  return plan;
}

}  // namespace

std::vector<std::string> PhaseNames() {
  std::vector<std::string> names = {"import"};
  for (const Pass& pass : CanonicalizePasses()) names.push_back(pass.name);
  names.insert(names.end(), {"canonicalize", "quantize"});
  for (const Pass& pass : LoweringPasses()) names.push_back(pass.name);
  names.insert(names.end(), {"lower", "plan", "emit"});
  return names;
}

bool IsQuantized(const Graph& graph) {
  return std::any_of(graph.nodes().begin(), graph.nodes().end(), [](const auto& node) {
    return node->op.starts_with("quantized_decomposed.");
  });
}

Compilation Compile(ExportedProgram program, const CalibrationData* calibration,
                    const CompileOptions& options) {
  Compilation state;
  state.file = program.file;
  state.graph = std::move(program.graph);
  state.diagnostics = Diagnostics(state.file);
  Runner run(state, options);

  if (run.Done("import")) return state;
  const Graph imported = state.graph.Clone();
  const bool wants_float = calibration == nullptr && !IsQuantized(imported);
  if (run.Passes(CanonicalizePasses(), "canonicalize", wants_float)) return state;
  if (!IsQuantized(state.graph) && calibration != nullptr) {
    if (calibration->count > 0)
      CheckRewrites(imported, state.graph, calibration->get(0), state.file);
    if (!QuantizePhase(state, *calibration, options)) return state;
  }
  if (run.Done("quantize")) return state;
  if (run.Passes(LoweringPasses(), "lower")) return state;
  if (wants_float) {
    // What was asked for is no fallback.
    for (Rewrite& rewrite : state.log) rewrite.fallback.clear();
  } else {
    ExplainFallbacks(state.rejections, state.log);
    ReportFallbacks(state.log, options.no_fallback, state.diagnostics);
    if (!state.diagnostics.ok()) return state;
  }

  state.plan = CheckedPlan(state.graph, options.target, state.diagnostics);
  if (run.Done("plan")) return state;
  state.pte = EmitPte(state.graph, *state.plan, options.target,
                      ReportOf(state.file, state.log), options.strip, state.diagnostics);
  run.Done("emit");
  return state;
}

EdgeProgram ToEdge(ExportedProgram program) {
  EdgeProgram edge;
  edge.file = program.file;
  edge.graph = std::move(program.graph);
  Diagnostics diagnostics(edge.file);
  PassContext context{edge.graph, edge.target, diagnostics, edge.log, !IsQuantized(edge.graph)};
  for (const Pass& pass : CanonicalizePasses()) pass.run(context);
  VerifyGraph(edge.graph, diagnostics);
  ThrowIfError(diagnostics);
  return edge;
}

CortexMPassManager::CortexMPassManager(TargetConfig target) : target_(std::move(target)) {}

EdgeProgram CortexMPassManager::Transform(EdgeProgram edge) const {
  edge.target = target_;
  Diagnostics diagnostics(edge.file);
  PassContext context{edge.graph, edge.target, diagnostics, edge.log};
  for (const Pass& pass : LoweringPasses()) {
    pass.run(context);
    if (diagnostics.ok()) VerifyGraph(edge.graph, diagnostics);
    ThrowIfError(diagnostics);
  }
  return edge;
}

std::vector<uint8_t> ToExecutorch(const EdgeProgram& lowered) {
  Diagnostics diagnostics(lowered.file);
  const auto plan = CheckedPlan(lowered.graph, lowered.target, diagnostics);
  ThrowIfError(diagnostics);
  Bytes pte = EmitPte(lowered.graph, *plan, lowered.target,
                      ReportOf(lowered.file, lowered.log), false, diagnostics);
  ThrowIfError(diagnostics);
  return pte;
}

}  // namespace cortico

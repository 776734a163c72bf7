#include "compiler/tester/tester.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "compiler/graph/op_domain.h"
#include "compiler/graph/output_step.h"
#include "compiler/reference/evaluate.h"

namespace cortico {
namespace {

void Need(bool there, const char* stage) {
  if (!there) throw std::logic_error(std::string("CortexMTester: call ") + stage + " first");
}

void ExpectCounts(const Graph& graph, const OpCounts& expected, const char* when) {
  OpCounts found;
  for (const auto& node : graph.nodes()) ++found[node->op];
  for (const auto& [op, count] : expected) {
    if (found[op] == count) continue;
    std::string all;
    for (const auto& [name, n] : found)
      if (n > 0) all += (all.empty() ? "" : ", ") + name + " " + std::to_string(n);
    throw TestFailure(op + " stands " + std::to_string(found[op]) + " times in the graph " + when +
                      " the passes, not " + std::to_string(count) + "; there are: " + all);
  }
}

double At(const HostTensor& t, int64_t i) {
  switch (t.type.dtype) {
    case DType::kFloat32: return t.As<float>()[i];
    case DType::kInt8: return t.As<int8_t>()[i];
    case DType::kInt16: return t.As<int16_t>()[i];
    case DType::kInt32: return t.As<int32_t>()[i];
    case DType::kInt64: return static_cast<double>(t.As<int64_t>()[i]);
    case DType::kUInt8:
    case DType::kBool: return t.As<uint8_t>()[i];
    default: throw TestFailure(std::string("no comparison of ") + Name(t.type.dtype));
  }
}

// `largest` in the tensors' own units; `relative` as a part of the element, or of 0.01.
void ExpectNear(const HostTensor& found, const HostTensor& expected, double largest,
                const std::string& what, double relative = 0) {
  if (found.type.sizes != expected.type.sizes)
    throw TestFailure(what + " is " + found.type.ToString() + ", not " + expected.type.ToString());
  for (int64_t i = 0; i < expected.type.numel(); ++i) {
    const double a = At(found, i), b = At(expected, i);
    // Written so that NaN is a difference, unless both are.
    const double allowed = largest + relative * std::max(std::abs(b), 0.01);
    if (std::abs(a - b) <= allowed || a == b || (std::isnan(a) && std::isnan(b))) continue;
    throw TestFailure(what + ": element " + std::to_string(i) + " is " + std::to_string(a) +
                      ", not " + std::to_string(b) + " (within " + std::to_string(allowed) + ")");
  }
}

std::vector<HostTensor> Evaluate(const Graph& graph, const Sample& sample, const std::string& file) {
  Diagnostics diagnostics(file);
  auto outputs = Evaluator(graph).Run(sample, diagnostics);
  ThrowIfError(diagnostics);
  return std::move(*outputs);
}

}  // namespace

CortexMTester::CortexMTester(ExportedProgram program, std::vector<Sample> inputs,
                             TargetConfig target)
    : program_(std::move(program)), inputs_(std::move(inputs)), target_(std::move(target)) {}

CortexMTester& CortexMTester::Quantize(const QuantizerOptions& options) {
  PreparedProgram prepared = PreparePt2e(program_, CortexMQuantizer(options));
  for (const Sample& sample : inputs_) prepared.Run(sample);
  quantized_ = ConvertPt2e(prepared);
  return *this;
}

CortexMTester& CortexMTester::Export() {
  if (!quantized_) quantized_ = ExportedProgram{program_.file, program_.graph.Clone()};
  return *this;
}

CortexMTester& CortexMTester::ToEdge() {
  Need(quantized_.has_value(), "Quantize or Export");
  edge_ = cortico::ToEdge({quantized_->file, quantized_->graph.Clone()});
  return *this;
}

CortexMTester& CortexMTester::RunPasses() {
  Need(edge_.has_value(), "ToEdge");
  EdgeProgram copy = {edge_->file, edge_->graph.Clone(), edge_->target, edge_->log, edge_->rejections};
  lowered_ = CortexMPassManager(target_).Transform(std::move(copy));
  return *this;
}

CortexMTester& CortexMTester::ToExecutorch() {
  Need(lowered_.has_value(), "RunPasses");
  pte_ = cortico::ToExecutorch(*lowered_);
  return *this;
}

CortexMTester& CortexMTester::TestDialect(const OpCounts& before, const OpCounts& after, int qtol) {
  Need(lowered_.has_value(), "RunPasses");
  ExpectCounts(edge_->graph, before, "before");
  ExpectCounts(lowered_->graph, after, "after");
  for (const auto& node : lowered_->graph.nodes())
    if (FindOp(node->op) == nullptr)
      throw TestFailure(node->op + " is left, which is no op of the dialect");
  for (size_t s = 0; s < inputs_.size(); ++s) {
    const auto reals = Evaluate(edge_->graph, inputs_[s], edge_->file);
    const auto values = Evaluate(lowered_->graph, inputs_[s], lowered_->file);
    for (size_t o = 0; o < reals.size(); ++o)
      // A little more than whole steps: the reals are rounded to float32 on their way.
      ExpectNear(values.at(o), reals[o], qtol * StepOfOutput(lowered_->graph, o) * 1.0001,
                 "sample " + std::to_string(s) + ", output '" +
                     lowered_->graph.output_names.at(o) + "' of the dialect",
                 StepOfOutput(lowered_->graph, o) == 0 ? 1e-5 : 0);
  }
  return *this;
}

CortexMTester& CortexMTester::TestImplementation(int qtol, const Venue& venue, double tolerance) {
  Need(!pte_.empty(), "ToExecutorch");
  Diagnostics diagnostics(lowered_->file);
  RunOptions options;
  options.venue = venue;
  const auto run = RunProgram(pte_, lowered_->file, inputs_, options, diagnostics);
  ThrowIfError(diagnostics);
  for (size_t s = 0; s < inputs_.size(); ++s) {
    const auto expected = Evaluate(lowered_->graph, inputs_[s], lowered_->file);
    for (size_t o = 0; o < expected.size(); ++o) {
      const std::string what = "sample " + std::to_string(s) + ", output '" +
                               lowered_->graph.output_names.at(o) + "' on " + run->board;
      const HostTensor& found = run->outputs.at(s).at(o);
      if (qtol > 0 || found.data != expected[o].data)
        ExpectNear(found, expected[o], qtol * StepOfOutput(lowered_->graph, o) * 1.0001, what,
                   StepOfOutput(lowered_->graph, o) == 0 ? tolerance : 0);
    }
  }
  return *this;
}

}  // namespace cortico

// Runs a graph on the host, in plain arithmetic: the float program during calibration, the
// quantized one for its reference values, the dialect for tests and for layer-by-layer reports.
//
// An op of the dialect ("cortex_m::…") computes its own reference value (OpDefinition::Reference);
// ATen ops are in a table by name (aten.h). Tensors are dense in logical, row-major order, whatever
// the dim order of their values is: order in memory is the kernels' business.
//
// The bytes are the same on every machine and with every compiler flag that keeps IEEE arithmetic:
// sums have a fixed order (gemm.h) and nothing is contracted or vectorised in a way that changes
// it. The one exception are the functions of libm (exp, tanh, erf in sigmoid, softmax, gelu …),
// which two versions of the C library may round differently in the last bit.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "compiler/graph/graph.h"
#include "compiler/program.h"

namespace cortico {

/// Evaluates one graph on any number of samples. The graph must outlive the evaluator and must not
/// change while it lives.
class Evaluator {
 public:
  /// Called for every input and for every result, in order, while the tensor is alive. Results that
  /// depend on constants only are computed once but reported in every run.
  using Hook = std::function<void(const Value&, const HostTensor&)>;

  explicit Evaluator(const Graph& graph);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;

  void set_hook(Hook hook);

  /// Reports every node whose op has no evaluation, all at once. True when there is none.
  bool Check(Diagnostics& diagnostics) const;

  /// One tensor per graph output, in order; nullopt when an error was reported: a sample that does
  /// not fit the inputs, an op that is unknown, arguments that make no sense. Intermediate tensors
  /// are freed after their last reader.
  std::optional<std::vector<HostTensor>> Run(const Sample& sample, Diagnostics& diagnostics);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cortico

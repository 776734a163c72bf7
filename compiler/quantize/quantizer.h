// Decides what becomes int8. The ops of the dialect say which chains of float ops they replace
// (OpDefinition::Patterns) and why a chain does not suit them (Reject). Nothing here knows an op,
// but for QuantizerOptions::dialect.
//
//   - The longest pattern wins, and of two that are as long the one that gives its result parameters
//     of its own (a mean over the whole image, before a pool that shares its input's). Inside of a chain every result has one reader, and stays float.
//   - The activations that a match reads and the one it writes are quantized: int8, affine, per
//     tensor. Each such value has one observer, and one scale wherever it is read.
//   - A match that shares its inputs' parameters (pooling, views, padding, concatenation) puts
//     inputs and result into one group with one observer. Only the group's sources are watched:
//     what such a match computes lies in the range of what it reads.
//   - Rules of the user's (overrides.h) keep nodes in float, and choose observers and the grain of
//     weights.
//   - Sharing matches that can be done in float (OpDefinition::TakesFloat) stay float where no other
//     match borders on them: quantizing them would cost accuracy and two conversions to win nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/graph/op_domain.h"
#include "compiler/quantize/observer.h"
#include "compiler/quantize/overrides.h"
#include "compiler/target.h"

namespace cortico {

/// A chain of nodes that becomes one quantized op.
struct QuantMatch {
  const OpDefinition* op = nullptr;
  QuantPattern pattern;
  std::vector<Node*> chain;
  /// How the scales of its weights follow from them (ChooseWeightScales).
  ObserverKind observer = ObserverKind::kHistogram;

  Value* output() const { return chain.back()->output(); }
  /// The activations that the chain reads, in the order of the pattern's arguments.
  Values Activations() const;
};

/// Why a chain that has the form of a pattern is not quantized as one.
struct Rejection {
  Location location;
  std::string pattern;
  std::string reason;
  /// False where the node became an integer op by a shorter pattern.
  bool left_in_float = true;
};

/// The plan for one graph: plain data, before any observer has run.
struct Annotation {
  std::vector<QuantMatch> matches;  ///< in graph order
  std::vector<Rejection> rejections;
  /// Quantized activation → index of its group. Values may be constants.
  std::map<const Value*, size_t> group_of;
  /// Per group, the values that its observer watches, in graph order.
  std::vector<std::vector<const Value*>> watched;
  /// Per group, the observer that watches them.
  std::vector<ObserverKind> observers;
  /// Per group, parameters that an op prescribes (QuantPattern::fixed_output), if they hold.
  std::vector<std::optional<AffineParameters>> fixed;
  /// Override rules that changed nothing, and why: a name that is misspelt, most likely.
  std::vector<std::string> idle_rules;
};

struct QuantizerOptions {
  ObserverKind observer = ObserverKind::kHistogram;
  /// kExecutorch: no op of ours alone, and weights of aten.linear.default get one scale, as that
  /// backend's linear op has one multiplier.
  Dialect dialect = Dialect::kCortico;
  std::vector<OverrideRule> overrides;
};

class CortexMQuantizer {
 public:
  explicit CortexMQuantizer(QuantizerOptions options = {}) : options_(std::move(options)) {}

  const QuantizerOptions& options() const { return options_; }

  /// Matches the patterns of AllOps(). The graph is not changed.
  Annotation Annotate(Graph& graph) const;
  /// The same with the given ops.
  Annotation Annotate(Graph& graph, const std::vector<const OpDefinition*>& ops) const;

 private:
  QuantizerOptions options_;
};

}  // namespace cortico

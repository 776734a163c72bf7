// What an op may touch while it replaces a quantized ATen node by itself.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/graph/op_domain.h"
#include "compiler/target.h"

namespace cortico {

/// One line of `--explain`.
struct Rewrite {
  std::string pass;  ///< "fuse-activations"
  Location location;
  std::string what;  ///< "relu folded into conv2d: output clamped to [0, inf)"
  /// Why the node stays in float, with its cost; empty for every other rewrite.
  std::string fallback = "";
  std::string value = "";   ///< of a fallback: the name of its first result
  int64_t work = 0;         ///< of a fallback: OpDefinition::Work
  int64_t float_bytes = 0;  ///< of a fallback: what it reads and writes
};
using RewriteLog = std::vector<Rewrite>;

struct LowerContext {
  Graph& graph;
  const TargetConfig& target;

  /// Puts an op of the dialect where `node` stands, takes over its results (names, types, readers)
  /// and removes `node`. `op.out` is filled in; scratch is added when the op asks for some.
  template <template <class> class Op>
  Node* Replace(Node* node, Op<OnGraph> op) {
    return ReplaceNode(node, std::string(Op<OnGraph>::kName), WriteArgs(op));
  }
  /// A constant named after `name`, unique in the graph.
  template <class T>
  Value* Constant(const std::string& name, TensorType type, const std::vector<T>& elements) {
    return graph.AddConstant(name, std::move(type), elements);
  }

 private:
  Node* ReplaceNode(Node* node, std::string op, std::vector<std::pair<std::string, Arg>> args);
};

/// Fixed-point form of a positive real: value = multiplier * 2^(shift - 31), multiplier in
/// [2^30, 2^31), rounded half away from zero (TensorFlow Lite's QuantizeMultiplier). Zero gives {0, 0}.
struct FixedPoint {
  int32_t multiplier = 0;
  int32_t shift = 0;
};
FixedPoint ToFixedPoint(double value);

/// Bounds of a fused activation on the quantized result: from the node's "fused_min" and
/// "fused_max" (real values; absent means unbounded) and the result's parameters.
std::pair<int32_t, int32_t> FusedBounds(const Node& node);

}  // namespace cortico

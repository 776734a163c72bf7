// Where every value lives while the program runs, and in which order its nodes run.
//
// Time is counted in nodes of the chosen order: node i runs at time i, inputs are written at time
// -1, outputs are read at time N. A value lives from the time it is written to the last time it is
// read; scratch lives at its node's time only. Two values may share bytes only if they do not live
// at one time, or if
//   * one is an alias of the other (OpDefinition::IsAlias): they hold the same bytes, or
//   * one is written by the node that reads the other for the last time, at a place that the op
//     declares (OpDefinition::Overlays).
// All inputs live at time -1, so that a caller may fill them in any order. They may be overwritten
// after their last reader has run: fill them again before the next run. Outputs stay until the end.
// Constants are in the program file and have no place here, nor does an output that is a constant.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/graph/op_domain.h"
#include "compiler/target.h"

namespace cortico {

/// Every offset is a multiple of it, and so is the size of every bank's arena.
inline constexpr int64_t kPlanAlignment = 16;

struct Placement {
  int bank = 0;
  int64_t offset = 0;  ///< from the start of the bank's arena
  int64_t bytes = 0;   ///< the type's byte count, not rounded up
};

struct BankUse {
  std::string name;
  int64_t bytes = 0;             ///< how much of it is planned, the records of ops not counted
  std::optional<int64_t> limit;  ///< what the target has; nullopt: unlimited
};

/// An output that starts `offset` bytes into an input of the same node.
struct TakenOverlay {
  const Node* node = nullptr;
  const Value* input = nullptr;
  const Value* output = nullptr;
  int64_t offset = 0;
};

struct Plan {
  /// Every node of the graph, in an order in which they can run.
  std::vector<const Node*> order;
  /// Every input, result and scratch of the graph.
  std::unordered_map<const Value*, Placement> placements;
  /// As many as target.memory has (at most kMaxBanks), or one named "ram".
  std::vector<BankUse> banks;
  /// Nodes that need not run, because their output is an alias in its input's place.
  std::vector<const Node*> elided;
  /// In-place results, without those of elided nodes.
  std::vector<TakenOverlay> overlays;

  /// What the arena would be if no node needed scratch.
  int64_t activation_bytes = 0;
  /// What scratch adds to it: activation_bytes + scratch_bytes = the sum of banks[].bytes.
  int64_t scratch_bytes = 0;
  /// The largest scratch of any node; most of it usually lies where activations were.
  int64_t largest_scratch = 0;
  /// Most bytes of activations alive at one time in this order, shared bytes counted once.
  int64_t lower_bound = 0;
  /// The same with scratch.
  int64_t arena_lower_bound = 0;
  /// The node at which the latter is reached; null when that is before or after all nodes.
  const Node* peak_node = nullptr;
  /// The ops' records, which the runtime puts behind what is planned in the first bank.
  int64_t op_record_bytes = 0;

  int64_t arena_bytes() const { return activation_bytes + scratch_bytes; }
  /// Null for a constant.
  const Placement* Find(const Value* value) const;
  bool IsElided(const Node* node) const;
};

/// How the planner finds an op's answers; a test may bring its own ops.
using OpLookup = std::function<const OpDefinition*(std::string_view)>;

struct PlanOptions {
  OpLookup find_op = [](std::string_view name) { return FindOp(name); };
  /// Bounds of the searches: the sets of nodes looked at, and steps of the innermost loop. These
  /// take some tens of milliseconds for a hundred values.
  int order_states = 5000;
  int64_t offset_work = 16'000'000;
  /// False: the nodes stay in the order they are in.
  bool reorder = true;
};

/// Plans `lowered`, whose scratch is already among its nodes' arguments. Deterministic. Nullopt
/// after an error: the program does not fit target.memory (the message says by how much, and which
/// node needs the most), or a size is out of range.
std::optional<Plan> PlanMemory(const Graph& lowered, const TargetConfig& target,
                               Diagnostics& diagnostics, const PlanOptions& options = {});

}  // namespace cortico

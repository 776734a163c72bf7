// The planner's view of a graph: numbers instead of pointers, and the ops' answers asked once.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/plan/plan.h"

namespace cortico::plan {

/// A value that needs a place: an input, a result or scratch.
struct ItemInfo {
  const Value* value = nullptr;
  int64_t raw_bytes = 0;
  int64_t bytes = 0;  ///< rounded up to kPlanAlignment
  int producer = -1;  ///< -1: an input of the graph
  bool scratch = false;
  bool output = false;       ///< of the graph
  std::vector<int> readers;  ///< nodes, each once, in the graph's order
  /// The item whose bytes these are (itself unless it is an alias), and where in it they start.
  int root = -1;
  int64_t root_offset = 0;
};

/// The node's first output may start `offset` bytes into `input`.
struct OverlayChoice {
  int input = -1;
  int64_t offset = 0;
};

struct NodeInfo {
  const Node* node = nullptr;
  bool alias = false;      ///< its output is an alias of an input that needs a place
  std::vector<int> reads;  ///< items without scratch, each once
  std::vector<int> scratch;
  std::vector<int> writes;
  std::vector<OverlayChoice> overlays;
  std::vector<int> after;  ///< nodes that must run before this one
};

struct Model {
  std::vector<ItemInfo> items;
  std::vector<NodeInfo> nodes;  ///< in the graph's order
};

/// False after an error: a size that does not fit, a node that reads what is written later.
bool BuildModel(const Graph& graph, const PlanOptions& options, Diagnostics& diagnostics,
                Model* model);

/// Items at fixed distances from each other, placed as one.
struct Group {
  struct Member {
    int item = 0;
    int64_t offset = 0;  ///< from the group's start; one member has 0
  };
  std::vector<Member> members;
};

/// What follows from an order.
struct Schedule {
  std::vector<int> order;  ///< nodes
  std::vector<int> first;  ///< per item: time it is written
  std::vector<int> last;   ///< per item: time it is read for the last time
};

Schedule MakeSchedule(const Model& model, std::vector<int> order);

/// Which of several possible overlays are taken, when not all can be.
enum class OverlayPreference { kAsDeclared, kReversed, kNone };

/// Aliases and overlays joined to groups, in the order of their first item.
std::vector<Group> MakeGroups(const Model& model, const Schedule& schedule,
                              OverlayPreference preference);

/// Most bytes alive at one time, bytes that members of a group share counted once.
struct Peak {
  int64_t bytes = 0;
  int time = -1;
};
Peak PeakOf(const Model& model, const Schedule& schedule, const std::vector<Group>& groups,
            bool with_scratch, bool rounded);

}  // namespace cortico::plan

#include "compiler/plan/model.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace cortico::plan {
namespace {

/// Far from overflow whatever is added to it, and far above what any core of ours can address.
constexpr int64_t kMostBytes = int64_t{1} << 40;

/// The type's byte count, or nullopt when it cannot be meant.
std::optional<int64_t> CheckedBytes(const TensorType& type) {
  int64_t bytes = SizeOf(type.dtype);
  if (bytes == 0) return std::nullopt;
  for (const int64_t size : type.sizes) {
    if (size < 0) return std::nullopt;
    if (size != 0 && bytes > kMostBytes / size) return std::nullopt;
    bytes *= size;
  }
  return bytes;
}

int64_t RoundUp(int64_t bytes) {
  return (bytes + kPlanAlignment - 1) / kPlanAlignment * kPlanAlignment;
}

/// Tensor arguments by name; elements of a list as "name[i]".
std::vector<std::pair<std::string, const Value*>> TensorArguments(const Node& node) {
  std::vector<std::pair<std::string, const Value*>> arguments;
  for (const auto& [name, arg] : node.args) {
    if (const auto* value = std::get_if<Value*>(&arg)) {
      if (*value != nullptr) arguments.emplace_back(name, *value);
    } else if (const auto* list = std::get_if<Values>(&arg)) {
      for (size_t i = 0; i < list->size(); ++i)
        if ((*list)[i] != nullptr)
          arguments.emplace_back(name + "[" + std::to_string(i) + "]", (*list)[i]);
    }
  }
  return arguments;
}

class Builder {
 public:
  Builder(const Graph& graph, const PlanOptions& options, Diagnostics& diagnostics, Model* model)
      : graph_(graph), options_(options), diagnostics_(diagnostics), model_(*model) {}

  bool Build() {
    for (const Value* input : graph_.inputs) AddItem(input, -1, Location{});
    for (const auto& node : graph_.nodes()) AddNode(*node);
    for (const Value* output : graph_.outputs)
      if (const auto it = ids_.find(output); it != ids_.end())
        model_.items[static_cast<size_t>(it->second)].output = true;
    return ok_;
  }

 private:
  ItemInfo& Item(int id) { return model_.items[static_cast<size_t>(id)]; }

  int AddItem(const Value* value, int producer, const Location& where) {
    const auto [it, fresh] = ids_.try_emplace(value, static_cast<int>(model_.items.size()));
    if (!fresh) return it->second;
    const std::optional<int64_t> bytes = CheckedBytes(value->type);
    if (!bytes) {
      diagnostics_.Error(
          where, "the size of '" + value->name + "' is out of range: " + value->type.ToString());
      ok_ = false;
    }
    ItemInfo item;
    item.value = value;
    item.raw_bytes = bytes.value_or(0);
    item.bytes = RoundUp(item.raw_bytes);
    item.producer = producer;
    item.scratch = value->kind == Value::Kind::kScratch;
    item.root = it->second;
    model_.items.push_back(std::move(item));
    return it->second;
  }

  void AddNode(const Node& node) {
    const int id = static_cast<int>(model_.nodes.size());
    NodeInfo info;
    info.node = &node;
    const auto arguments = TensorArguments(node);
    for (const auto& [name, value] : arguments) AddRead(name, value, id, &info);
    for (const Value* output : node.outputs)
      info.writes.push_back(AddItem(output, id, node.location));
    AddOverlays(arguments, &info);
    model_.nodes.push_back(std::move(info));
  }

  void AddRead(const std::string& name, const Value* value, int id, NodeInfo* info) {
    if (value->is_constant()) return;
    if (value->kind == Value::Kind::kScratch) {
      if (ids_.contains(value)) {
        diagnostics_.Error(info->node->location,
                           "scratch '" + value->name + "' belongs to another node");
        ok_ = false;
        return;
      }
      info->scratch.push_back(AddItem(value, id, info->node->location));
      return;
    }
    const auto it = ids_.find(value);
    if (it == ids_.end()) {
      diagnostics_.Error(info->node->location, "argument '" + name + "' reads '" + value->name +
                                                   "' before it is written");
      ok_ = false;
      return;
    }
    if (std::find(info->reads.begin(), info->reads.end(), it->second) != info->reads.end()) return;
    info->reads.push_back(it->second);
    Item(it->second).readers.push_back(id);
    const int producer = Item(it->second).producer;
    if (producer >= 0 &&
        std::find(info->after.begin(), info->after.end(), producer) == info->after.end())
      info->after.push_back(producer);
  }

  void AddOverlays(const std::vector<std::pair<std::string, const Value*>>& arguments,
                   NodeInfo* info) {
    const OpDefinition* op = options_.find_op(info->node->op);
    if (op == nullptr || info->writes.empty()) return;
    const std::vector<Overlay> declared = op->Overlays(*info->node);
    if (op->IsAlias(*info->node) && !arguments.empty()) {
      const bool named = !declared.empty();
      AddAlias(arguments, named ? declared[0].input : arguments[0].first,
               named ? declared[0].offset : 0, info);
      if (info->alias) return;
    }
    for (const Overlay& overlay : declared) {
      const Value* value = nullptr;
      for (const auto& [name, argument] : arguments)
        if (name == overlay.input) value = argument;
      const auto it = value == nullptr ? ids_.end() : ids_.find(value);
      if (it == ids_.end() || overlay.offset % kPlanAlignment != 0) continue;
      // Every argument that reads the value must allow it: an op that may write over `self` need
      // not expect that `other` is the same tensor.
      bool allowed = true;
      for (const auto& [name, argument] : arguments) {
        if (argument != value) continue;
        bool found = false;
        for (const Overlay& same : declared)
          found = found || (same.input == name && same.offset == overlay.offset);
        allowed = allowed && found;
      }
      if (allowed) info->overlays.push_back({it->second, overlay.offset});
    }
  }

  void AddAlias(const std::vector<std::pair<std::string, const Value*>>& arguments,
                const std::string& input, int64_t offset, NodeInfo* info) {
    for (const auto& [name, value] : arguments) {
      const auto it = ids_.find(value);
      if (name != input || it == ids_.end() || Item(it->second).scratch) continue;
      const ItemInfo& from = Item(it->second);
      ItemInfo& to = Item(info->writes[0]);
      if (offset < 0 || offset % kPlanAlignment != 0 || offset + to.raw_bytes > from.raw_bytes)
        return;
      to.root = from.root;
      to.root_offset = from.root_offset + offset;
      info->alias = true;
      return;
    }
  }

  const Graph& graph_;
  const PlanOptions& options_;
  Diagnostics& diagnostics_;
  Model& model_;
  std::unordered_map<const Value*, int> ids_;
  bool ok_ = true;
};

struct Extent {
  int64_t begin, end;
  bool Meets(const Extent& other) const { return begin < other.end && other.begin < end; }
};

/// Joins items to groups while every pair in a group stays legal.
class Joiner {
 public:
  Joiner(const Model& model, const Schedule& schedule) : model_(model), schedule_(schedule) {
    const size_t n = model.items.size();
    group_.resize(n);
    offset_.assign(n, 0);
    members_.resize(n);
    for (size_t i = 0; i < n; ++i) {
      group_[i] = static_cast<int>(i);
      members_[i] = {static_cast<int>(i)};
    }
    for (size_t i = 0; i < n; ++i) {
      const ItemInfo& item = model.items[i];
      if (item.root != static_cast<int>(i)) Merge(item.root, static_cast<int>(i), item.root_offset);
    }
  }

  /// Puts `output`, written by `node`, `delta` bytes into `input` if nothing else forbids it.
  void TryOverlay(const NodeInfo& node, int input, int output, int64_t delta) {
    const int a = group_[Index(input)], b = group_[Index(output)];
    if (a == b) return;
    const int64_t shift = offset_[Index(input)] + delta - offset_[Index(output)];
    for (const int p : members_[Index(a)])
      for (const int q : members_[Index(b)])
        if (!MayLieSo(p, q, offset_[Index(q)] + shift - offset_[Index(p)], node)) return;
    Merge(input, output, delta);
  }

  std::vector<Group> Groups() const {
    std::vector<Group> groups;
    for (const std::vector<int>& members : members_) {
      if (members.empty()) continue;
      Group group;
      int64_t least = offset_[Index(members[0])];
      for (const int item : members) least = std::min(least, offset_[Index(item)]);
      for (const int item : members) group.members.push_back({item, offset_[Index(item)] - least});
      groups.push_back(std::move(group));
    }
    return groups;
  }

 private:
  static size_t Index(int i) { return static_cast<size_t>(i); }
  const ItemInfo& Item(int i) const { return model_.items[Index(i)]; }

  void Merge(int input, int output, int64_t delta) {
    const int a = group_[Index(input)], b = group_[Index(output)];
    if (a == b) return;
    const int64_t shift = offset_[Index(input)] + delta - offset_[Index(output)];
    for (const int item : members_[Index(b)]) {
      group_[Index(item)] = a;
      offset_[Index(item)] += shift;
      members_[Index(a)].push_back(item);
    }
    members_[Index(b)].clear();
  }

  /// May q start `delta` bytes after p's start?
  bool MayLieSo(int p, int q, int64_t delta, const NodeInfo& node) const {
    if (std::max(schedule_.first[Index(p)], schedule_.first[Index(q)]) >
        std::min(schedule_.last[Index(p)], schedule_.last[Index(q)]))
      return true;
    const Extent at_p{0, Item(p).bytes}, at_q{delta, delta + Item(q).bytes};
    if (!at_p.Meets(at_q)) return true;
    if (Item(p).root == Item(q).root && Item(q).root_offset - Item(p).root_offset == delta)
      return true;
    return Declared(node, p, q, delta) || Declared(node, q, p, -delta);
  }

  /// The node reads `input` for the last time, and writes `output` where it may.
  bool Declared(const NodeInfo& node, int input, int output, int64_t delta) const {
    if (node.writes[0] != output || schedule_.last[Index(input)] != schedule_.first[Index(output)])
      return false;
    for (const OverlayChoice& choice : node.overlays)
      if (choice.input == input && choice.offset == delta) return true;
    return false;
  }

  const Model& model_;
  const Schedule& schedule_;
  std::vector<int> group_;
  std::vector<int64_t> offset_;
  std::vector<std::vector<int>> members_;
};

}  // namespace

bool BuildModel(const Graph& graph, const PlanOptions& options, Diagnostics& diagnostics,
                Model* model) {
  return Builder(graph, options, diagnostics, model).Build();
}

Schedule MakeSchedule(const Model& model, std::vector<int> order) {
  Schedule schedule;
  const int end = static_cast<int>(order.size());
  std::vector<int> time(order.size());
  for (int t = 0; t < end; ++t) time[static_cast<size_t>(order[static_cast<size_t>(t)])] = t;
  for (const ItemInfo& item : model.items) {
    const int first = item.producer < 0 ? -1 : time[static_cast<size_t>(item.producer)];
    int last = item.output ? end : first;
    for (const int reader : item.readers) last = std::max(last, time[static_cast<size_t>(reader)]);
    schedule.first.push_back(first);
    schedule.last.push_back(last);
  }
  schedule.order = std::move(order);
  return schedule;
}

std::vector<Group> MakeGroups(const Model& model, const Schedule& schedule,
                              OverlayPreference preference) {
  Joiner joiner(model, schedule);
  if (preference != OverlayPreference::kNone) {
    for (const int id : schedule.order) {
      const NodeInfo& node = model.nodes[static_cast<size_t>(id)];
      std::vector<OverlayChoice> choices = node.overlays;
      if (preference == OverlayPreference::kReversed) std::reverse(choices.begin(), choices.end());
      for (const OverlayChoice& choice : choices) {
        const size_t input = static_cast<size_t>(choice.input);
        if (schedule.last[input] != schedule.first[static_cast<size_t>(node.writes[0])]) continue;
        joiner.TryOverlay(node, choice.input, node.writes[0], choice.offset);
      }
    }
  }
  return joiner.Groups();
}

Peak PeakOf(const Model& model, const Schedule& schedule, const std::vector<Group>& groups,
            bool with_scratch, bool rounded) {
  const size_t times = schedule.order.size() + 2;  // time t at index t + 1
  std::vector<int64_t> total(times, 0);
  std::vector<Extent> alive;
  for (const Group& group : groups) {
    int first = std::numeric_limits<int>::max(), last = -1;
    for (const Group::Member& member : group.members) {
      first = std::min(first, schedule.first[static_cast<size_t>(member.item)]);
      last = std::max(last, schedule.last[static_cast<size_t>(member.item)]);
    }
    for (int t = first; t <= last; ++t) {
      alive.clear();
      for (const Group::Member& member : group.members) {
        const size_t id = static_cast<size_t>(member.item);
        const ItemInfo& item = model.items[id];
        if (t < schedule.first[id] || t > schedule.last[id] || (item.scratch && !with_scratch))
          continue;
        alive.push_back({member.offset, member.offset + (rounded ? item.bytes : item.raw_bytes)});
      }
      std::sort(alive.begin(), alive.end(),
                [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
      int64_t bytes = 0, covered = 0;
      for (const Extent& extent : alive) {
        bytes += std::max<int64_t>(0, extent.end - std::max(covered, extent.begin));
        covered = std::max(covered, extent.end);
      }
      total[static_cast<size_t>(t + 1)] += bytes;
    }
  }
  Peak peak;
  for (size_t i = 0; i < times; ++i)
    if (total[i] > peak.bytes) peak = {total[i], static_cast<int>(i) - 1};
  return peak;
}

}  // namespace cortico::plan

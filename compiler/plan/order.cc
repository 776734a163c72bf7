#include "compiler/plan/order.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <queue>
#include <unordered_set>

namespace cortico::plan {
namespace {

constexpr size_t kBeamWidth = 24;

/// A set of nodes.
using Set = std::vector<uint64_t>;

bool Has(const Set& set, int i) { return (set[static_cast<size_t>(i) / 64] >> (i % 64)) & 1; }
void Add(Set* set, int i) { (*set)[static_cast<size_t>(i) / 64] |= uint64_t{1} << (i % 64); }

struct HashOfSet {
  size_t operator()(const Set& set) const {
    uint64_t hash = 0;
    for (const uint64_t word : set) {
      hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 29;
    }
    return static_cast<size_t>(hash);
  }
};

/// All items that share one root by aliasing: they live and die together.
struct Storage {
  int64_t bytes = 0;
  bool output = false;
  std::vector<int> readers;
};

class Search {
 public:
  explicit Search(const Model& model) : model_(model), storages_(model.items.size()) {
    for (const ItemInfo& item : model.items) {
      Storage& storage = storages_[Index(item.root)];
      storage.bytes = std::max(storage.bytes, item.root_offset + item.bytes);
      storage.output = storage.output || item.output;
      storage.readers.insert(storage.readers.end(), item.readers.begin(), item.readers.end());
    }
    for (const NodeInfo& node : model.nodes) {
      std::vector<int> roots;
      for (const int item : node.reads) roots.push_back(model.items[Index(item)].root);
      std::sort(roots.begin(), roots.end());
      roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
      read_roots_.push_back(std::move(roots));
    }
    for (size_t i = 0; i < model.items.size(); ++i) {
      if (model.items[i].producer >= 0 || model.items[i].scratch) continue;
      at_start_ += storages_[i].bytes;
      if (storages_[i].readers.empty() && !storages_[i].output)
        unread_inputs_ += storages_[i].bytes;
    }
  }

  std::vector<int> Run(int states) {
    const int n = NodeCount();
    std::vector<int> given(Index(n));
    std::iota(given.begin(), given.end(), 0);
    given_peak_ = at_start_;
    State state = Start();
    int64_t floor = at_start_;
    for (const int node : given) {
      floor = std::max(floor, LeastNeed(node));
      state = After(state, node);
      given_peak_ = std::max(given_peak_, state.peak);
    }
    if (given_peak_ <= floor) return given;
    bool exhausted = false;
    std::vector<int> best = BestFirst(states, &exhausted);
    if (best.empty() && exhausted) best = Beam();
    return best.empty() ? given : best;
  }

 private:
  struct State {
    Set done;
    int64_t live = 0;  ///< between nodes
    int64_t peak = 0;  ///< so far
    int count = 0;
    int step = -1;  ///< in steps_: the node that led here
  };
  struct Step {
    int node;
    int before;  ///< the step before, or -1
  };

  static size_t Index(int i) { return static_cast<size_t>(i); }
  int NodeCount() const { return static_cast<int>(model_.nodes.size()); }

  State Start() const {
    State state;
    state.done.assign(model_.nodes.size() / 64 + 1, 0);
    state.live = at_start_ - unread_inputs_;
    state.peak = at_start_;
    return state;
  }

  bool Ready(const Set& done, int node) const {
    if (Has(done, node)) return false;
    for (const int before : model_.nodes[Index(node)].after)
      if (!Has(done, before)) return false;
    return true;
  }

  /// No reader is left once `node` has run, too.
  bool DiesAt(int root, const Set& done, int node) const {
    const Storage& storage = storages_[Index(root)];
    if (storage.output) return false;
    for (const int reader : storage.readers)
      if (reader != node && !Has(done, reader)) return false;
    return true;
  }

  /// Bytes of the first output that lie in inputs which `dies` holds for.
  template <class Dies>
  int64_t Overlaid(const NodeInfo& node, Dies dies) const {
    if (node.overlays.empty()) return 0;
    const ItemInfo& out = model_.items[Index(node.writes[0])];
    std::vector<std::pair<int64_t, int64_t>> taken;
    int64_t bytes = 0;
    for (const OverlayChoice& choice : node.overlays) {
      const ItemInfo& input = model_.items[Index(choice.input)];
      const int64_t begin = std::max<int64_t>(0, -choice.offset);
      const int64_t end = std::min(out.bytes, input.bytes - choice.offset);
      if (begin >= end || !dies(input.root)) continue;
      bool free = true;
      for (const auto& [b, e] : taken) free = free && (end <= b || e <= begin);
      if (!free) continue;
      taken.emplace_back(begin, end);
      bytes += end - begin;
    }
    return bytes;
  }

  /// What the node needs in any order.
  int64_t LeastNeed(int id) const {
    const NodeInfo& node = model_.nodes[Index(id)];
    int64_t bytes = 0;
    for (const int root : read_roots_[Index(id)]) bytes += storages_[Index(root)].bytes;
    if (node.alias) return bytes;
    for (const int item : node.writes) bytes += model_.items[Index(item)].bytes;
    for (const int item : node.scratch) bytes += model_.items[Index(item)].bytes;
    return bytes - Overlaid(node, [](int) { return true; });
  }

  State After(const State& state, int id) const {
    const NodeInfo& node = model_.nodes[Index(id)];
    State next;
    next.done = state.done;
    Add(&next.done, id);
    next.count = state.count + 1;
    next.live = state.live;
    int64_t during = state.live;
    for (size_t i = node.alias ? 1 : 0; i < node.writes.size(); ++i) {
      const int64_t bytes = model_.items[Index(node.writes[i])].bytes;
      const Storage& storage = storages_[Index(node.writes[i])];
      during += bytes;
      if (storage.output || !storage.readers.empty()) next.live += storage.bytes;
    }
    for (const int item : node.scratch) during += model_.items[Index(item)].bytes;
    during -= Overlaid(node, [&](int root) { return DiesAt(root, state.done, id); });
    for (const int root : read_roots_[Index(id)])
      if (DiesAt(root, state.done, id)) next.live -= storages_[Index(root)].bytes;
    next.peak = std::max(state.peak, during);
    return next;
  }

  std::vector<int> PathTo(int step) const {
    std::vector<int> path;
    for (; step >= 0; step = steps_[Index(step)].before) path.push_back(steps_[Index(step)].node);
    std::reverse(path.begin(), path.end());
    return path;
  }

  /// An order with the smallest peak, if that is below the given order's; empty otherwise, or when
  /// `states` sets were not enough.
  std::vector<int> BestFirst(int states, bool* exhausted) {
    const auto later = [](const State& a, const State& b) {
      if (a.peak != b.peak) return a.peak > b.peak;
      if (a.count != b.count) return a.count < b.count;
      if (a.live != b.live) return a.live > b.live;
      return a.step > b.step;
    };
    std::priority_queue<State, std::vector<State>, decltype(later)> open(later);
    std::unordered_set<Set, HashOfSet> seen;
    open.push(Start());
    while (!open.empty()) {
      const State state = open.top();
      open.pop();
      if (state.count == NodeCount()) return PathTo(state.step);
      if (!seen.insert(state.done).second) continue;
      if (static_cast<int>(seen.size()) > states) {
        *exhausted = true;
        return {};
      }
      for (int node = 0; node < NodeCount(); ++node) {
        if (!Ready(state.done, node)) continue;
        State next = After(state, node);
        if (next.peak >= given_peak_ || seen.contains(next.done)) continue;
        next.step = static_cast<int>(steps_.size());
        steps_.push_back({node, state.step});
        open.push(std::move(next));
      }
    }
    return {};
  }

  std::vector<int> Beam() {
    std::vector<State> beam = {Start()};
    for (int count = 0; count < NodeCount(); ++count) {
      std::vector<State> wider;
      std::unordered_set<Set, HashOfSet> seen;
      for (const State& state : beam) {
        for (int node = 0; node < NodeCount(); ++node) {
          if (!Ready(state.done, node)) continue;
          State next = After(state, node);
          if (next.peak >= given_peak_ || !seen.insert(next.done).second) continue;
          next.step = static_cast<int>(steps_.size());
          steps_.push_back({node, state.step});
          wider.push_back(std::move(next));
        }
      }
      if (wider.empty()) return {};
      std::stable_sort(wider.begin(), wider.end(), [](const State& a, const State& b) {
        return a.peak != b.peak ? a.peak < b.peak : a.live < b.live;
      });
      if (wider.size() > kBeamWidth) wider.resize(kBeamWidth);
      beam = std::move(wider);
    }
    return PathTo(beam.front().step);
  }

  const Model& model_;
  std::vector<Storage> storages_;             ///< by root item
  std::vector<std::vector<int>> read_roots_;  ///< by node
  std::vector<Step> steps_;
  int64_t at_start_ = 0;
  int64_t unread_inputs_ = 0;
  int64_t given_peak_ = 0;
};

}  // namespace

std::vector<int> FindOrder(const Model& model, int states) { return Search(model).Run(states); }

}  // namespace cortico::plan

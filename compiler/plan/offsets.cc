#include "compiler/plan/offsets.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <tuple>
#include <utility>

namespace cortico::plan {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

size_t Index(int i) { return static_cast<size_t>(i); }

struct GroupInfo {
  int64_t height = 0;
  int first = std::numeric_limits<int>::max();
  int last = -1;
  int64_t traffic = 0;  ///< bytes written and read per run
  bool at_peak = false;
};

enum class Fit { kLowest, kTightest };

class Packer {
 public:
  Packer(const Model& model, const Schedule& schedule, const std::vector<Group>& groups,
         const std::vector<std::optional<int64_t>>& limits, int64_t floor, int64_t work)
      : groups_(groups), count_(static_cast<int>(groups.size())), floor_(floor) {
    // A small program has few orders of placing: more work would only repeat them.
    work_left_ = std::min(work, kWorkPerPair * count_ * count_);
    for (const auto& limit : limits) limits_.push_back(limit.value_or(kNoLimit));
    DescribeGroups(model, schedule);
    FindConflicts(model, schedule);
  }

  Packing Run() {
    std::vector<int> order(groups_.size());
    std::iota(order.begin(), order.end(), 0);
    Packing best = Evaluate(order, Fit::kLowest);
    std::vector<int> best_order = order;
    Fit best_fit = Fit::kLowest;
    const auto attempt = [&](const std::vector<int>& candidate, Fit fit) {
      Packing packing = Evaluate(candidate, fit);
      if (!packing.BetterThan(best)) return;
      best = std::move(packing);
      best_order = candidate;
      best_fit = fit;
    };
    for (int rule = 0; rule < kRules && !Perfect(best); ++rule) {
      order = OrderedBy(rule);
      attempt(order, Fit::kLowest);
      attempt(order, Fit::kTightest);
    }
    Improve(best_order, best_fit, &best);
    return best;
  }

 private:
  static constexpr int kRules = 8;
  static constexpr int64_t kWorkPerPair = 1000;

  /// base of `group` minus base of `other` must not be strictly between low and high.
  struct Conflict {
    int other;
    int64_t low, high;
  };

  void DescribeGroups(const Model& model, const Schedule& schedule) {
    const int peak_time = PeakOf(model, schedule, groups_, true, true).time;
    for (const Group& group : groups_) {
      GroupInfo info;
      for (const Group::Member& member : group.members) {
        const ItemInfo& item = model.items[Index(member.item)];
        info.height = std::max(info.height, member.offset + item.bytes);
        info.first = std::min(info.first, schedule.first[Index(member.item)]);
        info.last = std::max(info.last, schedule.last[Index(member.item)]);
        info.traffic += item.bytes * (1 + static_cast<int64_t>(item.readers.size()));
      }
      info.at_peak = info.first <= peak_time && peak_time <= info.last;
      info_.push_back(info);
    }
  }

  void FindConflicts(const Model& model, const Schedule& schedule) {
    conflicts_.resize(groups_.size());
    for (int a = 0; a < count_; ++a) {
      for (int b = 0; b < count_; ++b) {
        if (a == b || info_[Index(a)].first > info_[Index(b)].last ||
            info_[Index(b)].first > info_[Index(a)].last)
          continue;
        for (const Group::Member& p : groups_[Index(a)].members)
          for (const Group::Member& q : groups_[Index(b)].members)
            AddConflict(model, schedule, a, p, b, q);
      }
    }
  }

  void AddConflict(const Model& model, const Schedule& schedule, int a, const Group::Member& p,
                   int b, const Group::Member& q) {
    const int64_t p_bytes = model.items[Index(p.item)].bytes;
    const int64_t q_bytes = model.items[Index(q.item)].bytes;
    if (p_bytes == 0 || q_bytes == 0 ||
        schedule.first[Index(p.item)] > schedule.last[Index(q.item)] ||
        schedule.first[Index(q.item)] > schedule.last[Index(p.item)])
      return;
    const Conflict conflict{b, q.offset - p.offset - p_bytes, q.offset + q_bytes - p.offset};
    for (const Conflict& known : conflicts_[Index(a)])
      if (known.other == b && known.low == conflict.low && known.high == conflict.high) return;
    conflicts_[Index(a)].push_back(conflict);
  }

  /// A place for a group among those already placed in `bank`, below `limit`; -1: none.
  int64_t FindPlace(int group, int bank, int64_t limit, Fit fit, const Packing& packing) {
    taken_.clear();
    for (const Conflict& conflict : conflicts_[Index(group)]) {
      const GroupPlace& place = packing.places[Index(conflict.other)];
      if (place.bank == bank)
        taken_.emplace_back(place.offset + conflict.low, place.offset + conflict.high);
    }
    work_left_ -= static_cast<int64_t>(conflicts_[Index(group)].size() + 4 * taken_.size() + 8);
    std::sort(taken_.begin(), taken_.end());
    const int64_t highest = limit == kNoLimit ? kNoLimit : limit - info_[Index(group)].height;
    int64_t base = 0, best = -1, best_room = kNoLimit;
    for (const auto& [low, high] : taken_) {
      if (base <= low && base <= highest) {  // [base, low] is free
        if (fit == Fit::kLowest) return base;
        if (low - base < best_room) {
          best_room = low - base;
          best = base;
        }
      }
      base = std::max(base, high);
    }
    if (best >= 0) return best;
    return base <= highest ? base : -1;
  }

  Packing Evaluate(const std::vector<int>& order, Fit fit) {
    Packing packing;
    packing.places.assign(groups_.size(), GroupPlace{-1, 0});
    packing.bank_bytes.assign(limits_.size(), 0);
    const int banks = static_cast<int>(limits_.size());
    for (const int group : order) {
      for (int bank = 0; bank < banks; ++bank) {
        const int64_t limit = bank + 1 < banks ? limits_[Index(bank)] : kNoLimit;
        const int64_t offset = FindPlace(group, bank, limit, fit, packing);
        if (offset < 0) continue;
        packing.places[Index(group)] = {bank, offset};
        int64_t& bytes = packing.bank_bytes[Index(bank)];
        bytes = std::max(bytes, offset + info_[Index(group)].height);
        packing.spill += bank * info_[Index(group)].traffic;
        break;
      }
    }
    if (limits_.back() != kNoLimit)
      packing.overflow = std::max<int64_t>(0, packing.bank_bytes.back() - limits_.back());
    return packing;
  }

  bool Perfect(const Packing& packing) const {
    return packing.overflow == 0 && packing.spill == 0 && packing.total() <= floor_;
  }

  std::vector<int> OrderedBy(int rule) const {
    const auto key = [&](int i) -> std::tuple<int64_t, int64_t> {
      const GroupInfo& g = info_[Index(i)];
      const int64_t life = g.last - g.first + 1;
      switch (rule) {
        case 0: return {-g.height, -life};
        case 1: return {-g.height * life, -g.height};
        case 2: return {-life, -g.height};
        case 3: return {g.first, -g.height};
        case 4: return {-g.last, -g.height};
        case 5: return {!g.at_peak, -g.height};
        // For small banks in front: what is touched most per byte, and the small ones, first.
        case 6: return {-g.traffic * 1024 / std::max<int64_t>(1, g.height), g.height};
        default: return {g.height, -g.traffic};
      }
    };
    std::vector<int> order(groups_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return key(a) < key(b); });
    return order;
  }

  /// A group whose place decides the score, or any.
  int Critical(const Packing& packing, std::mt19937* random) const {
    std::vector<int> critical;
    for (int g = 0; g < count_; ++g) {
      const GroupPlace& place = packing.places[Index(g)];
      const bool top =
          place.offset + info_[Index(g)].height == packing.bank_bytes[Index(place.bank)];
      if (packing.spill != 0 ? place.bank > 0 : top) critical.push_back(g);
    }
    if (critical.empty()) return static_cast<int>((*random)() % groups_.size());
    return critical[(*random)() % critical.size()];
  }

  void Improve(std::vector<int> order, Fit fit, Packing* best) {
    if (count_ < 3) return;
    std::mt19937 random(12345);  // the same plan in every run
    Packing now = *best;
    std::vector<int> best_order = order;
    int stale = 0;
    while (!Perfect(*best) && work_left_ > 0) {
      std::vector<int> candidate = order;
      const int moves = stale > 40 ? 3 : 1;
      for (int i = 0; i < moves; ++i) {
        const int group = random() % 4 != 0 ? Critical(now, &random)
                                            : static_cast<int>(random() % groups_.size());
        const auto from = std::find(candidate.begin(), candidate.end(), group);
        const auto position = from - candidate.begin();
        const auto to = position == 0
                            ? static_cast<ptrdiff_t>(random() % groups_.size())
                            : static_cast<ptrdiff_t>(random() % Index(static_cast<int>(position)));
        candidate.erase(from);
        candidate.insert(candidate.begin() + to, group);
      }
      Packing packing = Evaluate(candidate, fit);
      if (now.BetterThan(packing)) {
        if (++stale > 200) {
          order = best_order;
          now = *best;
          stale = 0;
        }
        continue;
      }
      stale = packing.BetterThan(now) ? 0 : stale + 1;
      order = std::move(candidate);
      now = std::move(packing);
      if (now.BetterThan(*best)) {
        *best = now;
        best_order = order;
      }
    }
  }

  const std::vector<Group>& groups_;
  const int count_;
  const int64_t floor_;
  int64_t work_left_;
  std::vector<int64_t> limits_;
  std::vector<GroupInfo> info_;
  std::vector<std::vector<Conflict>> conflicts_;
  std::vector<std::pair<int64_t, int64_t>> taken_;
};

}  // namespace

int64_t Packing::total() const {
  return std::accumulate(bank_bytes.begin(), bank_bytes.end(), int64_t{0});
}

bool Packing::BetterThan(const Packing& other) const {
  return std::make_tuple(overflow, spill, total()) <
         std::make_tuple(other.overflow, other.spill, other.total());
}

Packing Pack(const Model& model, const Schedule& schedule, const std::vector<Group>& groups,
             const std::vector<std::optional<int64_t>>& limits, int64_t floor, int64_t work) {
  return Packer(model, schedule, groups, limits, floor, work).Run();
}

}  // namespace cortico::plan

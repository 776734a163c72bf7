#include "compiler/plan/plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "compiler/plan/model.h"
#include "compiler/plan/offsets.h"
#include "compiler/plan/order.h"
#include "runtime/core/arena.h"

namespace cortico {
namespace {

using plan::Group;
using plan::Model;
using plan::OverlayPreference;
using plan::Packing;
using plan::Peak;
using plan::Schedule;

size_t Index(int i) { return static_cast<size_t>(i); }

/// One order with one choice of overlays, packed.
struct Candidate {
  Schedule schedule;
  std::vector<Group> groups;
  Packing packing;
  int64_t floor = 0;
};

class Planner {
 public:
  Planner(const Model& model, const TargetConfig& target, const PlanOptions& options)
      : model_(model), target_(target), options_(options) {
    for (const plan::NodeInfo& node : model.nodes) {
      const OpDefinition* op = options.find_op(node.node->op);
      if (op != nullptr && !node.alias) record_bytes_ += op->RecordBytes();
    }
    for (const MemoryBank& bank : target.memory) {
      // The runtime puts the records behind what is planned in the first bank.
      const int64_t room = limits_.empty() ? bank.bytes - record_bytes_ : bank.bytes;
      limits_.push_back(std::max<int64_t>(0, room / kPlanAlignment * kPlanAlignment));
    }
    if (limits_.empty()) limits_.push_back(std::nullopt);
  }

  int64_t record_bytes() const { return record_bytes_; }

  Candidate Best() {
    std::vector<int> given(model_.nodes.size());
    std::iota(given.begin(), given.end(), 0);
    Candidate best = BestOf(given);
    if (!options_.reorder) return best;
    std::vector<int> other = plan::FindOrder(model_, options_.order_states);
    if (other == given) return best;
    Candidate reordered = BestOf(std::move(other));
    return reordered.packing.BetterThan(best.packing) ? std::move(reordered) : std::move(best);
  }

  Plan Describe(const Candidate& best) const {
    Plan result;
    for (const int id : best.schedule.order) result.order.push_back(model_.nodes[Index(id)].node);
    for (size_t b = 0; b < limits_.size(); ++b) {
      BankUse bank{target_.memory.empty() ? "ram" : target_.memory[b].name,
                   best.packing.bank_bytes[b], std::nullopt};
      if (!target_.memory.empty()) bank.limit = target_.memory[b].bytes;
      result.banks.push_back(std::move(bank));
    }
    std::vector<plan::GroupPlace> places(model_.items.size());
    for (size_t g = 0; g < best.groups.size(); ++g) {
      for (const Group::Member& member : best.groups[g].members) {
        plan::GroupPlace place = best.packing.places[g];
        place.offset += member.offset;
        places[Index(member.item)] = place;
        const plan::ItemInfo& item = model_.items[Index(member.item)];
        result.placements[item.value] = {place.bank, place.offset, item.raw_bytes};
        if (item.scratch) result.largest_scratch = std::max(result.largest_scratch, item.raw_bytes);
      }
    }
    ListSharing(best, places, &result);
    result.lower_bound = PeakOf(model_, best.schedule, best.groups, false, false).bytes;
    const Peak peak = PeakOf(model_, best.schedule, best.groups, true, false);
    result.arena_lower_bound = peak.bytes;
    if (peak.time >= 0 && peak.time < static_cast<int>(result.order.size()))
      result.peak_node = result.order[Index(peak.time)];
    result.activation_bytes = WithoutScratch(best);
    result.scratch_bytes = best.packing.total() - result.activation_bytes;
    result.op_record_bytes = record_bytes_;
    return result;
  }

 private:
  Candidate BestOf(const std::vector<int>& order) const {
    Candidate best;
    const Schedule schedule = MakeSchedule(model_, order);
    bool first = true;
    for (const OverlayPreference preference :
         {OverlayPreference::kAsDeclared, OverlayPreference::kReversed, OverlayPreference::kNone}) {
      Candidate candidate;
      candidate.schedule = schedule;
      candidate.groups = MakeGroups(model_, schedule, preference);
      candidate.floor = Floor(candidate);
      candidate.packing = Pack(model_, schedule, candidate.groups, limits_, candidate.floor,
                               options_.offset_work / 8);
      if (first || candidate.packing.BetterThan(best.packing)) best = std::move(candidate);
      first = false;
      if (best.packing.overflow == 0 && best.packing.spill == 0 &&
          best.packing.total() <= best.floor)
        break;
    }
    return best;
  }

  int64_t Floor(const Candidate& candidate) const {
    return PeakOf(model_, candidate.schedule, candidate.groups, true, true).bytes;
  }

  /// Bytes of an arena for the same groups in the same banks, if no node needed scratch.
  int64_t WithoutScratch(const Candidate& best) const {
    int64_t total = 0;
    for (size_t bank = 0; bank < limits_.size(); ++bank) {
      std::vector<Group> groups;
      int64_t as_planned = 0;
      for (size_t g = 0; g < best.groups.size(); ++g) {
        const plan::GroupPlace& place = best.packing.places[g];
        const Group& group = best.groups[g];
        if (place.bank != static_cast<int>(bank) ||
            model_.items[Index(group.members[0].item)].scratch)
          continue;
        groups.push_back(group);
        for (const Group::Member& member : group.members)
          as_planned = std::max(
              as_planned, place.offset + member.offset + model_.items[Index(member.item)].bytes);
      }
      const int64_t floor = PeakOf(model_, best.schedule, groups, false, true).bytes;
      if (as_planned > floor)
        as_planned = std::min(as_planned, Pack(model_, best.schedule, groups, {std::nullopt}, floor,
                                               options_.offset_work / 8)
                                              .total());
      total += as_planned;
    }
    return total;
  }

  void ListSharing(const Candidate& best, const std::vector<plan::GroupPlace>& places,
                   Plan* result) const {
    for (const int id : best.schedule.order) {
      const plan::NodeInfo& node = model_.nodes[Index(id)];
      if (node.alias) {
        result->elided.push_back(node.node);
        continue;
      }
      for (const plan::OverlayChoice& choice : node.overlays) {
        const int output = node.writes[0];
        const plan::GroupPlace& in = places[Index(choice.input)];
        const plan::GroupPlace& out = places[Index(output)];
        if (in.bank != out.bank || out.offset - in.offset != choice.offset ||
            best.schedule.last[Index(choice.input)] != best.schedule.first[Index(output)])
          continue;
        result->overlays.push_back({node.node, model_.items[Index(choice.input)].value,
                                    model_.items[Index(output)].value, choice.offset});
      }
    }
  }

  const Model& model_;
  const TargetConfig& target_;
  const PlanOptions& options_;
  std::vector<std::optional<int64_t>> limits_;
  int64_t record_bytes_ = 0;
};

void ReportShortfall(const Plan& plan, int64_t shortfall, Diagnostics& diagnostics) {
  int64_t have = 0, need = plan.op_record_bytes;
  std::string banks;
  for (const BankUse& bank : plan.banks) {
    have += bank.limit.value_or(0);
    need += bank.bytes;
    banks += (banks.empty() ? "" : ", ") + bank.name + " " + std::to_string(*bank.limit);
  }
  diagnostics.Error(plan.peak_node == nullptr ? Location{} : plan.peak_node->location,
                    "the memory is " + std::to_string(shortfall) + " bytes too small: needed are " +
                        std::to_string(need) + " bytes (" + std::to_string(plan.arena_lower_bound) +
                        " live at this point, " + std::to_string(plan.op_record_bytes) +
                        " are records of ops), given " + std::to_string(have) + " (" + banks + ")",
                    "give --memory at least " + std::to_string(shortfall) + " bytes more in '" +
                        plan.banks.back().name + "', or make the tensors around this node smaller");
}

}  // namespace

const Placement* Plan::Find(const Value* value) const {
  const auto it = placements.find(value);
  return it == placements.end() ? nullptr : &it->second;
}

bool Plan::IsElided(const Node* node) const {
  return std::find(elided.begin(), elided.end(), node) != elided.end();
}

std::optional<Plan> PlanMemory(const Graph& lowered, const TargetConfig& target,
                               Diagnostics& diagnostics, const PlanOptions& options) {
  if (target.memory.size() > static_cast<size_t>(kMaxBanks)) {
    diagnostics.Error({},
                      "the target has " + std::to_string(target.memory.size()) +
                          " banks of memory, and a program can use " + std::to_string(kMaxBanks),
                      "name the " + std::to_string(kMaxBanks) + " that matter in --memory");
    return std::nullopt;
  }
  Model model;
  if (!BuildModel(lowered, options, diagnostics, &model)) return std::nullopt;
  Planner planner(model, target, options);
  const Candidate best = planner.Best();
  Plan plan = planner.Describe(best);
  if (!target.memory.empty() && target.memory[0].bytes < planner.record_bytes()) {
    diagnostics.Error({},
                      "bank '" + target.memory[0].name + "' has " +
                          std::to_string(target.memory[0].bytes) +
                          " bytes, and the records of the program's ops alone take " +
                          std::to_string(planner.record_bytes()),
                      "name a larger bank first in --memory");
    return std::nullopt;
  }
  if (best.packing.overflow > 0) {
    ReportShortfall(plan, best.packing.overflow, diagnostics);
    return std::nullopt;
  }
  return plan;
}

}  // namespace cortico

// Random programs: every plan passes the checker, and no damaged plan does.
//
// CORTICO_PLAN_GRAPHS sets how many programs (10,000 when absent), CORTICO_PLAN_SEED where they
// start; a failure names the seed of its program.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "compiler/plan/check.h"
#include "compiler/plan/fake_ops.h"
#include "compiler/plan/plan.h"

namespace cortico {
namespace {

using testing::FakeOps;
using testing::GraphMaker;

uint32_t FromEnvironment(const char* name, uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
}

/// A program with up to `most_nodes` nodes: chains, branches and joins, in-place results, views,
/// concatenations, scratch, several outputs, sizes from 0 to some kilobytes and mostly uneven.
class RandomProgram {
 public:
  RandomProgram(uint32_t seed, int most_nodes) : random_(seed) {
    for (int i = Below(3); i >= 0; --i) live_.push_back(maker_.Input(Size()));
    if (Below(8) == 0) maker_.graph.AddConstant<int8_t>("w", testing::BytesType(2), {1, 2});
    for (int i = Below(most_nodes) + 1; i > 0; --i) AddNode();
    maker_.Output(live_.back());
    while (Below(4) == 0) maker_.Output(Pick());
  }
  const Graph& graph() const { return maker_.graph; }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  int64_t Size() {
    switch (Below(8)) {
      case 0: return Below(20);
      case 1: return 4096 + Below(4096);
      default: return 16 * (1 + Below(64)) + (Below(2) ? 0 : Below(16));
    }
  }
  /// Mostly a recent value: networks are chains with a few long arms.
  Value* Pick() {
    const int n = static_cast<int>(live_.size());
    const int back = Below(3) == 0 ? Below(n) : Below(std::min(n, 2));
    return live_[static_cast<size_t>(n - 1 - back)];
  }
  void AddNode() {
    Value* a = Pick();
    const int64_t bytes = a->type.nbytes();
    GraphMaker::Extra extra;
    if (Below(3) == 0) extra.scratch = 1 + Below(2000);
    switch (Below(7)) {
      case 0: return live_.push_back(maker_.View(a));
      case 1: return live_.push_back(maker_.InPlace(a));
      case 2: {  // elementwise with two inputs
        Value* b = Pick();
        extra.overlays = {0, 0, 1, 0};
        return live_.push_back(maker_.Op({a, b}, std::max(bytes, b->type.nbytes()), extra));
      }
      case 3: {  // concatenation
        Value* b = Pick();
        extra.overlays = {0, 0, 1, -bytes};
        return live_.push_back(maker_.Op({a, b}, bytes + b->type.nbytes(), extra));
      }
      case 4:  // a part of it
        extra = {.overlays = {0, bytes / 32 * 16}, .alias = true};
        return live_.push_back(maker_.Op({a}, bytes / 4, extra));
      case 5: {
        extra.more_outputs = {Size()};
        if (Below(2) == 0) extra.overlays = {0, 16 * (Below(9) - 4)};
        Node* node = maker_.AddNode({a}, Size(), extra);
        live_.push_back(node->output(0));
        return live_.push_back(node->output(1));
      }
      default: return live_.push_back(maker_.Op({a, Pick()}, Size(), extra));
    }
  }

  std::mt19937 random_;
  GraphMaker maker_;
  Values live_;
};

PlanOptions Options() {
  PlanOptions options;
  options.find_op = FakeOps();
  return options;
}

std::string Problems(const Graph& graph, const Plan& plan, const TargetConfig& target) {
  Diagnostics diagnostics;
  CheckPlan(graph, plan, target, diagnostics, FakeOps());
  std::string text;
  for (const Diagnostic& d : diagnostics.all()) text += d.ToString() + "\n";
  return text;
}

struct Ratios {
  std::vector<double> all;
  void Add(int64_t reached, int64_t bound) {
    if (bound >= 1024) all.push_back(static_cast<double>(reached) / static_cast<double>(bound));
  }
  void Print(const char* what) {
    std::sort(all.begin(), all.end());
    double sum = 0;
    size_t tight = 0;
    for (const double r : all) sum += r, tight += r < 1.02;
    if (all.empty()) return;
    std::printf(
        "%s: %zu programs, %.1f %% within 2 %% of the bound, mean %.4f, "
        "99 %%: %.4f, worst %.4f\n",
        what, all.size(), 100.0 * static_cast<double>(tight) / static_cast<double>(all.size()),
        sum / static_cast<double>(all.size()), all[all.size() * 99 / 100], all.back());
  }
};

TEST(RandomPlans, NoOverlapAndNeverBelowTheBound) {
  const uint32_t count = FromEnvironment("CORTICO_PLAN_GRAPHS", 10000);
  const uint32_t start = FromEnvironment("CORTICO_PLAN_SEED", 1);
  std::printf("programs %u, first seed %u\n", count, start);
  Ratios arena, activations;
  for (uint32_t seed = start; seed < start + count; ++seed) {
    // Every hundredth is as large as a real network.
    const RandomProgram program(seed, seed % 100 == 0 ? 60 : 12);
    Diagnostics diagnostics;
    const auto plan = PlanMemory(program.graph(), {}, diagnostics, Options());
    ASSERT_TRUE(plan.has_value()) << "seed " << seed;
    ASSERT_EQ(Problems(program.graph(), *plan, {}), "") << "seed " << seed;
    ASSERT_GE(plan->activation_bytes, plan->lower_bound) << "seed " << seed;
    ASSERT_GE(plan->arena_bytes(), plan->arena_lower_bound) << "seed " << seed;
    ASSERT_GE(plan->scratch_bytes, 0) << "seed " << seed;
    ASSERT_EQ(plan->arena_bytes(), plan->banks[0].bytes) << "seed " << seed;
    arena.Add(plan->arena_bytes(), plan->arena_lower_bound);
    activations.Add(plan->activation_bytes, plan->lower_bound);
  }
  arena.Print("arena");
  activations.Print("activations");
}

TEST(RandomPlans, SeveralBanks) {
  const uint32_t count = FromEnvironment("CORTICO_PLAN_GRAPHS", 10000) / 10;
  uint32_t fitted = 0;
  for (uint32_t seed = 1; seed <= count; ++seed) {
    const RandomProgram program(seed, 15);
    std::mt19937 random(seed);
    TargetConfig target;
    const auto below = [&](uint32_t n) { return static_cast<int64_t>(random() % n); };
    target.memory = {{"a", 64 + below(4000)}, {"b", below(8000)}, {"c", below(20000)}};
    Diagnostics diagnostics;
    const auto plan = PlanMemory(program.graph(), target, diagnostics, Options());
    ASSERT_EQ(plan.has_value(), diagnostics.ok()) << "seed " << seed;
    if (!plan) continue;
    ++fitted;
    ASSERT_EQ(Problems(program.graph(), *plan, target), "") << "seed " << seed;
  }
  std::printf("%u of %u fitted\n", fitted, count);
  EXPECT_GT(fitted, count / 4);
}

TEST(RandomPlans, SameProgramSamePlan) {
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    const RandomProgram a(seed, 40), b(seed, 40);
    Diagnostics diagnostics;
    const auto p = PlanMemory(a.graph(), {}, diagnostics, Options());
    const auto q = PlanMemory(b.graph(), {}, diagnostics, Options());
    ASSERT_TRUE(p && q);
    for (size_t i = 0; i < a.graph().values().size(); ++i) {
      const Placement* x = p->Find(a.graph().values()[i].get());
      const Placement* y = q->Find(b.graph().values()[i].get());
      ASSERT_EQ(x == nullptr, y == nullptr);
      if (x != nullptr) {
        ASSERT_EQ(x->offset, y->offset) << "seed " << seed;
      }
    }
  }
}

/// Two values that live at one time, the one read after the other was written, in one place.
TEST(RandomPlans, TheCheckerSeesDamage) {
  const uint32_t count = FromEnvironment("CORTICO_PLAN_GRAPHS", 10000) / 10;
  uint32_t damaged = 0;
  for (uint32_t seed = 1; seed <= count; ++seed) {
    const RandomProgram program(seed, 12);
    const Graph& graph = program.graph();
    Diagnostics diagnostics;
    const auto plan = PlanMemory(graph, {}, diagnostics, Options());
    ASSERT_TRUE(plan.has_value());
    // An op without permission to work in place: put its result over its first argument.
    for (const auto& node : graph.nodes()) {
      const Values inputs = node->Inputs();
      if (inputs.empty() || inputs[0]->is_constant() || node->Find("overlays") != nullptr ||
          inputs[0]->type.nbytes() == 0 || node->output()->type.nbytes() == 0)
        continue;
      Plan bad = *plan;
      bad.placements[node->output()].offset = bad.placements[inputs[0]].offset;
      bad.banks[0].bytes = 1 << 20;
      ASSERT_NE(Problems(graph, bad, {}), "") << "seed " << seed << " " << node->location.node;
      ++damaged;
    }
    // A misaligned place, one outside of its bank, one of the wrong size, none.
    const Value* value = graph.nodes().front()->output();
    for (int kind = 0; kind < 4; ++kind) {
      Plan bad = *plan;
      if (kind == 0) bad.placements[value].offset += 8;
      if (kind == 1) bad.placements[value].offset = (bad.banks[0].bytes + 16) / 16 * 16;
      if (kind == 2) bad.placements[value].bytes += 1;
      if (kind == 3) bad.placements.erase(value);
      ASSERT_NE(Problems(graph, bad, {}), "") << "seed " << seed << " kind " << kind;
    }
  }
  EXPECT_GT(damaged, count / 10);
}

TEST(RandomPlans, TheCheckerSeesEveryOverlapOfLiveValues) {
  const uint32_t count = FromEnvironment("CORTICO_PLAN_GRAPHS", 10000) / 10;
  for (uint32_t seed = 1; seed <= count; ++seed) {
    // x is read by the last node: whatever lies over it, at whatever byte, must be found.
    std::mt19937 random(seed);
    GraphMaker m;
    Value* x = m.Input(160);
    Value* v = x;
    Values between;
    for (int i = 0; i < 5; ++i) between.push_back(v = m.Op({v}, 16 + random() % 100));
    Value* out = m.Op({x, v}, 16);
    m.Output(out);
    Diagnostics diagnostics;
    auto plan = PlanMemory(m.graph, {}, diagnostics, Options());
    ASSERT_TRUE(plan.has_value());
    ASSERT_EQ(Problems(m.graph, *plan, {}), "");
    const Value* moved = between[random() % between.size()];
    plan->placements[moved].offset = plan->placements[x].offset + 16 * (random() % 10);
    plan->banks[0].bytes = 1 << 20;
    ASSERT_NE(Problems(m.graph, *plan, {}), "") << "seed " << seed;
  }
}

TEST(RandomPlans, TheCheckerSeesWrongOrderAndWrongElision) {
  GraphMaker m;
  Value* a = m.Op({m.Input(64)}, 64);
  m.Output(m.View(m.Op({a}, 64)));
  Diagnostics diagnostics;
  const auto plan = PlanMemory(m.graph, {}, diagnostics, Options());
  ASSERT_TRUE(plan.has_value());
  ASSERT_EQ(plan->elided.size(), 1u);
  Plan bad = *plan;
  std::swap(bad.order[0], bad.order[1]);
  EXPECT_NE(Problems(m.graph, bad, {}), "");
  bad = *plan;
  bad.order.pop_back();
  EXPECT_NE(Problems(m.graph, bad, {}), "");
  bad = *plan;
  bad.order[1] = bad.order[0];
  EXPECT_NE(Problems(m.graph, bad, {}), "");
  bad = *plan;
  bad.elided.push_back(bad.order[0]);
  EXPECT_NE(Problems(m.graph, bad, {}), "") << "a node that works cannot be left out";
  bad = *plan;
  bad.placements[m.graph.outputs[0]].offset += 16;
  bad.banks[0].bytes += 64;
  EXPECT_NE(Problems(m.graph, bad, {}), "") << "an elided result lies where its input lies";
}

}  // namespace
}  // namespace cortico

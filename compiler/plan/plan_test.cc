// Small programs whose best plan can be worked out by hand.
#include "compiler/plan/plan.h"

#include <gtest/gtest.h>

#include "compiler/plan/check.h"
#include "compiler/plan/fake_ops.h"

namespace cortico {
namespace {

using testing::FakeOps;
using testing::GraphMaker;

PlanOptions Options(bool reorder = true) {
  PlanOptions options;
  options.find_op = FakeOps();
  options.reorder = reorder;
  return options;
}

/// Plans, checks and returns; the test fails when either does.
Plan PlanAndCheck(const Graph& graph, const TargetConfig& target = {}, bool reorder = true) {
  Diagnostics diagnostics;
  const std::optional<Plan> plan = PlanMemory(graph, target, diagnostics, Options(reorder));
  EXPECT_TRUE(plan.has_value());
  if (plan) CheckPlan(graph, *plan, target, diagnostics, FakeOps());
  for (const Diagnostic& d : diagnostics.all()) ADD_FAILURE() << d.ToString();
  return plan.value_or(Plan{});
}

TEST(Plan, EmptyProgram) {
  GraphMaker m;
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.arena_bytes(), 0);
  EXPECT_EQ(plan.lower_bound, 0);
  ASSERT_EQ(plan.banks.size(), 1u);
  EXPECT_FALSE(plan.banks[0].limit.has_value());
}

// 64 → 128 → 32 → 96: the most is alive when the second node reads nothing but 128 and writes 32,
// or the first: 64 + 128 = 192.
TEST(Plan, ChainTakesItsTwoLargestNeighbours) {
  GraphMaker m;
  m.Output(m.Op({m.Op({m.Op({m.Input(64)}, 128)}, 32)}, 96));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.lower_bound, 192);
  EXPECT_EQ(plan.activation_bytes, 192);
  EXPECT_EQ(plan.scratch_bytes, 0);
  EXPECT_EQ(plan.peak_node, m.graph.nodes().front().get());
  EXPECT_EQ(plan.op_record_bytes, 24);
}

TEST(Plan, InPlaceChainNeedsOneBuffer) {
  GraphMaker m;
  m.Output(m.InPlace(m.InPlace(m.Input(160))));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, 160);
  EXPECT_EQ(plan.overlays.size(), 2u);
  EXPECT_TRUE(plan.elided.empty());
}

TEST(Plan, ValueReadLaterIsNotOverwritten) {
  GraphMaker m;
  Value* x = m.Input(160);
  Value* a = m.InPlace(x);
  m.Output(m.Op({x, a}, 16));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, 160 + 160 + 16);
  EXPECT_TRUE(plan.overlays.empty());
}

TEST(Plan, OutputOfTheProgramIsNotOverwritten) {
  GraphMaker m;
  Value* x = m.Input(160);
  m.Output(x);
  m.Output(m.InPlace(x));
  EXPECT_EQ(PlanAndCheck(m.graph).activation_bytes, 320);
}

TEST(Plan, ViewSharesEvenWhileItsInputLives) {
  GraphMaker m;
  Value* x = m.Input(160);
  Value* v = m.View(x);
  m.Output(m.Op({x, v}, 16));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, 176);
  EXPECT_EQ(plan.elided.size(), 1u);
  EXPECT_EQ(plan.Find(x)->offset, plan.Find(v)->offset);
  EXPECT_EQ(plan.op_record_bytes, 8) << "an elided node has no record";
}

// The in-place op on the view would change x, which is read once more.
TEST(Plan, InPlaceOnAViewRespectsTheOtherNames) {
  GraphMaker m;
  Value* x = m.Input(160);
  Value* r = m.InPlace(m.View(x));
  m.Output(m.Op({x, r}, 16));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, 336);
  EXPECT_TRUE(plan.overlays.empty());
}

TEST(Plan, ViewOfAViewAndInputAsOutput) {
  GraphMaker m;
  Value* x = m.Input(48);
  m.Output(m.View(m.View(x)));
  m.Output(x);
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, 48);
  EXPECT_EQ(plan.elided.size(), 2u);
}

TEST(Plan, PartOfAValueIsAnAliasToo) {
  GraphMaker m;
  Value* x = m.Input(160);
  Value* part = m.Op({x}, 32, {.overlays = {0, 64}, .alias = true});
  m.Output(m.Op({part}, 64));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.Find(part)->offset, plan.Find(x)->offset + 64);
  EXPECT_EQ(plan.activation_bytes, 160) << "64 bytes beside the 32 that live on";
}

// Both inputs of a concatenation lie in the result, one behind the other.
TEST(Plan, SeveralOverlaysOfOneNode) {
  GraphMaker m;
  Value* x = m.Input(16);
  Value* a = m.Op({x}, 64);
  Value* b = m.Op({x}, 96);
  Value* out = m.Op({a, b}, 160, {.overlays = {0, 0, 1, -64}});
  m.Output(out);
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.overlays.size(), 2u);
  EXPECT_EQ(plan.Find(b)->offset, plan.Find(out)->offset + 64);
  EXPECT_EQ(plan.activation_bytes, 176);
}

TEST(Plan, SameTensorTwiceNeedsBothDeclarations) {
  GraphMaker once, twice;
  Value* x = once.Input(64);
  once.Output(once.Op({x, x}, 64, {.overlays = {0, 0}}));
  EXPECT_EQ(PlanAndCheck(once.graph).activation_bytes, 128);
  x = twice.Input(64);
  twice.Output(twice.Op({x, x}, 64, {.overlays = {0, 0, 1, 0}}));
  EXPECT_EQ(PlanAndCheck(twice.graph).activation_bytes, 64);
}

TEST(Plan, OverlayOffTheGridIsNotTaken) {
  GraphMaker m;
  m.Output(m.Op({m.Input(64)}, 32, {.overlays = {0, 8}}));
  EXPECT_EQ(PlanAndCheck(m.graph).activation_bytes, 96);
}

TEST(Plan, ScratchLiesWhereOthersWere) {
  GraphMaker m;
  Value* a = m.Op({m.Input(64)}, 256);
  Value* b = m.Op({a}, 32);
  m.Output(m.Op({b}, 32, {.scratch = 100}));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, 320);
  EXPECT_EQ(plan.scratch_bytes, 0);
  EXPECT_EQ(plan.largest_scratch, 100);
}

TEST(Plan, ScratchAddsWhatDoesNotFit) {
  GraphMaker m;
  m.Output(m.Op({m.Input(64)}, 64, {.scratch = 100}));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, 128);
  EXPECT_EQ(plan.lower_bound, 128);
  EXPECT_EQ(plan.arena_lower_bound, 228);
  EXPECT_EQ(plan.scratch_bytes, 112) << "100, rounded up to a multiple of 16";
}

TEST(Plan, InputsLiveTogetherAtTheStart) {
  GraphMaker m;
  Value* a = m.Input(64);
  Value* b = m.Input(64);
  Value* unread = m.Input(64);
  m.Output(m.Op({m.Op({a}, 16), m.Op({b}, 16)}, 16));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.lower_bound, 192);
  EXPECT_EQ(plan.activation_bytes, 192) << "results go where the unread input was";
  EXPECT_NE(plan.Find(unread), nullptr);
}

TEST(Plan, ConstantsAndEmptyTensors) {
  GraphMaker m;
  Value* w = m.graph.AddConstant<int8_t>("w", testing::BytesType(3), {1, 2, 3});
  m.Output(m.Op({m.Input(0), w}, 0));
  m.Output(w);
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.arena_bytes(), 0);
  EXPECT_EQ(plan.Find(w), nullptr);
}

// Two branches that shrink: run to its end, one leaves 16 bytes behind; side by side both are wide.
TEST(Plan, ReordersBranches) {
  GraphMaker m;
  Value* x = m.Input(16);
  Value* a = m.Op({x}, 256);
  Value* b = m.Op({x}, 256);
  m.Output(m.Op({m.Op({a}, 16), m.Op({b}, 16)}, 16));
  EXPECT_EQ(PlanAndCheck(m.graph, {}, false).activation_bytes, 16 + 512 + 16 - 16);
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, 16 + 256 + 16);
  EXPECT_NE(plan.order[1], std::next(m.graph.nodes().begin())->get());
}

TEST(Plan, KeepsTheGivenOrderWhenNoneIsBetter) {
  GraphMaker m;
  Value* x = m.Input(64);
  m.Output(m.Op({m.Op({x}, 64), m.Op({x}, 64)}, 64));
  const Plan plan = PlanAndCheck(m.graph);
  size_t i = 0;
  for (const auto& node : m.graph.nodes()) EXPECT_EQ(plan.order[i++], node.get());
}

// Three stages of two residual blocks on 32x32x3, the sizes of MLPerf Tiny's ResNet-8.
TEST(Plan, ResidualNetworkReachesTheBound) {
  GraphMaker m;
  Value* v = m.Op({m.Input(32 * 32 * 3)}, 32 * 32 * 16, {.scratch = 540});
  for (const int stage : {0, 1, 2}) {
    const int64_t bytes = (32 >> stage) * (32 >> stage) * (16 << stage);
    Value* a = m.Op({v}, bytes, {.scratch = 576 << stage});
    Value* b = m.Op({a}, bytes, {.scratch = 1152 << stage});
    Value* skip = stage == 0 ? v : m.Op({v}, bytes, {.scratch = 64 << stage});
    v = m.Op({b, skip}, bytes, {.overlays = {0, 0, 1, 0}});
  }
  m.Output(m.Op({m.View(m.Op({v}, 64))}, 10));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, plan.lower_bound);
  EXPECT_EQ(plan.lower_bound, 3 * 32 * 32 * 16) << "the skip, the second convolution's two";
  EXPECT_EQ(plan.arena_bytes(), 3 * 32 * 32 * 16 + 1152);
}

// An encoder and a decoder that concatenates what the encoder kept.
TEST(Plan, SkipConnectionsReachTheBound) {
  GraphMaker m;
  Value* v = m.Op({m.Input(48 * 48)}, 48 * 48 * 4);
  Values kept;
  for (const int level : {1, 2, 3}) {
    kept.push_back(v);
    const int64_t side = 48 >> level;
    v = m.Op({m.Op({v}, side * side * 4 * level)}, side * side * 8 * level, {.scratch = 700});
  }
  for (const int level : {2, 1, 0}) {
    const int64_t side = 48 >> level;
    Value* up = m.Op({v}, side * side * 4);
    Value* skip = kept[static_cast<size_t>(level)];
    const int64_t bytes = up->type.nbytes() + skip->type.nbytes();
    v = m.Op({m.Op({up, skip}, bytes)}, side * side * 4, {.scratch = 900});
  }
  m.Output(m.InPlace(v));
  const Plan plan = PlanAndCheck(m.graph);
  EXPECT_EQ(plan.activation_bytes, plan.lower_bound);
  EXPECT_LE(plan.arena_bytes(), plan.arena_lower_bound + 64);
}

TEST(Plan, WhatDoesNotFitGoesToTheNextBank) {
  GraphMaker m;
  Value* small = m.Input(64);
  Value* big = m.Op({small}, 1024);
  Value* out = m.Op({big, small}, 64);
  m.Output(out);
  TargetConfig target;
  target.memory = {{"dtcm", 256}, {"sram", 2048}};
  const Plan plan = PlanAndCheck(m.graph, target);
  EXPECT_EQ(plan.Find(small)->bank, 0);
  EXPECT_EQ(plan.Find(out)->bank, 0);
  EXPECT_EQ(plan.Find(big)->bank, 1);
  EXPECT_EQ(plan.banks[0].bytes, 128);
  EXPECT_EQ(plan.banks[1].bytes, 1024);
  EXPECT_EQ(plan.banks[0].limit, 256);
}

TEST(Plan, ShortfallNamesBytesAndNode) {
  GraphMaker m;
  m.Output(m.Op({m.Op({m.Input(64)}, 1024)}, 512));
  TargetConfig target;
  target.memory = {{"dtcm", 256 + 16}, {"sram", 1100}};  // 16: two records
  Diagnostics diagnostics;
  EXPECT_FALSE(PlanMemory(m.graph, target, diagnostics, Options()).has_value());
  ASSERT_EQ(diagnostics.all().size(), 1u);
  const Diagnostic& d = diagnostics.all()[0];
  EXPECT_EQ(d.location.node, "node_1") << "1024 + 512 live there";
  // 1536 in sram, of which the last whole 16 bytes end at 1088: 448 are missing.
  EXPECT_NE(d.message.find("448 bytes too small"), std::string::npos) << d.message;
  EXPECT_NE(d.remedy.find("sram"), std::string::npos) << d.remedy;
}

TEST(Plan, ExactFitFitsAndOneByteLessDoesNot) {
  GraphMaker m;
  m.Output(m.Op({m.Input(64)}, 64));
  TargetConfig target;
  target.memory = {{"ram", 128 + 8}};  // and one record
  EXPECT_EQ(PlanAndCheck(m.graph, target).banks[0].bytes, 128);
  target.memory[0].bytes = 135;
  Diagnostics diagnostics;
  EXPECT_FALSE(PlanMemory(m.graph, target, diagnostics, Options()).has_value());
}

TEST(Plan, BanksThatNoProgramCanUse) {
  GraphMaker m;
  m.Output(m.Op({m.Input(16)}, 16));
  TargetConfig target;
  target.memory.assign(5, {"ram", 1024});
  Diagnostics five, small;
  EXPECT_FALSE(PlanMemory(m.graph, target, five, Options()).has_value());
  EXPECT_FALSE(five.ok());
  target.memory = {{"dtcm", 7}, {"sram", 1024}};
  EXPECT_FALSE(PlanMemory(m.graph, target, small, Options()).has_value());
  ASSERT_EQ(small.all().size(), 1u);
  EXPECT_NE(small.all()[0].message.find("records"), std::string::npos);
}

TEST(Plan, SizeOutOfRangeIsAnError) {
  GraphMaker m;
  Value* x = m.graph.AddInput("x", {DType::kFloat32, {1 << 30, 1 << 30, 1 << 30}, {}, {}});
  m.Output(m.Op({x}, 16));
  Diagnostics diagnostics;
  EXPECT_FALSE(PlanMemory(m.graph, {}, diagnostics, Options()).has_value());
  EXPECT_FALSE(diagnostics.ok());
}

TEST(Plan, ReadBeforeWrittenIsAnError) {
  GraphMaker m;
  Value* x = m.Input(16);
  Node* first = m.AddNode({x}, 16, {});
  Node* second = m.AddNode({x}, 16, {});
  first->Set("in0", second->output());
  m.Output(first->output());
  Diagnostics diagnostics;
  EXPECT_FALSE(PlanMemory(m.graph, {}, diagnostics, Options()).has_value());
  EXPECT_FALSE(diagnostics.ok());
}

}  // namespace
}  // namespace cortico

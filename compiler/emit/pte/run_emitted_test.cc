// What the emitter writes, the runtime runs: real ops, in one bank and in two.
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "compiler/emit/pte/emit_pte.h"
#include "compiler/plan/check.h"
#include "compiler/plan/plan.h"
#include "runtime/model/model.h"
#include "runtime/program/program.h"

namespace cortico {
namespace {

/// x → quantize → view → dequantize, sizes [2, 3] → [6].
Graph RoundTrip() {
  Graph graph;
  const Quantization q{{0.5}, {1}, -1, -128, 127};
  Value* x = graph.AddInput("x", TensorType{DType::kFloat32, {2, 3}, {}, {}});
  const auto args = [](Value* input) {
    return std::vector<std::pair<std::string, Arg>>{
        {"input", input},           {"scale", 0.5},
        {"zero_point", int64_t{1}}, {"quant_min", int64_t{-128}},
        {"quant_max", int64_t{127}}, {"dtype", DType::kInt8}};
  };
  Node* quantize = graph.AddNode("cortex_m::quantize_per_tensor", args(x),
                                 TensorType{DType::kInt8, {2, 3}, {}, q}, "q");
  Node* view =
      graph.AddNode("aten::view_copy", {{"self", quantize->output()}, {"size", Ints64{6}}},
                    TensorType{DType::kInt8, {6}, {}, q}, "v");
  Node* dequantize = graph.AddNode("cortex_m::dequantize_per_tensor", args(view->output()),
                                   TensorType{DType::kFloat32, {6}, {}, {}}, "y");
  graph.outputs = {dequantize->output()};
  graph.output_names = {"answer"};
  return graph;
}

void RunRoundTrip(const TargetConfig& target, size_t banks) {
  const Graph graph = RoundTrip();
  Diagnostics diagnostics;
  const auto plan = PlanMemory(graph, target, diagnostics);
  ASSERT_TRUE(plan.has_value());
  CheckPlan(graph, *plan, target, diagnostics);
  EXPECT_EQ(plan->elided.size(), 1u);
  const Bytes pte = EmitPte(graph, *plan, target, {}, false, diagnostics);
  for (const Diagnostic& d : diagnostics.all()) ADD_FAILURE() << d.ToString();

  const auto program = Program::Open({pte.data(), pte.size()});
  ASSERT_TRUE(program.ok()) << ToString(program.error());
  alignas(16) static std::array<std::array<uint8_t, 2048>, 2> memory;
  const std::array<Span<uint8_t>, 2> spans = {Span<uint8_t>(memory[0].data(), 2048),
                                              Span<uint8_t>(memory[1].data(), 2048)};
  auto model = Model::Load(program.value(), Arena(Span<const Span<uint8_t>>(spans.data(), banks)));
  ASSERT_TRUE(model.ok()) << ToString(model.error());
  EXPECT_EQ(model.value().NumOps(), 2);
  EXPECT_STREQ(model.value().Output(0).name(), "answer");
  const float x[6] = {0.0f, 0.5f, -0.5f, 1.2f, 1000.0f, -1000.0f};
  for (int run = 0; run < 2; ++run) {  // the input is filled again before each run
    ASSERT_EQ(model.value().Input(0).nbytes(), sizeof(x));
    std::memcpy(model.value().Input(0).data(), x, sizeof(x));
    model.value().Run();
    float y[6];
    ASSERT_EQ(model.value().Output(0).nbytes(), sizeof(y));
    std::memcpy(y, model.value().Output(0).data(), sizeof(y));
    // q = round(x / 0.5) + 1 within [-128, 127], y = (q - 1) * 0.5
    const float expected[6] = {0.0f, 0.5f, -0.5f, 1.0f, 63.0f, -64.5f};
    for (int i = 0; i < 6; ++i) EXPECT_EQ(y[i], expected[i]) << i;
  }
}

TEST(RunEmitted, OneBank) { RunRoundTrip({}, 1); }

TEST(RunEmitted, TwoBanks) {
  TargetConfig target;
  target.memory = {{"dtcm", 32 + 160}, {"sram", 64}};
  RunRoundTrip(target, 2);
}

}  // namespace
}  // namespace cortico

// The evaluator itself: order, hook, constants, outputs, messages.
#include <map>

#include "compiler/reference/aten.h"
#include "compiler/reference/evaluate_testing.h"

namespace cortico::testing {
namespace {

constexpr char kText[] = R"(graph forward {
  input %x : f32[2]
  const %c : f32[2] = [1.0, 2.0]
  %k : f32[2] = aten.mul.Tensor(self=%c, other=%c)
  %y : f32[2] = aten.add.Tensor(self=%x, other=%k)
  %z : f32[2] = aten.relu.default(self=%y)
  output %z "z"
  output %x "x"
  output %c "c"
  output %z "z_again"
}
)";

TEST(Evaluator, RunsInOrderAndGivesEveryOutput) {
  const Graph graph = Parse(kText);
  Evaluator evaluator(graph);
  std::vector<std::string> seen;
  std::map<std::string, Floats> values;
  evaluator.set_hook([&](const Value& value, const HostTensor& tensor) {
    seen.push_back(value.name);
    values[value.name] = Elements(tensor);
  });
  for (float x : {-3.0f, 5.0f}) {
    seen.clear();
    Diagnostics diagnostics;
    const auto out = evaluator.Run(MakeSample(graph, {{x, x}}), diagnostics);
    ASSERT_TRUE(out.has_value()) << Messages(diagnostics);
    ASSERT_EQ(out->size(), 4u);
    const Floats z{std::max(x + 1, 0.0f), std::max(x + 4, 0.0f)};
    EXPECT_EQ(Elements((*out)[0]), z);
    EXPECT_EQ(Elements((*out)[1]), (Floats{x, x}));
    EXPECT_EQ(Elements((*out)[2]), (Floats{1, 2}));
    EXPECT_EQ(Elements((*out)[3]), z);
    // What depends on constants only is reported each time although it is computed once.
    EXPECT_EQ(seen, (std::vector<std::string>{"x", "k", "y", "z"}));
    EXPECT_EQ(values["k"], (Floats{1, 4}));
  }
}

TEST(Evaluator, ConstantsAreReadInLogicalOrder) {
  // Memory order 0, 2, 3, 1 of [1, 2, 1, 2]: pixels first, channels innermost.
  const Graph graph = Parse(R"(graph forward {
  const %c : f32[1,2,1,2]{0,2,3,1} = [1.0, 10.0, 2.0, 20.0]
  %y : f32[4] = aten.view.default(self=%c, size=[4])
  output %y "y"
}
)");
  Diagnostics diagnostics;
  const auto out = Evaluator(graph).Run({}, diagnostics);
  ASSERT_TRUE(out.has_value()) << Messages(diagnostics);
  EXPECT_EQ(Elements((*out)[0]), (Floats{1, 2, 10, 20}));
}

TEST(Evaluator, UnknownOpsAreListedAllAtOnce) {
  const Graph graph = Parse(R"(graph forward {
  input %x : f32[1]
  %y : f32[1] = aten.first_mystery.default(self=%x) @ "m1" "net.a" "model.py:8"
  %z : f32[1] = cortex_m::second_mystery(self=%y) @ "m2" "net.b" "model.py:9"
  output %z "z"
}
)");
  Diagnostics diagnostics("model.pt2");
  EXPECT_FALSE(Evaluator(graph).Run(MakeSample(graph, {{1}}), diagnostics).has_value());
  ASSERT_EQ(diagnostics.all().size(), 2u);
  EXPECT_EQ(diagnostics.all()[0].ToString().rfind(
                "model.pt2: node 'm1' (net.a, model.py:8): op 'aten.first_mystery.default'", 0),
            0u);
  EXPECT_NE(diagnostics.all()[0].remedy, "");
  EXPECT_NE(diagnostics.all()[1].message.find("cortex_m::second_mystery"), std::string::npos);
}

TEST(Evaluator, SamplesMustFitTheInputs) {
  const Graph graph = Parse(kText);
  for (const auto& values : std::vector<std::vector<Floats>>{{}, {{1}}, {{1, 2}, {1, 2}}}) {
    Diagnostics diagnostics;
    EXPECT_FALSE(Evaluator(graph).Run(MakeSample(graph, values), diagnostics).has_value());
    EXPECT_FALSE(diagnostics.ok());
  }
  Sample sample = MakeSample(graph, {{1, 2}});
  sample[0].type.sizes = {2, 1};
  Diagnostics diagnostics;
  EXPECT_FALSE(Evaluator(graph).Run(sample, diagnostics).has_value());
  EXPECT_NE(Messages(diagnostics).find("input 'x' takes f32[2], the sample gives f32[2, 1]"),
            std::string::npos);
}

TEST(Evaluator, ResultsMustBeWhatTheProgramSays) {
  EXPECT_NE(Failure("aten.relu.default(self=%a)", "f32[3]", {{"f32[2]", {1, 2}}})
                .find("result 0 is f32[2], the program says f32[3]"),
            std::string::npos);
}

TEST(Evaluator, EveryNameIsListedOnce) {
  std::map<std::string_view, int> count;
  for (const auto& ops :
       {ConvolutionOps(), MatrixOps(), UnaryOps(), BinaryOps(), PoolingOps(), ReductionOps(), ResizeOps(),
        NormalizationOps(), ShapeOps(), CopyOps(), QuantizationOps()})
    for (const AtenEntry& entry : ops) {
      EXPECT_EQ(++count[entry.name], 1) << entry.name;
      EXPECT_EQ(FindAten(entry.name), entry.function);
    }
  EXPECT_EQ(FindAten("aten.mystery.default"), nullptr);
}

}  // namespace
}  // namespace cortico::testing

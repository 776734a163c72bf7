#include "compiler/graph/graph.h"

#include <gtest/gtest.h>

#include "compiler/graph/lower_context.h"
#include "compiler/graph/op_domain.h"
#include "compiler/graph/text.h"

namespace cortico {
namespace {

Graph Parse(const std::string& text) {
  Diagnostics diagnostics;
  auto graph = ParseGraph(text, diagnostics);
  EXPECT_TRUE(graph) << (diagnostics.all().empty() ? "" : diagnostics.all()[0].message);
  return graph ? std::move(*graph) : Graph();
}

std::string ErrorsOf(const Graph& graph) {
  Diagnostics diagnostics;
  VerifyGraph(graph, diagnostics);
  std::string text;
  for (const Diagnostic& d : diagnostics.all()) text += d.ToString() + "\n";
  return text;
}

constexpr char kChain[] = R"(graph g {
  input %x : f32[2]
  %a : f32[2] = aten.relu.default(self=%x)
  %b : f32[2] = aten.relu.default(self=%a)
  %c : f32[2] = aten.relu.default(self=%a)
  output %b "b"
}
)";

TEST(Graph, KnowsItsReaders) {
  Graph graph = Parse(kChain);
  Value* a = graph.FindValue("a");
  EXPECT_EQ(graph.Users(a).size(), 2u);
  EXPECT_EQ(graph.UseCount(graph.FindValue("b")), 1);
  EXPECT_EQ(graph.RemoveDead(), 1);
  EXPECT_EQ(graph.FindValue("c"), nullptr);
  graph.ReplaceUses(graph.FindValue("b"), a);
  EXPECT_EQ(graph.RemoveDead(), 1);
  EXPECT_EQ(graph.outputs[0], a);
  EXPECT_EQ(ErrorsOf(graph), "");
}

TEST(Graph, NamesStayUnique) {
  Graph graph = Parse(kChain);
  Node* node = graph.AddNode("aten.relu.default", {{"self", graph.inputs[0]}},
                             TensorType{DType::kFloat32, {2}, {}, {}}, "a");
  EXPECT_EQ(node->output()->name, "a_1");
  EXPECT_EQ(ErrorsOf(graph), "");
}

TEST(Verifier, FindsWhatAPassBroke) {
  Graph late = Parse(kChain);
  late.nodes().reverse();
  EXPECT_NE(ErrorsOf(late).find("before it is produced"), std::string::npos);

  Graph order = Parse(kChain);
  order.FindValue("a")->type.dim_order = {1};
  EXPECT_NE(ErrorsOf(order).find("no permutation"), std::string::npos);

  Graph scale = Parse(kChain);
  scale.FindValue("a")->type.quantization = Quantization{{0.0}, {0}, -1, -128, 127};
  EXPECT_NE(ErrorsOf(scale).find("not positive"), std::string::npos);
}

// Integers that meet an op which only knows floats are the silent wrong result we never emit.
TEST(Verifier, QuantizedDataNeverMeetsAnOpThatDoesNotKnowIt) {
  const Graph graph = Parse(R"(graph g {
  input %x : i8[2] q(0.5, 0, -128, 127)
  %y : i8[2] = aten.relu.default(self=%x) @ "relu" "net.act" "model.py:3"
  output %y "y"
}
)");
  EXPECT_NE(ErrorsOf(graph).find("node 'relu' (net.act, model.py:3): aten.relu.default reads quantized"),
            std::string::npos) << ErrorsOf(graph);
}

TEST(Verifier, ChecksAnOpsFieldsAndResult) {
  const Graph good = Parse(R"(graph g {
  input %x : f32[1,4]
  %y : i8[1,4] = cortex_m::quantize_per_tensor(input=%x, scale=0.5, zero_point=0, quant_min=-128, quant_max=127, dtype=:i8)
  output %y "y"
}
)");
  EXPECT_EQ(ErrorsOf(good), "");
  Graph wrong = good.Clone();
  wrong.FindValue("y")->type.sizes = {1, 5};
  EXPECT_NE(ErrorsOf(wrong).find("gives i8[1,4], the graph says i8[1,5]"), std::string::npos);
  wrong = good.Clone();
  wrong.nodes().front()->Set("scale", int64_t{1});
  EXPECT_NE(ErrorsOf(wrong).find("argument 'scale' is not a floating-point number"), std::string::npos);
}

// Worked by hand: 0.75 = 0.75 * 2^0; 3 = 0.75 * 2^2; 2^-31 keeps one bit.
TEST(FixedPoint, IsNormalized) {
  EXPECT_EQ(ToFixedPoint(0.75).multiplier, 1610612736);
  EXPECT_EQ(ToFixedPoint(0.75).shift, 0);
  EXPECT_EQ(ToFixedPoint(3.0).multiplier, 1610612736);
  EXPECT_EQ(ToFixedPoint(3.0).shift, 2);
  EXPECT_EQ(ToFixedPoint(1.0).multiplier, 1 << 30);
  EXPECT_EQ(ToFixedPoint(1.0).shift, 1);
  EXPECT_EQ(ToFixedPoint(0.0).multiplier, 0);
  // Rounds up to 2^31, which is written as 2^30 with one more shift.
  EXPECT_EQ(ToFixedPoint(0.99999999999).multiplier, 1 << 30);
  EXPECT_EQ(ToFixedPoint(0.99999999999).shift, 1);
  EXPECT_EQ(ToFixedPoint(1e-12).multiplier, 0);
  EXPECT_EQ(ToFixedPoint(1e12).shift, 30);
}

TEST(FusedBounds, FollowTheZeroPoint) {
  Graph graph = Parse(R"(graph g {
  input %x : f32[2]
  %y : i8[2] q(0.5, -100, -128, 127) = some.op(self=%x, fused_min=0.0, fused_max=6.0)
  %z : i8[2] q(0.5, -100, -128, 127) = some.op(self=%x)
  output %y "y"
}
)");
  EXPECT_EQ(FusedBounds(*graph.FindValue("y")->producer), std::make_pair(-100, -88));
  EXPECT_EQ(FusedBounds(*graph.FindValue("z")->producer), std::make_pair(-128, 127));
}

TEST(Dialect, EveryOpAnswersAndIsListedOnce) {
  std::vector<std::string> names;
  for (const auto& op : AllOps()) {
    EXPECT_EQ(FindOp(op->name()), op.get()) << op->name();
    EXPECT_FALSE(op->fields().empty());
    EXPECT_EQ(op->fields().back().kind, FieldKind::kOut);
    EXPECT_GT(op->RecordBytes(), 0) << op->name();
  }
  EXPECT_EQ(FindOp("cortex_m::no_such_op"), nullptr);
}

TEST(Dialect, SchemaFollowsTheFields) {
  EXPECT_EQ(FindOp("cortex_m::quantized_max_pool2d")->OutSchema(),
            "cortex_m::quantized_max_pool2d.out(Tensor input, int[] kernel_size, int[] stride, int[] "
            "padding, int[] dilation, bool ceil_mode, int input_zero_point, int output_zero_point, int "
            "activation_min, int activation_max, *, Tensor(a!) out) -> Tensor(a!)");
  EXPECT_EQ(FindOp("cortex_m::pad")->FunctionalSchema(),
            "cortex_m::pad(Tensor input, int[] pre_pad, int[] post_pad, int pad_value) -> Tensor");
}

TEST(Target, NamesAndMemory) {
  EXPECT_EQ(TargetConfig::Find("M55")->isa, Isa::kMve);
  EXPECT_EQ(TargetConfig::Find("cortex-m4")->isa, Isa::kDsp);
  EXPECT_EQ(TargetConfig::Find("cortex-m0+")->cpu, "cortex-m0plus");
  EXPECT_FALSE(TargetConfig::Find("cortex-a53"));
  EXPECT_THROW(TargetConfig::FromString("cortex-a53"), CompileError);
  std::string error;
  const auto banks = ParseMemory("dtcm=256K,sram=2M", &error);
  ASSERT_TRUE(banks);
  EXPECT_EQ((*banks)[0].bytes, 256 * 1024);
  EXPECT_EQ((*banks)[1].name, "sram");
  for (const char* bad : {"", "dtcm", "=1K", "a=0", "a=1G", "a=1K,a=2K", "a=-1", "a=9999M", "a=1K,b=1,c=1,d=1,e=1"})
    EXPECT_FALSE(ParseMemory(bad, &error)) << bad;
}

}  // namespace
}  // namespace cortico

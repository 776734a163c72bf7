#include "compiler/quantize/training.h"

#include "compiler/quantize/quantize_testing.h"

namespace cortico {
namespace {

TEST(StructureAfterTraining, BatchNormIsPartOfItsConvolution) {
  const Graph graph = testing::ParseBody(R"(
  input %x : f32[1,1,2,2]
  const %w : f32[1,1,1,1] = [2.0]
  const %mean : f32[1] = [1.0]
  const %var : f32[1] = [4.0]
  %conv : f32[1,1,2,2] = aten.conv2d.default(input=%x, weight=%w) @ "conv" "" ""
  %norm : f32[1,1,2,2] = aten.batch_norm.default(input=%conv, running_mean=%mean, running_var=%var, training=true) @ "norm" "" ""
  %relu : f32[1,1,2,2] = aten.relu.default(self=%norm) @ "relu" "" ""
  %drop : f32[1,1,2,2] = aten.dropout.default(input=%relu, p=0.5, train=true) @ "drop" "" ""
  output %drop "y"
)");
  Diagnostics diagnostics;
  const Graph seen = StructureAfterTraining(graph, diagnostics);
  EXPECT_EQ(testing::Messages(diagnostics), "");
  ASSERT_EQ(seen.nodes().size(), 2u);
  const Node& conv = *seen.nodes().front();
  EXPECT_EQ(conv.op, "aten.conv2d.default");
  EXPECT_EQ(conv.output()->name, "norm");
  EXPECT_EQ(conv.location.node, "conv");
  EXPECT_EQ(seen.outputs[0]->name, "relu");
  EXPECT_EQ(graph.nodes().size(), 4u);
}

TEST(StructureAfterTraining, AConvolutionReadTwiceKeepsItsResult) {
  const Graph graph = testing::ParseBody(R"(
  input %x : f32[1,1,2,2]
  const %w : f32[1,1,1,1] = [2.0]
  const %mean : f32[1] = [1.0]
  const %var : f32[1] = [4.0]
  %conv : f32[1,1,2,2] = aten.conv2d.default(input=%x, weight=%w)
  %norm : f32[1,1,2,2] = aten.batch_norm.default(input=%conv, running_mean=%mean, running_var=%var, training=true)
  %sum : f32[1,1,2,2] = aten.add.Tensor(self=%norm, other=%conv)
  output %sum "y"
)");
  Diagnostics diagnostics;
  const Graph seen = StructureAfterTraining(graph, diagnostics);
  EXPECT_EQ(testing::Messages(diagnostics), "");
  EXPECT_NE(seen.FindValue("conv"), nullptr);
}

}  // namespace
}  // namespace cortico

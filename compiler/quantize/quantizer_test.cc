#include "compiler/quantize/quantizer.h"

#include "compiler/quantize/quantize_testing.h"

namespace cortico::testing {
namespace {

// "linear-relu: y", one line per match: pattern and result.
std::string Matches(const Annotation& annotation) {
  std::string text;
  for (const QuantMatch& match : annotation.matches)
    text += match.pattern.name + ": " + match.output()->name + "\n";
  return text;
}

std::string Rejections(const Annotation& annotation) {
  std::string text;
  for (const Rejection& r : annotation.rejections)
    text += r.location.node + ": " + r.pattern + ": " + r.reason + "\n";
  return text;
}

// One line per group: its values, the watched ones with a star.
std::string Groups(const Graph& graph, const Annotation& annotation) {
  std::vector<std::string> lines(annotation.watched.size());
  for (const auto& value : graph.values()) {
    const auto it = annotation.group_of.find(value.get());
    if (it == annotation.group_of.end()) continue;
    const auto& watched = annotation.watched[it->second];
    const bool star = std::find(watched.begin(), watched.end(), value.get()) != watched.end();
    lines[it->second] += (star ? " *" : " ") + value->name;
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(Quantizer, TheLongestPatternWinsAndItsInsideStaysFloat) {
  Graph graph = ParseBody(R"(
  input %x : f32[1,2]
  const %w : f32[2,2] = [1.0, 2.0, 3.0, 4.0]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%w) @ "l1" "" ""
  %b : f32[1,2] = aten.relu.default(self=%a) @ "r1" "" ""
  %c : f32[1,2] = aten.linear.default(input=%b, weight=%w) @ "l2" "" ""
  output %c "c"
)");
  const Annotation annotation = CortexMQuantizer().Annotate(graph, PatternOps().all());
  EXPECT_EQ(Matches(annotation), "linear-relu: b\nlinear: c\n");
  EXPECT_EQ(Rejections(annotation), "");
  EXPECT_EQ(Groups(graph, annotation), " *x\n *b\n *c\n");
}

TEST(Quantizer, AChainNeedsOneReaderAndNoOutputInside) {
  Graph graph = ParseBody(R"(
  input %x : f32[1,2]
  const %w : f32[2,2] = [1.0, 2.0, 3.0, 4.0]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%w)
  %b : f32[1,2] = aten.relu.default(self=%a)
  %c : f32[1,2] = aten.linear.default(input=%x, weight=%w)
  %d : f32[1,2] = aten.relu.default(self=%c)
  %e : f32[1,2] = aten.relu.default(self=%c)
  output %a "a"
  output %b "b"
  output %d "d"
  output %e "e"
)");
  const Annotation annotation = CortexMQuantizer().Annotate(graph, PatternOps().all());
  EXPECT_EQ(Matches(annotation), "linear: a\nlinear: c\n");
}

TEST(Quantizer, ARejectedMatchKeepsItsReasonAndAShorterOneIsTried) {
  Graph graph = ParseBody(R"(
  input %x : f32[1,2]
  const %w : f32[2,2] = [1.0, 2.0, 3.0, 4.0]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%w) @ "l1" "" ""
  %b : f32[1,2] = aten.relu.default(self=%a) @ "r1" "" ""
  output %b "b"
)");
  const Annotation annotation = CortexMQuantizer().Annotate(graph, PatternOps("b").all());
  EXPECT_EQ(Matches(annotation), "linear: a\n");
  EXPECT_EQ(Rejections(annotation), "l1: linear-relu: it is the one\n");
}

TEST(Quantizer, ArgumentsMustBeWhatTheirRoleNeeds) {
  Graph graph = ParseBody(R"(
  input %x : f32[1,2]
  input %n : i64[1,2]
  const %w : f32[2,2] = [1.0, 2.0, 3.0, 4.0]
  const %i : i8[2,2] = [1, 2, 3, 4]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%x) @ "dynamic" "" ""
  %b : f32[1,2] = aten.linear.default(input=%n, weight=%w) @ "whole" "" ""
  %c : f32[1,2] = aten.linear.default(input=%x, weight=%i) @ "int8" "" ""
  %d : f32[1,2] = aten.linear.default(input=%x, weight=%w, bias=%w) @ "bias" "" ""
  %e : f32[1,2] = aten.add.Tensor(self=%x, other=2.0) @ "number" "" ""
  %f : i64[1,2] = aten.add.Tensor(self=%x, other=%x) @ "result" "" ""
  %g : f32[1,2] = aten.cat.default(tensors=[]v) @ "nothing" "" ""
  output %a "a"
)");
  const Annotation annotation = CortexMQuantizer().Annotate(graph, PatternOps().all());
  EXPECT_EQ(Matches(annotation), "");
  EXPECT_EQ(Rejections(annotation),
            "dynamic: linear: its argument 'weight' is not a constant\n"
            "whole: linear: its argument 'input' is i64, not float32\n"
            "int8: linear: its argument 'weight' is i8, not float32\n"
            "bias: linear: its argument 'bias' is not a vector\n"
            "number: add: its argument 'other' is not a tensor\n"
            "result: add: its result is i64, not float32\n"
            "nothing: cat: it reads no activation\n");
  EXPECT_TRUE(annotation.group_of.empty());
}

TEST(Quantizer, SharingOpsJoinTheGroupsAndOnlySourcesAreWatched) {
  Graph graph = ParseBody(R"(
  input %x : f32[1,2]
  const %w : f32[2,2] = [1.0, 2.0, 3.0, 4.0]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%w)
  %b : f32[1,2] = aten.linear.default(input=%x, weight=%w)
  %c : f32[2,2] = aten.cat.default(tensors=[%a, %b])
  %d : f32[4] = aten.view.default(self=%c, size=[4])
  %e : f32[4] = aten.add.Tensor(self=%d, other=%d)
  output %e "e"
)");
  const Annotation annotation = CortexMQuantizer().Annotate(graph, PatternOps().all());
  EXPECT_EQ(Matches(annotation), "linear: a\nlinear: b\ncat: c\nview: d\nadd: e\n");
  EXPECT_EQ(Groups(graph, annotation), " *x\n *a *b c d\n *e\n");
}

TEST(Quantizer, SharersWithoutAComputingNeighbourStayFloat) {
  Graph graph = ParseBody(R"(
  input %x : f32[1,2]
  const %w : f32[2,2] = [1.0, 2.0, 3.0, 4.0]
  %a : f32[1,2] = aten.tanh.default(self=%x)
  %b : f32[2] = aten.view.default(self=%a, size=[2]) @ "v1" "" ""
  %c : f32[2,1] = aten.view.default(self=%b, size=[2, 1]) @ "v2" "" ""
  %d : f32[2,1] = aten.tanh.default(self=%c)
  %e : f32[1,2] = aten.view.default(self=%d, size=[1, 2]) @ "v3" "" ""
  %f : f32[1,2] = aten.linear.default(input=%e, weight=%w)
  output %f "f"
)");
  const Annotation annotation = CortexMQuantizer().Annotate(graph, PatternOps().all());
  EXPECT_EQ(Matches(annotation), "view: e\nlinear: f\n");
  EXPECT_EQ(Groups(graph, annotation), " *d e\n *f\n");
  EXPECT_EQ(Rejections(annotation),
            "v1: view: neither what it reads nor what reads it is quantized\n"
            "v2: view: neither what it reads nor what reads it is quantized\n");
}

TEST(Quantizer, TheExecutorchDialectHasOneScaleForALinearWeight) {
  Graph graph = ParseBody(R"(
  input %x : f32[1,2]
  const %w : f32[2,2] = [1.0, 2.0, 3.0, 4.0]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%w)
  output %a "a"
)");
  for (const auto& [dialect, axis] :
       {std::pair{Dialect::kCortico, 0}, std::pair{Dialect::kExecutorch, -1}}) {
    QuantizerOptions options;
    options.dialect = dialect;
    const Annotation annotation = CortexMQuantizer(options).Annotate(graph, PatternOps().all());
    ASSERT_EQ(annotation.matches.size(), 1u);
    EXPECT_EQ(annotation.matches[0].pattern.arguments[1].axis, axis);
  }
}

}  // namespace
}  // namespace cortico::testing

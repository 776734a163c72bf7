#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

// The nodes of `text` in between an input %x and an output %y.
std::string Around(const std::string& sizes, const std::string& nodes, const std::string& result) {
  return "graph g {\n  input %x : f32" + sizes + "\n" + nodes + "  output %" + result + " \"y\"\n}\n";
}

// The indices that stand behind `op`.
std::string IndicesOf(const std::string& sizes, const std::string& out, const std::string& op) {
  const std::string after =
      RunPass(NormalizeIndexing, Around(sizes, "  %y : f32" + out + " = " + op + "\n", "y")).after;
  std::string lists;
  for (size_t at = after.find("= ["); at != std::string::npos; at = after.find("= [", at + 1))
    lists += after.substr(at + 2, after.find('\n', at) - at - 2);
  return lists;
}

TEST(NormalizeIndexing, FlipIsASelection) {
  ExpectRewrite(NormalizeIndexing, Around("[1,3]", "  %y : f32[1,3] = aten.flip.default(self=%x, dims=[-1])\n", "y"),
                R"(graph g {
  input %x : f32[1,3]
  const %y_indices : i64[3] = [2, 1, 0]
  %y_selected : f32[1,3] = aten.index_select.default(self=%x, dim=1, index=%y_indices)
  output %y_selected "y"
}
)");
}

TEST(NormalizeIndexing, PlacesAsPyTorchHasThem) {
  // torch.roll([0, 1, 2, 3], 1) begins with the last.
  EXPECT_EQ(IndicesOf("[1,4]", "[1,4]", "aten.roll.default(self=%x, shifts=[1], dims=[1])"), "[3, 0, 1, 2]");
  EXPECT_EQ(IndicesOf("[1,4]", "[1,4]", "aten.roll.default(self=%x, shifts=[-1], dims=[1])"), "[1, 2, 3, 0]");
  EXPECT_EQ(IndicesOf("[1,2]", "[1,4]", "aten.repeat.default(self=%x, repeats=[1, 2])"), "[0, 1, 0, 1]");
  EXPECT_EQ(IndicesOf("[1,2]", "[1,4]", "aten.repeat_interleave.self_int(self=%x, repeats=2, dim=1)"),
            "[0, 0, 1, 1]");
  EXPECT_EQ(IndicesOf("[3,1]", "[3,2]", "aten.expand.default(self=%x, size=[3, 2])"), "[0, 0]");
  EXPECT_EQ(IndicesOf("[1,1,3]", "[1,1,6]", "aten.reflection_pad1d.default(self=%x, padding=[2, 1])"),
            "[2, 1, 0, 1, 2, 1]");
  EXPECT_EQ(IndicesOf("[1,1,3]", "[1,1,6]", "aten.replication_pad1d.default(self=%x, padding=[2, 1])"),
            "[0, 0, 0, 1, 2, 2]");
  EXPECT_EQ(IndicesOf("[1,1,3]", "[1,1,6]", "aten.pad.default(self=%x, pad=[2, 1], mode=\"circular\")"),
            "[1, 2, 0, 1, 2, 0]");
}

TEST(NormalizeIndexing, AConstantBorderIsNone) {
  const std::string text =
      Around("[1,1,3]", "  %y : f32[1,1,5] = aten.pad.default(self=%x, pad=[1, 1], mode=\"constant\")\n", "y");
  ExpectRewrite(NormalizeIndexing, text, text);
}

TEST(NormalizeIndexing, OperandsAreRepeatedUnlessPerChannel) {
  ExpectRewrite(NormalizeIndexing,
                Around("[1,2,1,1]", "  %s : f32[1,2,2,2] = aten.neg.default(self=%x)\n"
                                    "  %y : f32[1,2,2,2] = aten.mul.Tensor(self=%s, other=%x)\n", "y"),
                Around("[1,2,1,1]", "  %s : f32[1,2,2,2] = aten.neg.default(self=%x)\n"
                                    "  %y : f32[1,2,2,2] = aten.mul.Tensor(self=%s, other=%x)\n", "y"));
  ExpectRewrite(NormalizeIndexing, R"(graph g {
  input %a : f32[2,3]
  input %b : f32[3]
  %y : f32[2,3] = aten.add.Tensor(self=%a, other=%b)
  output %y "y"
}
)",
                R"(graph g {
  input %a : f32[2,3]
  input %b : f32[3]
  const %y_indices : i64[2] = [0, 0]
  %y_view : f32[1,3] = aten.view.default(self=%b, size=[1, 3])
  %y_selected : f32[2,3] = aten.index_select.default(self=%y_view, dim=0, index=%y_indices)
  %y : f32[2,3] = aten.add.Tensor(self=%a, other=%y_selected)
  output %y "y"
}
)");
}

}  // namespace
}  // namespace cortico::passes

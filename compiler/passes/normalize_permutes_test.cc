#include <numeric>

#include "compiler/passes/pass_test.h"
#include "compiler/reference/evaluate.h"

namespace cortico::passes {
namespace {

TEST(NormalizePermutes, NeighboursMoveAsOne) {
  ExpectRewrite(NormalizePermutes, R"(graph g {
  input %x : f32[1,2,4,3,5]
  %y : f32[1,4,2,3,5] = aten.transpose.int(self=%x, dim0=1, dim1=2)
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[1,2,4,3,5]
  %y_view : f32[2,4,15] = aten.view.default(self=%x, size=[2, 4, 15])
  %y_permuted : f32[4,2,15] = aten.permute.default(self=%y_view, dims=[1, 0, 2])
  %y_view_1 : f32[1,4,2,3,5] = aten.view.default(self=%y_permuted, size=[1, 4, 2, 3, 5])
  output %y_view_1 "y"
}
)");
}

TEST(NormalizePermutes, NamesOfOnePermutation) {
  const auto dims = [](const std::string& op) {
    const std::string after = RunPass(NormalizePermutes, "graph g {\n  input %x : f32[2,3,4]\n  %y : f32[" +
                                                             op + "\n  output %y \"y\"\n}\n").after;
    const size_t at = after.find("dims=");
    return at == std::string::npos ? after : after.substr(at, after.find(')', at) - at);
  };
  EXPECT_EQ(dims("4,3,2] = aten.swapaxes.default(self=%x, axis0=0, axis1=-1)"), "dims=[2, 1, 0]");
  EXPECT_EQ(dims("3,4,2] = aten.movedim.int(self=%x, source=0, destination=-1)"), "dims=[1, 2, 0]");
  EXPECT_EQ(dims("4,2,3] = aten.movedim.intlist(self=%x, source=[2], destination=[0])"), "dims=[2, 0, 1]");
  EXPECT_EQ(dims("2,4,3] = aten.mT.default(self=%x)"), "dims=[0, 2, 1]");
}

// Whatever it is split into moves every element to the same place, and no piece has five dimensions.
TEST(NormalizePermutes, PiecesMakeTheWhole) {
  for (const std::string node :
       {"f32[2,3,2,5,2,1] = aten.permute.default(self=%x, dims=[5, 1, 3, 4, 2, 0])",
        "f32[1,2,2,5,3,2] = aten.permute.default(self=%x, dims=[0, 5, 2, 4, 1, 3])",
        "f32[2,5,2,1,3,2] = aten.permute.default(self=%x, dims=[3, 4, 5, 0, 1, 2])"}) {
    std::string text = "graph g {\n  input %x : f32[1,3,2,2,5,2]\n  %y : " + node + "\n  output %y \"y\"\n}\n";
    // The result's sizes follow from the permutation.
    Ints64 dims;
    for (size_t at = text.find("dims=[") + 6; text[at - 2] != ']'; at += 3) dims.push_back(text[at] - '0');
    std::string sizes;
    for (int64_t d : dims) sizes += (sizes.empty() ? "" : ",") + std::to_string(Ints64{1, 3, 2, 2, 5, 2}[static_cast<size_t>(d)]);
    const size_t first = text.find("%y : f32[") + 9;
    text.replace(first, text.find(']', first) - first, sizes);
    const PassResult split = RunPass(NormalizePermutes, text);
    Diagnostics diagnostics;
    Sample sample(1);
    sample[0] = {{DType::kFloat32, {1, 3, 2, 2, 5, 2}, {}, {}}, Bytes(120 * 4)};
    std::iota(sample[0].As<float>(), sample[0].As<float>() + 120, 0.0f);
    const auto before = ParseGraph(text, diagnostics), after = ParseGraph(split.after, diagnostics);
    ASSERT_TRUE(before && after) << split.after;
    for (const auto& n : after->nodes()) {
      if (n->Is("aten.permute.default")) {
        EXPECT_LE(n->output()->type.rank(), 4) << split.after;
      }
    }
    EXPECT_EQ(Evaluator(*before).Run(sample, diagnostics)->at(0).data,
              Evaluator(*after).Run(sample, diagnostics)->at(0).data) << split.after;
  }
}

}  // namespace
}  // namespace cortico::passes

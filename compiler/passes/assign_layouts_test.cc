#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

constexpr char kPool[] =
    "aten.max_pool2d.default(self=%SELF, kernel_size=[2, 2], stride=[2, 2])";
std::string Pool(const std::string& self) {
  std::string text = kPool;
  text.replace(text.find("SELF"), 4, self);
  return text;
}

// Two pools in a row: one reordering before the first, none between, one behind the last.
TEST(AssignLayouts, ReordersOnlyWhereOrdersMeet) {
  ExpectRewrite(AssignLayouts,
                "graph g {\n  input %x : i8[1,3,8,8] q(0.5, 0, -128, 127)\n"
                "  %a : i8[1,3,4,4] q(0.5, 0, -128, 127) = " + Pool("x") +
                    "\n  %b : i8[1,3,2,2] q(0.5, 0, -128, 127) = " + Pool("a") +
                    "\n  output %b \"b\"\n}\n",
                "graph g {\n  input %x : i8[1,3,8,8] q(0.5, 0, -128, 127)\n"
                "  %x_nhwc : i8[1,3,8,8]{0,2,3,1} q(0.5, 0, -128, 127) = cortico.reorder(self=%x)\n"
                "  %a : i8[1,3,4,4]{0,2,3,1} q(0.5, 0, -128, 127) = " + Pool("x_nhwc") +
                    "\n  %b : i8[1,3,2,2]{0,2,3,1} q(0.5, 0, -128, 127) = " + Pool("a") +
                    "\n  %b_nchw : i8[1,3,2,2] q(0.5, 0, -128, 127) = cortico.reorder(self=%b)\n"
                    "  output %b_nchw \"b\"\n}\n");
}

// Read in both orders by three readers: turned once.
TEST(AssignLayouts, TurnsAValueOnce) {
  const PassResult result = RunPass(
      AssignLayouts, "graph g {\n  input %x : i8[1,3,8,8] q(0.5, 0, -128, 127)\n"
                     "  %a : i8[1,3,4,4] q(0.5, 0, -128, 127) = " + Pool("x") +
                         "\n  %b : i8[1,3,4,4] q(0.5, 0, -128, 127) = " + Pool("x") +
                         "\n  %v : i8[192] q(0.5, 0, -128, 127) = aten.view.default(self=%x, size=[192])"
                         "\n  output %a \"a\"\n  output %b \"b\"\n  output %v \"v\"\n}\n");
  EXPECT_EQ(result.messages, "");
  size_t count = 0;
  for (size_t at = 0; (at = result.after.find("reorder(self=%x)", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 1u) << result.after;
}

TEST(AssignLayouts, AConstantOperandIsTurnedInTheFile) {
  const PassResult result = RunPass(
      AssignLayouts, "graph g {\n  input %x : i8[1,2,2,2] q(0.5, 0, -128, 127)\n"
                     "  const %c : i8[1,2,1,1] q(0.5, 0, -128, 127) = [7, 9]\n"
                     "  const %k : i8[1,2,1,2] q(0.5, 0, -128, 127) = [1, 2, 3, 4]\n"
                     "  %a : i8[1,2,1,1] q(0.5, 0, -128, 127) = " + Pool("x") +
                         "\n  %s : i8[1,2,1,1] q(0.5, 0, -128, 127) = aten.add.Tensor(self=%a, other=%c)"
                         "\n  %t : i8[1,2,1,1] q(0.5, 0, -128, 127) = aten.add.Tensor(self=%a, other=%k)"
                         "\n  output %s \"s\"\n  output %t \"t\"\n}\n");
  // Channel by channel within a pixel: (1, 3), (2, 4).
  EXPECT_NE(result.after.find("%k_nhwc : i8[1,2,1,2]{0,2,3,1} q(0.5, 0, -128, 127) = [1, 3, 2, 4]"),
            std::string::npos) << result.after;
}

// Floats are computed with in the logical order: the integers in front of them are reordered.
TEST(AssignLayouts, FloatsLieInTheLogicalOrder) {
  const PassResult result = RunPass(AssignLayouts, R"(graph g {
  input %x : i8[1,2,4,4] q(0.5, 0, -128, 127)
  %p : i8[1,2,2,2] q(0.5, 0, -128, 127) = aten.max_pool2d.default(self=%x, kernel_size=[2, 2])
  %d : f32[1,2,2,2] = quantized_decomposed.dequantize_per_tensor.default(input=%p, scale=0.5, zero_point=0, quant_min=-128, quant_max=127, dtype=:i8)
  %y : f32[1,2,2,2] = aten.exp.default(self=%d)
  output %y "y"
}
)");
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("%p_nchw : i8[1,2,2,2] q(0.5, 0, -128, 127) = cortico.reorder(self=%p)"),
            std::string::npos)
      << result.after;
  EXPECT_NE(result.after.find("%y : f32[1,2,2,2] = aten.exp.default(self=%d)"), std::string::npos)
      << result.after;
}

}  // namespace
}  // namespace cortico::passes

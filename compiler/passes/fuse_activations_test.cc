#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

constexpr char kQuantize[] =
    "quantized_decomposed.quantize_per_tensor.default(input=%%r, scale=0.5, zero_point=-100, "
    "quant_min=-128, quant_max=127, dtype=:i8)";

std::string Layer(const std::string& activation, const std::string& after) {
  std::string quantize = kQuantize;
  quantize.replace(quantize.find("%%r"), 3, "%r");
  return "graph g {\n  input %x : f32[1,2]\n  input %z : f32[1,2]\n"
         "  %c : f32[1,2] = aten.add.Tensor(self=%x, other=%z)\n"
         "  %r : f32[1,2] = " + activation + "\n" + after +
         "  %q : i8[1,2] = " + quantize + "\n  output %q \"q\"\n}\n";
}

TEST(FuseActivations, ReluBecomesABound) {
  const PassResult result = RunPass(FuseActivations, Layer("aten.relu.default(self=%c)", ""));
  EXPECT_NE(result.after.find("%r : f32[1,2] = aten.add.Tensor(self=%x, other=%z, fused_min=0.0, fused_max=inf)"),
            std::string::npos) << result.after;
  EXPECT_NE(result.after.find("(input=%r, scale"), std::string::npos);
  EXPECT_EQ(result.log.size(), 1u);
}

TEST(FuseActivations, HardtanhBecomesTwo) {
  const PassResult result =
      RunPass(FuseActivations, Layer("aten.hardtanh.default(self=%c, min_val=-1.0, max_val=6.0)", ""));
  EXPECT_NE(result.after.find("fused_min=-1.0, fused_max=6.0"), std::string::npos) << result.after;
}

TEST(FuseActivations, NotWhenTheSumItselfIsRead) {
  const PassResult result =
      RunPass(FuseActivations, Layer("aten.relu.default(self=%c)", "  %s : f32[1,2] = aten.relu.default(self=%c)\n  output %s \"s\"\n"));
  EXPECT_EQ(result.after.find("fused_min"), std::string::npos) << result.after;
}

}  // namespace
}  // namespace cortico::passes

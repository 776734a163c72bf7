#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

// 0x3c00 is 1.0 and 0xc000 -2.0 in half precision; doubled, and transposed.
TEST(FoldConstants, AWeightThatIsComputedIsThere) {
  const PassResult result = RunPass(FoldConstants, R"(graph g {
  input %x : f32[1,1]
  const %w : f16[1,2] origin "w" = hex "003c00c0"
  %w32 : f32[1,2] = aten._to_copy.default(self=%w, dtype=:f32)
  %m : f32[1,2] = aten.mul.Tensor(self=%w32, other=2.0)
  %t : f32[2,1] = aten.t.default(self=%m)
  %y : f32[1,2] = aten.linear.default(input=%x, weight=%t)
  output %y "y"
}
)");
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("const %t : f32[2,1] origin \"w\" = [2.0, -4.0]"), std::string::npos)
      << result.after;
  EXPECT_EQ(result.after.find("_to_copy"), std::string::npos) << result.after;
}

TEST(FoldConstants, IntegersBetweenQuantizeAndDequantizeStay) {
  const std::string text = R"(graph g {
  const %w : i8[2] = [1, 2]
  %d : f32[2] = quantized_decomposed.dequantize_per_tensor.default(input=%w, scale=0.5, zero_point=0, quant_min=-127, quant_max=127, dtype=:i8)
  output %d "d"
}
)";
  EXPECT_EQ(RunPass(FoldConstants, text).after, text);
}

TEST(FoldConstants, WhatReadsNothingIsAConstant) {
  const PassResult result = RunPass(FoldConstants, R"(graph g {
  input %x : f32[3]
  %r : i64[3] = aten.arange.default(end=3)
  %o : f32[3] = aten.full_like.default(self=%x, fill_value=0.5)
  output %r "r"
  output %o "o"
}
)");
  EXPECT_EQ(result.messages, "");
  EXPECT_EQ(result.after, R"(graph g {
  input %x : f32[3]
  const %r : i64[3] = [0, 1, 2]
  const %o : f32[3] = [0.5, 0.5, 0.5]
  output %r "r"
  output %o "o"
}
)");
}

}  // namespace
}  // namespace cortico::passes

#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

// [1 2; 3 4; 5 6] turned round is [1 3 5; 2 4 6].
TEST(DecomposeFloat, LinearIsAProductOfRows) {
  ExpectRewrite(DecomposeFloat, R"(graph g {
  input %x : f32[2,1,2]
  const %w : f32[3,2] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
  const %b : f32[3] = [0.5, 0.5, 0.5]
  %y : f32[2,1,3] = aten.linear.default(input=%x, weight=%w, bias=%b)
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[2,1,2]
  const %b : f32[3] = [0.5, 0.5, 0.5]
  const %w_t : f32[2,3] = [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]
  %y_1 : f32[2,2] = aten.view.default(self=%x, size=[2, 2])
  %y_2 : f32[2,3] = aten.addmm.default(self=%b, mat1=%y_1, mat2=%w_t)
  %y : f32[2,1,3] = aten.view.default(self=%y_2, size=[2, 1, 3])
  output %y "y"
}
)");
}

TEST(DecomposeFloat, WhatHasNoOpIsAFormula) {
  ExpectRewrite(DecomposeFloat, R"(graph g {
  input %x : f32[3]
  %s : f32[3] = aten.silu.default(self=%x)
  %y : f32[3] = aten.rsub.Scalar(self=%s, other=1.5)
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[3]
  %s_1 : f32[3] = aten.sigmoid.default(self=%x)
  %s : f32[3] = aten.mul.Tensor(self=%x, other=%s_1)
  %y : f32[3] = aten.sub.Tensor(self=1.5, other=%s)
  output %y "y"
}
)");
}

TEST(DecomposeFloat, ANormHasThreeResults) {
  ExpectRewrite(DecomposeFloat, R"(graph g {
  input %x : f32[2,3,4]
  %y : f32[2,3,4] = aten.layer_norm.default(input=%x, normalized_shape=[4])
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[2,3,4]
  %y : f32[2,3,4], %y_1_1 : f32[2,3,1], %y_2 : f32[2,3,1] = aten.native_layer_norm.default(input=%x, normalized_shape=[4], weight=none, bias=none, eps=1e-05)
  output %y "y"
}
)");
}

// Integers have ops of their own, which know their scales.
TEST(DecomposeFloat, LeavesQuantizedNodesAlone) {
  const std::string text = R"(graph g {
  input %x : i8[1,2] q(0.5, 3, -128, 127)
  const %w : i8[1,2] q(0.5, 0, -127, 127) = [1, 2]
  %y : i8[1,1] q(0.5, 0, -128, 127) = aten.linear.default(input=%x, weight=%w, bias=none)
  output %y "y"
}
)";
  ExpectRewrite(DecomposeFloat, text, text);
}

TEST(DecomposeFloat, MasksHaveLogicalOps) {
  ExpectRewrite(DecomposeFloat, R"(graph g {
  input %a : bool[3]
  input %b : bool[3]
  input %n : i64[3]
  %y : bool[3] = aten.bitwise_and.Tensor(self=%a, other=%b)
  %z : i64[3] = aten.bitwise_and.Tensor(self=%n, other=%n)
  output %y "y"
  output %z "z"
}
)",
                R"(graph g {
  input %a : bool[3]
  input %b : bool[3]
  input %n : i64[3]
  %y : bool[3] = aten.logical_and.default(self=%a, other=%b)
  %z : i64[3] = aten.bitwise_and.Tensor(self=%n, other=%n)
  output %y "y"
  output %z "z"
}
)");
}

}  // namespace
}  // namespace cortico::passes

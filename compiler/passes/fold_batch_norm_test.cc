#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

// gamma 2, var 3, eps 1: factor 2 / sqrt(4) = 1; gamma 6, var 8, eps 1: factor 6 / 3 = 2.
// Weights 5, 7 → 5, 14. Biases (b - mean) * factor + beta: (1 - 3) * 1 + 10 = 8, (2 - 4) * 2 + 20 = 16.
TEST(FoldBatchNorm, IntoTheConvolutionBefore) {
  ExpectRewrite(FoldBatchNorm, R"(graph g {
  input %x : f32[1,1,2,2]
  const %w : f32[2,1,1,1] = [5.0, 7.0]
  const %b : f32[2] = [1.0, 2.0]
  const %gamma : f32[2] = [2.0, 6.0]
  const %beta : f32[2] = [10.0, 20.0]
  const %mean : f32[2] = [3.0, 4.0]
  const %var : f32[2] = [3.0, 8.0]
  %c : f32[1,2,2,2] = aten.conv2d.default(input=%x, weight=%w, bias=%b)
  %y : f32[1,2,2,2] = aten.batch_norm.default(input=%c, weight=%gamma, bias=%beta, running_mean=%mean, running_var=%var, training=false, momentum=0.1, eps=1.0)
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[1,1,2,2]
  const %w_bn : f32[2,1,1,1] = [5.0, 14.0]
  const %w_bn_bias : f32[2] = [8.0, 16.0]
  %c : f32[1,2,2,2] = aten.conv2d.default(input=%x, weight=%w_bn, bias=%w_bn_bias)
  output %c "y"
}
)");
}

// Nothing to fold into: mean 3, factor 2 → x * 2 + (1 - 3 * 2) = x * 2 - 5, as a depthwise layer.
TEST(FoldBatchNorm, AloneItIsADepthwiseConvolution) {
  const PassResult result = RunPass(FoldBatchNorm, R"(graph g {
  input %x : f32[1,1,2,2]
  const %gamma : f32[1] = [4.0]
  const %beta : f32[1] = [1.0]
  const %mean : f32[1] = [3.0]
  const %var : f32[1] = [3.0]
  %y : f32[1,1,2,2], %u : f32[0], %v : f32[0] = aten._native_batch_norm_legit_no_training.default(input=%x, weight=%gamma, bias=%beta, running_mean=%mean, running_var=%var, momentum=0.1, eps=1.0)
  output %y "y"
}
)");
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("%y_factor : f32[1,1,1,1] = [2.0]"), std::string::npos) << result.after;
  EXPECT_NE(result.after.find("%y_addend : f32[1] = [-5.0]"), std::string::npos) << result.after;
  EXPECT_NE(result.after.find("aten.conv2d.default(input=%x, weight=%y_factor"), std::string::npos);
}

// The convolution's own result is read elsewhere: it may not change.
TEST(FoldBatchNorm, NotWhenTheLayerHasAnotherReader) {
  const PassResult result = RunPass(FoldBatchNorm, R"(graph g {
  input %x : f32[1,1,2,2]
  const %w : f32[1,1,1,1] = [5.0]
  const %mean : f32[1] = [0.0]
  const %var : f32[1] = [1.0]
  %c : f32[1,1,2,2] = aten.conv2d.default(input=%x, weight=%w, bias=none)
  %y : f32[1,1,2,2] = aten.batch_norm.default(input=%c, weight=none, bias=none, running_mean=%mean, running_var=%var, training=false, momentum=0.1, eps=0.0)
  output %y "y"
  output %c "c"
}
)");
  EXPECT_NE(result.after.find("%c : f32[1,1,2,2] = aten.conv2d.default(input=%x, weight=%w,"),
            std::string::npos) << result.after;
}

TEST(FoldBatchNorm, TrainingModeIsAnError) {
  const PassResult result = RunPass(FoldBatchNorm, R"(graph g {
  input %x : f32[1,1,2,2]
  const %mean : f32[1] = [0.0]
  const %var : f32[1] = [1.0]
  %y : f32[1,1,2,2] = aten.batch_norm.default(input=%x, weight=none, bias=none, running_mean=%mean, running_var=%var, training=true, momentum=0.1, eps=0.0)
  output %y "y"
}
)");
  EXPECT_NE(result.messages.find("training mode; call model.eval()"), std::string::npos);
}

// Its channels are dimension 1, the layer's outputs the last: of equal size here, and another thing.
TEST(FoldBatchNorm, NotIntoALinearLayerOfRankThree) {
  const PassResult result = RunPass(FoldBatchNorm, R"(graph g {
  input %x : f32[1,2,3]
  const %w : f32[2,3] = [1, 2, 3, 4, 5, 6]
  const %g : f32[2] = [2, 3]
  %y : f32[1,2,2] = aten.linear.default(input=%x, weight=%w)
  %z : f32[1,2,2] = aten.batch_norm.default(input=%y, weight=%g, training=false)
  output %z "z"
}
)");
  EXPECT_NE(result.after.find("aten.batch_norm.default(input=%y"), std::string::npos) << result.after;
}

// A transposed convolution has its outputs in dimension 1 of the weight.
TEST(FoldBatchNorm, IntoATransposedConvolution) {
  const PassResult result = RunPass(FoldBatchNorm, R"(graph g {
  input %x : f32[1,2,1,1]
  const %w : f32[2,2,1,1] = [1, 2, 3, 4]
  const %g : f32[2] = [10, 100]
  %y : f32[1,2,1,1] = aten.conv_transpose2d.input(input=%x, weight=%w)
  %z : f32[1,2,1,1] = aten.batch_norm.default(input=%y, weight=%g, training=false, eps=0.0)
  output %z "z"
}
)");
  EXPECT_NE(result.after.find("[10.0, 200.0, 30.0, 400.0]"), std::string::npos) << result.after;
}

TEST(FoldBatchNorm, AVarianceBelowZeroIsNamed) {
  const PassResult result = RunPass(FoldBatchNorm, R"(graph g {
  input %x : f32[1,1,2,2]
  const %v : f32[1] = [-1]
  %z : f32[1,1,2,2] = aten.batch_norm.default(input=%x, running_var=%v, training=false) @ "bn" "net.bn" "n.py:1"
  output %z "z"
}
)");
  EXPECT_NE(result.messages.find("node 'bn' (net.bn, n.py:1): batch normalisation has a variance"),
            std::string::npos) << result.messages;
}

}  // namespace
}  // namespace cortico::passes

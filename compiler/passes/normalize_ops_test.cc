#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

// What run_decompositions() makes of nn.Linear: permute of the weight, then addmm.
TEST(NormalizeOps, AddmmOfAPermutedWeightIsLinear) {
  ExpectRewrite(NormalizeOps, R"(graph g {
  input %x : f32[1,2]
  const %w : f32[3,2] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
  const %b : f32[3] = [0.0, 0.5, 1.0]
  %t : f32[2,3] = aten.permute.default(self=%w, dims=[1, 0])
  %y : f32[1,3] = aten.addmm.default(self=%b, mat1=%x, mat2=%t)
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[1,2]
  const %w : f32[3,2] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
  const %b : f32[3] = [0.0, 0.5, 1.0]
  %y : f32[1,3] = aten.linear.default(input=%x, weight=%w, bias=%b)
  output %y "y"
}
)");
}

// A bias and a matrix that torchao quantized and the export turned.
TEST(NormalizeOps, AddmmOfAQuantizedMatrixIsLinear) {
  const PassResult result = RunPass(NormalizeOps, R"(graph g {
  input %x : f32[1,2]
  const %w : i8[2,3] = [1, 2, 3, 4, 5, 6]
  const %s : f32[3] = [0.5, 0.25, 0.125]
  const %z : i64[3] = [0, 0, 0]
  const %b : f32[3] = [0.0, 0.5, 1.0]
  %wd : f32[2,3] = quantized_decomposed.dequantize_per_channel.default(input=%w, scales=%s, zero_points=%z, axis=1, quant_min=-127, quant_max=127, dtype=:i8)
  %y : f32[1,3] = aten.addmm.default(self=%b, mat1=%x, mat2=%wd)
  output %y "y"
}
)");
  EXPECT_NE(result.after.find("i8[3,2] = [1, 4, 2, 5, 3, 6]"), std::string::npos) << result.after;
  EXPECT_NE(result.after.find("axis=0"), std::string::npos) << result.after;
  EXPECT_NE(result.after.find("aten.linear.default(input=%x, weight=%wd_t, bias=%b)"),
            std::string::npos) << result.after;
}

TEST(NormalizeOps, ParametersInConstantTensorsAreNumbers) {
  const PassResult result = RunPass(NormalizeOps, R"(graph g {
  input %x : f32[2]
  const %s : f32[1] = [0.5]
  const %z : i64[1] = [3]
  %q : i8[2] = quantized_decomposed.quantize_per_tensor.tensor(input=%x, scale=%s, zero_point=%z, quant_min=-128, quant_max=127, dtype=:i8)
  output %q "q"
}
)");
  EXPECT_NE(result.after.find("quantize_per_tensor.default(input=%x, scale=0.5, zero_point=3, "
                              "quant_min=-128, quant_max=127, dtype=:i8)"),
            std::string::npos) << result.after;
}

// An even window has an odd border; PyTorch puts the odd pixel at the end.
TEST(NormalizeOps, SamePaddingOfAnEvenWindow) {
  ExpectRewrite(NormalizeOps, R"(graph g {
  input %x : f32[1,1,4,4]
  const %w : f32[1,1,2,3] = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
  %y : f32[1,1,4,4] = aten.conv2d.padding(input=%x, weight=%w, bias=none, stride=[1, 1], padding="same")
  output %y "y"
}
)",
                R"(graph g {
  input %x : f32[1,1,4,4]
  const %w : f32[1,1,2,3] = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
  %y_same : f32[1,1,5,6] = aten.constant_pad_nd.default(self=%x, pad=[1, 1, 0, 1], value=0.0)
  %y : f32[1,1,4,4] = aten.conv2d.default(input=%y_same, weight=%w, bias=none, stride=[1, 1], padding=[0, 0])
  output %y "y"
}
)");
}

TEST(NormalizeOps, ActivationsHaveOneName) {
  ExpectRewrite(NormalizeOps, R"(graph g {
  input %x : f32[4]
  %a : f32[4] = aten.relu6.default(self=%x)
  %b : f32[4] = aten.clamp.default(self=%a, min=-1, max=0.5)
  %c : f32[4] = aten.clamp.default(self=%b, min=0)
  output %c "c"
}
)",
                R"(graph g {
  input %x : f32[4]
  %a : f32[4] = aten.hardtanh.default(self=%x, min_val=0.0, max_val=6.0)
  %b : f32[4] = aten.hardtanh.default(self=%a, min_val=-1.0, max_val=0.5)
  %c : f32[4] = aten.relu.default(self=%b)
  output %c "c"
}
)");
}

TEST(NormalizeOps, PoolWithIndicesOnlyWhenNobodyReadsThem) {
  const std::string head = R"(graph g {
  input %x : f32[1,1,4,4]
  %y : f32[1,1,2,2], %i : i64[1,1,2,2] = aten.max_pool2d_with_indices.default(self=%x, kernel_size=[2, 2])
  output %y "y"
)";
  EXPECT_NE(RunPass(NormalizeOps, head + "}\n").after.find("= aten.max_pool2d.default(self=%x"),
            std::string::npos);
  EXPECT_NE(RunPass(NormalizeOps, head + "  output %i \"i\"\n}\n").after.find("with_indices"),
            std::string::npos);
}

// As torch: max(min(x, high), low) with low > high is high.
TEST(NormalizeOps, CrossedBoundsGiveTheUpperOne) {
  const PassResult result = RunPass(NormalizeOps, R"(graph g {
  input %x : f32[4]
  %y : f32[4] = aten.clamp.default(self=%x, min=1.0, max=-1.0)
  output %y "y"
}
)");
  EXPECT_NE(result.after.find("aten.hardtanh.default(self=%x, min_val=-1.0, max_val=-1.0)"),
            std::string::npos) << result.after;
}

// Exports leave defaults out: the padding "valid", the mode "constant", the value 0.
TEST(NormalizeOps, DefaultsThatAreLeftOut) {
  const PassResult conv = RunPass(NormalizeOps, R"(graph g {
  input %x : f32[1,1,4,4]
  const %w : f32[1,1,3,3] = [1, 1, 1, 1, 1, 1, 1, 1, 1]
  %y : f32[1,1,2,2] = aten.conv2d.padding(input=%x, weight=%w)
  output %y "y"
}
)");
  EXPECT_NE(conv.after.find("aten.conv2d.default(input=%x, weight=%w, padding=[0, 0])"),
            std::string::npos) << conv.after;
  const PassResult pad = RunPass(NormalizeOps, R"(graph g {
  input %x : f32[1,4]
  %y : f32[1,6] = aten.pad.default(self=%x, pad=[1, 1])
  %z : f32[1,6] = aten.pad.default(self=%x, pad=[1, 1], mode="reflect")
  output %y "y"
  output %z "z"
}
)");
  EXPECT_NE(pad.after.find("aten.constant_pad_nd.default(self=%x, pad=[1, 1], value=0.0)"),
            std::string::npos) << pad.after;
  EXPECT_NE(pad.after.find("mode=\"reflect\""), std::string::npos) << pad.after;
}

}  // namespace
}  // namespace cortico::passes

#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

// conv1d as torchao leaves it: the weight's integers become an image's, with the scales they had.
TEST(RaiseRank, AQuantizedSignalIsAnImageOfHeightOne) {
  const PassResult result = RunPass(RaiseRank, R"(graph g {
  input %x : f32[1,1,4]
  const %w : i8[2,1,3] = [1, 2, 3, 4, 5, 6]
  const %s : f32[2] = [0.5, 0.25]
  const %z : i64[2] = [0, 0]
  %d : f32[2,1,3] = quantized_decomposed.dequantize_per_channel.default(input=%w, scales=%s, zero_points=%z, axis=0, quant_min=-127, quant_max=127, dtype=:i8)
  %y : f32[1,2,4] = aten.conv1d.default(input=%x, weight=%d, bias=none, stride=[1], padding=[1])
  output %y "y"
}
)");
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("i8[2,1,1,3] = [1, 2, 3, 4, 5, 6]"), std::string::npos) << result.after;
  EXPECT_NE(result.after.find("axis=0"), std::string::npos) << result.after;
  EXPECT_NE(result.after.find("aten.conv2d.default(input=%x_view, weight=%d_view, bias=none, "
                              "stride=[1, 1], padding=[0, 1])"),
            std::string::npos) << result.after;
}

// From one layer to the next the pair works on images, and no view is left between.
TEST(RaiseRank, APairBetweenTwoLayersStaysAnImage) {
  const auto pair = [](const char* op, const char* input) {
    return std::string("quantized_decomposed.") + op + "_per_tensor.default(input=%" + input +
           ", scale=0.5, zero_point=3, quant_min=-128, quant_max=127, dtype=:i8)\n";
  };
  const PassResult result = RunPass(RaiseRank, "graph g {\n  input %x : f32[1,1,4]\n"
      "  const %w : f32[1,1,1] = [2.0]\n"
      "  %a : f32[1,1,4] = aten.conv1d.default(input=%x, weight=%w)\n  %q : i8[1,1,4] = " +
      pair("quantize", "a") + "  %d : f32[1,1,4] = " + pair("dequantize", "q") +
      "  %b : f32[1,1,4] = aten.conv1d.default(input=%d, weight=%w)\n  output %b \"b\"\n}\n");
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("%q : i8[1,1,1,4] = quantized_decomposed.quantize_per_tensor.default(input=%a,"),
            std::string::npos) << result.after;
  EXPECT_NE(result.after.find("%d : f32[1,1,1,4] = quantized_decomposed.dequantize_per_tensor.default(input=%q,"),
            std::string::npos) << result.after;
  EXPECT_NE(result.after.find("%b : f32[1,1,1,4] = aten.conv2d.default(input=%d,"), std::string::npos)
      << result.after;
}

TEST(RaiseRank, MmOfAConstantMatrixIsLinear) {
  const PassResult result = RunPass(RaiseRank, R"(graph g {
  input %x : f32[1,2]
  const %w : f32[2,3] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
  %y : f32[1,3] = aten.mm.default(self=%x, mat2=%w)
  output %y "y"
}
)");
  EXPECT_NE(result.after.find("const %w_t : f32[3,2] = [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]"),
            std::string::npos) << result.after;
  EXPECT_NE(result.after.find("aten.linear.default(input=%x, weight=%w_t, bias=none)"),
            std::string::npos) << result.after;
}

// A quantized weight stands behind a dequantize; a transpose of it is looked through all the same.
TEST(RaiseRank, MmOfAQuantizedMatrixIsLinear) {
  const PassResult result = RunPass(RaiseRank, R"(graph g {
  input %x : f32[1,2]
  const %w : i8[1,2] = [1, 2]
  %wd : f32[1,2] = quantized_decomposed.dequantize_per_tensor.default(input=%w, scale=0.5, zero_point=0, quant_min=-127, quant_max=127, dtype=:i8)
  %t : f32[2,1] = aten.permute.default(self=%wd, dims=[1, 0])
  %y : f32[1,1] = aten.mm.default(self=%x, mat2=%t)
  output %y "y"
}
)");
  EXPECT_NE(result.after.find("aten.linear.default(input=%x, weight=%wd, bias=none)"),
            std::string::npos) << result.after;
}

}  // namespace
}  // namespace cortico::passes

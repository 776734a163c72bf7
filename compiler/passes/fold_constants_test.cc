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

TEST(FoldConstants, AConstantIsQuantizedHere) {
  // 1.0 / 0.5 + 3 = 5, 1.25 / 0.5 = 2.5 rounds to even: 2 + 3 = 5, 100 / 0.5 is clamped to 127.
  const PassResult result =
      RunPass(FoldConstants, R"(graph g {
  const %c : f32[3] = [1.0, 1.25, 100.0]
  %q : i8[3] = quantized_decomposed.quantize_per_tensor.default(input=%c, scale=0.5, zero_point=3, quant_min=-128, quant_max=127, dtype=:i8)
  output %q "q"
}
)");
  EXPECT_NE(result.after.find("= [5, 5, 127]"), std::string::npos) << result.after;
}

// Row 0 at 0.5: 1, -2; row 1 at 0.25: 4, -127 (clamped). As torchao exports weights it did not fold.
TEST(FoldConstants, AWeightIsQuantizedPerChannelHere) {
  const PassResult result = RunPass(FoldConstants, R"(graph g {
  const %w : f32[2,2] = [0.5, -1.0, 1.0, -99.0]
  const %s : f32[2] = [0.5, 0.25]
  const %z : i64[2] = [0, 0]
  %q : i8[2,2] = quantized_decomposed.quantize_per_channel.default(input=%w, scales=%s, zero_points=%z, axis=0, quant_min=-127, quant_max=127, dtype=:i8)
  output %q "q"
}
)");
  EXPECT_NE(result.after.find("= [1, -2, 4, -127]"), std::string::npos) << result.after;
}

// A signal's weights as an image's: the integers take the new form, each channel keeps its scale.
TEST(FoldConstants, AViewOfAQuantizedWeightMovesItsIntegers) {
  const PassResult result = RunPass(FoldConstants, R"(graph g {
  const %w : i8[2,2] = [1, 2, 3, 4]
  const %s : f32[2] = [0.5, 0.25]
  const %z : i64[2] = [0, 0]
  %d : f32[2,2] = quantized_decomposed.dequantize_per_channel.default(input=%w, scales=%s, zero_points=%z, axis=0, quant_min=-127, quant_max=127, dtype=:i8)
  %p : f32[2,2] = aten.permute.default(self=%d, dims=[1, 0])
  %v : f32[2,1,2] = aten.view.default(self=%p, size=[2, 1, 2])
  output %v "v"
}
)");
  EXPECT_NE(result.after.find("i8[2,1,2] = [1, 3, 2, 4]"), std::string::npos) << result.after;
  EXPECT_NE(result.after.find("%v : f32[2,1,2] = quantized_decomposed.dequantize_per_channel.default("),
            std::string::npos) << result.after;
  EXPECT_NE(result.after.find("axis=2"), std::string::npos) << result.after;
  EXPECT_EQ(result.after.find("aten."), std::string::npos) << result.after;
}

// Channels that a view tears apart have no dimension any more.
TEST(FoldConstants, AViewThatTearsChannelsApartStays) {
  const PassResult result = RunPass(FoldConstants, R"(graph g {
  const %w : i8[2,3] = [1, 2, 3, 4, 5, 6]
  const %s : f32[3] = [0.5, 0.25, 0.125]
  const %z : i64[3] = [0, 0, 0]
  %d : f32[2,3] = quantized_decomposed.dequantize_per_channel.default(input=%w, scales=%s, zero_points=%z, axis=1, quant_min=-127, quant_max=127, dtype=:i8)
  %v : f32[6] = aten.view.default(self=%d, size=[6])
  output %v "v"
}
)");
  EXPECT_NE(result.after.find("%v : f32[6] = aten.view.default(self=%d"), std::string::npos)
      << result.after;
}

// (3 - 1) * 0.5: a number for add, whatever its clothes.
TEST(FoldConstants, ANumberBehindADequantizeIsANumber) {
  const PassResult result = RunPass(FoldConstants, R"(graph g {
  input %x : f32[2]
  const %c : i8[1] = [3]
  %d : f32[1] = quantized_decomposed.dequantize_per_tensor.default(input=%c, scale=0.5, zero_point=1, quant_min=-128, quant_max=127, dtype=:i8)
  %y : f32[2] = aten.add.Tensor(self=%x, other=%d)
  output %y "y"
}
)");
  EXPECT_NE(result.after.find("const %d : f32[1] = [1.0]"), std::string::npos) << result.after;
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

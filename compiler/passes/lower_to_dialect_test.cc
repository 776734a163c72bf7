#include <algorithm>

#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

constexpr char kLinear[] = R"(graph g {
  input %x : i8[1,2] q(0.5, 3, -128, 127)
  const %w : i8[2,2] q(0, [0.25, 0.5], [0, 0], -127, 127) = [1, 2, -3, 4]
  const %b : i32[2] q(0, [0.125, 0.25], [0, 0], -2147483648, 2147483647) = [10, -20]
  %y : i8[1,2] q(1.0, -5, -128, 127) = aten.linear.default(input=%x, weight=%w, bias=%b, fused_min=0.0)
  output %y "y"
}
)";

// Factors 0.5 * 0.25 / 1 = 2^-3 and 2^-2: multiplier 2^30 at shifts -2 and -1. ReLU's zero is -5.
TEST(LowerToDialect, LinearPerChannel) {
  TargetConfig m4 = *TargetConfig::Find("m4");
  const PassResult result = RunPass(LowerToDialect, kLinear, m4);
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find(
                "%y : i8[1,2] q(1.0, -5, -128, 127) = cortico::quantized_linear_per_channel(input=%x, weights=%w, "
                "bias=%y_bias, input_offset=-3, output_offset=-5, requantize_multipliers=%y_multipliers, "
                "requantize_shifts=%y_shifts, activation_min=-5, activation_max=127, scratch="),
            std::string::npos) << result.after;
  EXPECT_NE(result.after.find("%y_multipliers : i32[2] = [1073741824, 1073741824]"), std::string::npos);
  EXPECT_NE(result.after.find("%y_shifts : i32[2] = [-2, -1]"), std::string::npos);
  EXPECT_NE(result.after.find("%y_bias : i32[2] = [10, -20]"), std::string::npos);
}

// ExecuTorch's linear has one factor for all channels: using it here would be silently wrong. Its
// convolution has one for each.
TEST(LowerToDialect, ExecutorchDialectHasAFactorPerChannelInItsConvolution) {
  TargetConfig target;
  target.dialect = Dialect::kExecutorch;
  const PassResult result = RunPass(LowerToDialect, kLinear, target);
  EXPECT_EQ(result.messages, "");
  for (const char* line :
       {"%y_image : i8[1,2,1,1]{0,2,3,1} q(0.5, 3, -128, 127) = aten::view_copy(self=%x, size=[1, 2, 1, 1])",
        "%w_ohwi : i8[2,1,1,2] = [1, 2, -3, 4]",
        "%y_pixels : i8[1,2,1,1]{0,2,3,1} q(1.0, -5, -128, 127) = cortex_m::quantized_conv2d(input=%y_image, "
        "weight=%w_ohwi, bias=%y_bias, stride=[1, 1], padding=[0, 0], dilation=[1, 1], input_offset=-3, "
        "output_offset=-5, requantize_multipliers=%y_multipliers, requantize_shifts=%y_shifts, "
        "activation_min=-5, activation_max=127, scratch=",
        "%y : i8[1,2] q(1.0, -5, -128, 127) = aten::view_copy(self=%y_pixels, size=[1, 2])"})
    EXPECT_NE(result.after.find(line), std::string::npos) << line << "\nin\n" << result.after;
}

// Sums for MVE: input offset times the row's sum plus the bias, -3 * (1 + 2) + 10 = 1.
TEST(LowerToDialect, MveCarriesKernelSumsInsteadOfABias) {
  std::string text = kLinear;
  text.replace(text.find("[0.25, 0.5]"), 11, "[0.25, 0.25]");
  TargetConfig target;
  const PassResult result = RunPass(LowerToDialect, text, target);
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("cortex_m::quantized_linear(input=%x, weights=%w, bias=none, kernel_sum=%y_kernel_sum"),
            std::string::npos) << result.after;
  // The second bias, -20 * 0.25 = -5.0, is -40 units of 0.125: -3 * 1 - 40 = -43.
  EXPECT_NE(result.after.find("%y_kernel_sum : i32[2] = [1, -43]"), std::string::npos) << result.after;
}

// f(q) = 2 * 0.5 * (q - 3), in steps of 0.25 from zero point -10: 4 * (q - 3) - 10, clamped.
TEST(LowerToDialect, AFunctionOfOneElementIsATable) {
  const PassResult result = RunPass(LowerToDialect, R"(graph g {
  input %x : i8[4] q(0.5, 3, -128, 127)
  %y : i8[4] q(0.25, -10, -128, 127) = aten.mul.Tensor(self=%x, other=2.0)
  output %y "y"
}
)");
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("%y : i8[4] q(0.25, -10, -128, 127) = cortex_m::quantized_activation(input=%x, lut=%y_lut)"),
            std::string::npos) << result.after;
  std::string table;
  for (int q = -128; q < 128; ++q) {
    const int value = std::clamp(4 * (q - 3) - 10, -128, 127);
    table += (q == -128 ? "" : ", ") + std::to_string(value);
  }
  const bool in_list = result.after.find("[" + table + "]") != std::string::npos;
  EXPECT_TRUE(in_list || result.after.find("hex") != std::string::npos) << result.after;
}

// 0.5 * 0.25 / 0.125 = 1 = 2^30 * 2^(1 - 31).
TEST(LowerToDialect, AProductHasOneFactor) {
  const PassResult result = RunPass(LowerToDialect, R"(graph g {
  input %x : i8[1,2,3,3]{0,2,3,1} q(0.5, 3, -128, 127)
  input %s : i8[1,2,1,1]{0,2,3,1} q(0.25, -4, -128, 127)
  %y : i8[1,2,3,3]{0,2,3,1} q(0.125, 7, -128, 127) = aten.mul.Tensor(self=%x, other=%s)
  output %y "y"
}
)");
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("cortex_m::quantized_mul(self=%x, self_zero_point=3, other=%s, "
                              "other_zero_point=-4, output_zero_point=7, output_multiplier=1073741824, "
                              "output_shift=1)"),
            std::string::npos) << result.after;
}

// Shifted left by 2^20 the sum of 255 * 2 * 127 leaves 32 bits: wrapped around, not saturated.
TEST(LowerToDialect, AFactorThatWrapsIsRefused) {
  const PassResult result = RunPass(LowerToDialect, R"(graph g {
  input %x : i8[1,2] q(1.0, 0, -128, 127)
  const %w : i8[1,2] q(1.0, 0, -127, 127) = [127, 127]
  %y : i8[1,1] q(0.0000009, 0, -128, 127) = aten.linear.default(input=%x, weight=%w, bias=none)
  output %y "y"
}
)");
  EXPECT_NE(result.messages.find("32 bits cannot hold a sum"), std::string::npos) << result.messages;
}

// -1.0 is -2 steps of 0.5: not among the numbers from zero up that the input has.
TEST(LowerToDialect, APadOutsideOfTheRangeIsRefused) {
  const char kText[] = R"(graph g {
  input %x : i8[1,1,2,2]{0,2,3,1} q(0.5, -128, -128, 127)
  %y : i8[1,1,4,4]{0,2,3,1} q(0.5, -128, -128, 127) = aten.constant_pad_nd.default(self=%x, pad=[1, 1, 1, 1], value=VALUE)
  output %y "y"
}
)";
  const auto with = [&](const std::string& value) {
    std::string text = kText;
    text.replace(text.find("VALUE"), 5, value);
    return RunPass(LowerToDialect, text).messages;
  };
  EXPECT_EQ(with("1.0"), "");
  EXPECT_NE(with("-1.0").find("outside of the range"), std::string::npos);
}

TEST(LowerToDialect, NamesEveryNodeWithoutAKernel) {
  const PassResult result = RunPass(LowerToDialect, R"(graph g {
  input %x : f32[2]
  %a : f32[2] = aten.digamma.default(self=%x) @ "digamma" "net.gate" "net.py:4"
  %b : f32[2] = aten.erfinv.default(self=%a) @ "erfinv" "net" "net.py:5"
  output %b "b"
}
)");
  EXPECT_NE(result.messages.find("node 'digamma' (net.gate, net.py:4): aten.digamma.default has no kernel"),
            std::string::npos);
  EXPECT_NE(result.messages.find("node 'erfinv' (net, net.py:5): aten.erfinv.default has no kernel"),
            std::string::npos);
}

TEST(LowerToDialect, WhatIsNotQuantizedRunsInFloatAndIsSaid) {
  const PassResult result = RunPass(LowerToDialect, R"(graph g {
  input %x : f32[2,3]
  %a : f32[2,3] = aten.add.Tensor(self=%x, other=2) @ "add" "net" "net.py:4"
  %b : bool[2,3] = aten.gt.Tensor(self=%a, other=0.5)
  output %b "b"
}
)");
  EXPECT_EQ(result.messages, "");
  EXPECT_EQ(result.after, R"(graph g {
  input %x : f32[2,3]
  const %a_other : f32[] = [2.0]
  const %b_other : f32[] = [0.5]
  %a : f32[2,3] = aten::add(self=%x, other=%a_other, alpha=1.0)
  %b : bool[2,3] = aten::gt(self=%a, other=%b_other)
  output %b "b"
}
)");
  ASSERT_EQ(result.log.size(), 2u);
  EXPECT_NE(result.log[0].fallback.find("not quantized to int8"), std::string::npos)
      << "the integer add's reason: " << result.log[0].fallback;
  EXPECT_EQ(result.log[0].value, "a");
  EXPECT_EQ(result.log[0].work, 6);
  EXPECT_EQ(result.log[0].float_bytes, 48);
  EXPECT_EQ(result.log[1].fallback, "no integer op is made from aten.gt.Tensor");
  EXPECT_EQ(result.log[1].float_bytes, 24 + 6);
}

// Whatever produced the graph: a portable op on quantized data is none.
TEST(LowerToDialect, APortableOpOnQuantizedDataIsRefused) {
  const auto run = [](const std::string& type) {
    return RunPass(LowerToDialect, "graph g {\n  input %x : " + type + "\n  %y : " + type +
                                       " = aten::exp(self=%x)\n  output %y \"y\"\n}\n")
        .messages;
  };
  EXPECT_EQ(run("f32[2]"), "");
  EXPECT_NE(run("i8[2] q(0.5, 0, -128, 127)").find("computes with plain numbers"), std::string::npos);
  EXPECT_NE(run("i8[2]").find("computes with plain numbers"), std::string::npos);
}

}  // namespace
}  // namespace cortico::passes

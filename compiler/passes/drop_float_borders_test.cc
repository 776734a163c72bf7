#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

std::string Pair(const char* op, const char* input, const char* scale) {
  return std::string("quantized_decomposed.") + op + "_per_tensor.default(input=%" + input +
         ", scale=" + scale + ", zero_point=3, quant_min=-128, quant_max=127, dtype=:i8)";
}

TargetConfig Int8Io() {
  TargetConfig target;
  target.int8_io = true;
  return target;
}

std::string Relu(const std::string& more = "") {
  return "graph g {\n  input %x : f32[2]\n  %q : i8[2] q(0.5, 3, -128, 127) = " +
         Pair("quantize", "x", "0.5") +
         "\n  %r : i8[2] q(0.5, 3, -128, 127) = aten.relu.default(self=%q)\n" + more +
         "  %d : f32[2] = " + Pair("dequantize", "r", "0.5") + "\n  output %d \"y\"\n}\n";
}

TEST(DropFloatBorders, InputAndOutputAreIntegers) {
  ExpectRewrite(DropFloatBorders, Relu(),
                "graph g {\n  input %x : i8[2] q(0.5, 3, -128, 127)\n  %r : i8[2] q(0.5, 3, -128, 127) = "
                "aten.relu.default(self=%x)\n  output %r \"y\"\n}\n",
                Int8Io());
}

TEST(DropFloatBorders, NothingUnlessAskedFor) { ExpectRewrite(DropFloatBorders, Relu(), Relu()); }

TEST(DropFloatBorders, ASecondReaderWithOtherParametersRequantizes) {
  const PassResult result =
      RunPass(DropFloatBorders,
              Relu("  %q2 : i8[2] q(0.25, 3, -128, 127) = " + Pair("quantize", "x", "0.25") +
                   "\n  output %q2 \"z\"\n"),
              Int8Io());
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("i8[2] q(0.25, 3, -128, 127) = cortico.requantize(self=%x)"),
            std::string::npos) << result.after;
}

TEST(DropFloatBorders, WhatIsReadOrComputedInFloatIsAnError) {
  const PassResult result = RunPass(
      DropFloatBorders,
      Relu("  %e : f32[2] = aten.exp.default(self=%x)\n  output %e \"z\"\n"), Int8Io());
  EXPECT_NE(result.messages.find("input 'x' cannot be int8: aten.exp.default reads it in float"),
            std::string::npos) << result.messages;
  EXPECT_NE(result.messages.find("output 'z' cannot be int8: aten.exp.default computes it in float"),
            std::string::npos) << result.messages;
}

}  // namespace
}  // namespace cortico::passes

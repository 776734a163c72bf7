#include "compiler/passes/pass_test.h"

namespace cortico::passes {
namespace {

std::string Q(const std::string& input, const char* scale, const char* zero_point) {
  return "quantized_decomposed.quantize_per_tensor.default(input=%" + input + ", scale=" + scale +
         ", zero_point=" + zero_point + ", quant_min=-128, quant_max=127, dtype=:i8)";
}
std::string D(const std::string& input, const char* scale, const char* zero_point) {
  return "quantized_decomposed.dequantize_per_tensor.default(input=%" + input + ", scale=" + scale +
         ", zero_point=" + zero_point + ", quant_min=-128, quant_max=127, dtype=:i8)";
}

TEST(FoldQuantization, ALayerBetweenPairsWorksOnIntegers) {
  ExpectRewrite(FoldQuantization,
                "graph g {\n  input %x : f32[1,2]\n  %xq : i8[1,2] = " + Q("x", "0.5", "3") +
                    "\n  %xd : f32[1,2] = " + D("xq", "0.5", "3") +
                    "\n  %s : f32[1,2] = aten.add.Tensor(self=%xd, other=%xd)\n  %sq : i8[1,2] = " +
                    Q("s", "0.25", "-4") + "\n  %sd : f32[1,2] = " + D("sq", "0.25", "-4") +
                    "\n  output %sd \"s\"\n}\n",
                "graph g {\n  input %x : f32[1,2]\n  %xq : i8[1,2] q(0.5, 3, -128, 127) = " +
                    Q("x", "0.5", "3") +
                    "\n  %s : i8[1,2] q(0.25, -4, -128, 127) = aten.add.Tensor(self=%xq, "
                    "other=%xq)\n  %sd : f32[1,2] = " + D("s", "0.25", "-4") +
                    "\n  output %sd \"s\"\n}\n");
}

// A view whose pair agrees vanishes into the types; one that wants other parameters is followed by
// a requantization, never by a view that changes the meaning of its bytes.
TEST(FoldQuantization, AViewKeepsParametersAndRequantizesBehind) {
  const auto text = [](const char* scale) {
    return "graph g {\n  input %x : f32[1,2]\n  %xq : i8[1,2] = " + Q("x", "0.5", "3") +
           "\n  %xd : f32[1,2] = " + D("xq", "0.5", "3") +
           "\n  %v : f32[2] = aten.view.default(self=%xd, size=[2])\n  %vq : i8[2] = " +
           Q("v", scale, "3") + "\n  output %vq \"v\"\n}\n";
  };
  EXPECT_EQ(RunPass(FoldQuantization, text("0.5")).after,
            "graph g {\n  input %x : f32[1,2]\n  %xq : i8[1,2] q(0.5, 3, -128, 127) = " +
                Q("x", "0.5", "3") +
                "\n  %v : i8[2] q(0.5, 3, -128, 127) = aten.view.default(self=%xq, size=[2])\n  "
                "output %v \"v\"\n}\n");
  const PassResult other = RunPass(FoldQuantization, text("0.25"));
  EXPECT_EQ(other.messages, "");
  EXPECT_NE(other.after.find("%v : i8[2] q(0.5, 3, -128, 127) = aten.view.default(self=%xq, size=[2])\n"
                             "  %v_requantized : i8[2] q(0.25, 3, -128, 127) = cortico.requantize(self=%v)"),
            std::string::npos)
      << other.after;
}

// Two inputs with scales of their own meet in an op that has but one: the one that differs from
// what the reader wants is rescaled in front of it.
TEST(FoldQuantization, AMaximumOfTwoScalesRescalesOne) {
  const PassResult result = RunPass(
      FoldQuantization,
      "graph g {\n  input %x : f32[2]\n  %a : i8[2] = " + Q("x", "0.5", "3") + "\n  %b : i8[2] = " +
          Q("x", "0.25", "0") + "\n  %ad : f32[2] = " + D("a", "0.5", "3") + "\n  %bd : f32[2] = " +
          D("b", "0.25", "0") +
          "\n  %m : f32[2] = aten.maximum.default(self=%ad, other=%bd)\n  %mq : i8[2] = " +
          Q("m", "0.25", "0") + "\n  output %mq \"m\"\n}\n");
  EXPECT_EQ(result.messages, "");
  EXPECT_NE(result.after.find("%a_requantized : i8[2] q(0.25, 0, -128, 127) = cortico.requantize(self=%a)\n"
                              "  %m : i8[2] q(0.25, 0, -128, 127) = aten.maximum.default(self=%a_requantized, other=%b)"),
            std::string::npos)
      << result.after;
}

// Softmax gives scale 1/256 and zero point -128, whatever its reader was quantized for.
TEST(FoldQuantization, AFixedResultIsRescaledForItsReader) {
  const auto text = [](const char* scale, const char* zero_point) {
    return "graph g {\n  input %x : i8[1,4]\n  %xd : f32[1,4] = " + D("x", "0.5", "3") +
           "\n  %s : f32[1,4] = aten.softmax.int(self=%xd, dim=-1)\n  %sq : i8[1,4] = " +
           Q("s", scale, zero_point) + "\n  output %sq \"s\"\n}\n";
  };
  const PassResult as_given = RunPass(FoldQuantization, text("0.00390625", "-128"));
  EXPECT_NE(as_given.after.find("output %s \"s\""), std::string::npos) << as_given.after;
  const PassResult other = RunPass(FoldQuantization, text("0.0078125", "0"));
  EXPECT_NE(other.after.find("%s : i8[1,4] q(0.00390625, -128, -128, 127) = aten.softmax.int(self=%x, dim=-1)\n"
                             "  %s_requantized : i8[1,4] q(0.0078125, 0, -128, 127) = cortico.requantize(self=%s)"),
            std::string::npos)
      << other.after;
}

TEST(FoldQuantization, DisagreeingPairsAreAnError) {
  const PassResult result = RunPass(
      FoldQuantization, "graph g {\n  input %x : f32[1,2]\n  %xq : i8[1,2] = " + Q("x", "0.5", "3") +
                            "\n  %xd : f32[1,2] = " + D("xq", "0.25", "3") + "\n  output %xd \"x\"\n}\n");
  EXPECT_NE(result.messages.find("different parameters"), std::string::npos) << result.messages;
}

}  // namespace
}  // namespace cortico::passes

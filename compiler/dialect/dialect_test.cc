// The dialect's own rules, on graphs as text: what an op answers about arguments that no pass of
// ours would give it.
#include <gtest/gtest.h>

#include <string>

#include "compiler/graph/text.h"

namespace cortico {
namespace {

std::string Messages(const std::string& text) {
  Diagnostics diagnostics;
  const auto graph = ParseGraph(text, diagnostics);
  if (graph && diagnostics.ok()) VerifyGraph(*graph, diagnostics);
  std::string all;
  for (const Diagnostic& d : diagnostics.all()) all += d.ToString() + "\n";
  return all;
}

constexpr char kQuantized[] = " q(0.5, 0, -128, 127)";

std::string Pool(const std::string& kernel, const std::string& stride, const std::string& padding,
                 const std::string& dilation, const std::string& sizes) {
  return "graph g {\n  input %x : i8[1,2,6,6]{0,2,3,1}" + std::string(kQuantized) + "\n  %y : i8" +
         sizes + "{0,2,3,1}" + kQuantized +
         " = cortex_m::quantized_max_pool2d(input=%x, kernel_size=" + kernel +
         ", stride=" + stride + ", padding=" + padding + ", dilation=" + dilation +
         ", ceil_mode=false, input_zero_point=0, output_zero_point=0, activation_min=-128, "
         "activation_max=127)\n  output %y \"y\"\n}\n";
}

std::string Convolution(const std::string& stride, const std::string& sizes) {
  return "graph g {\n  input %x : i8[1,2,6,6]{0,2,3,1}" + std::string(kQuantized) +
         "\n  const %w : i8[1,3,3,2] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
         "  const %m : i32[1] = [1073741824]\n  const %s : i32[1] = [0]\n"
         "  scratch %t : u8[512]\n  %y : i8" + sizes + kQuantized +
         " = cortex_m::quantized_conv2d(input=%x, weight=%w, bias=none, stride=" + stride +
         ", padding=[0, 0], dilation=[1, 1], input_offset=0, output_offset=0, "
         "requantize_multipliers=%m, requantize_shifts=%s, activation_min=-128, "
         "activation_max=127, scratch=%t)\n  output %y \"y\"\n}\n";
}

TEST(Dialect, AWindowThatFitsPasses) {
  EXPECT_EQ(Messages(Pool("[2, 2]", "[2, 2]", "[0, 0]", "[1, 1]", "[1,2,3,3]")), "");
  EXPECT_EQ(Messages(Convolution("[1, 1]", "[1,1,4,4]")), "");
}

TEST(Dialect, NumbersThatDescribeNoWindowAreRefused) {
  const std::string good = "[1, 1]", none = "[0, 0]";
  for (const std::string bad : {"[0, 1]", "[1, 0]", "[-1, 1]", "[1, -2147483648]"}) {
    SCOPED_TRACE(bad);
    EXPECT_NE(Messages(Pool("[2, 2]", bad, none, good, "[1,2,5,5]")), "");
    EXPECT_NE(Messages(Pool(bad, good, none, good, "[1,2,5,5]")), "");
    EXPECT_NE(Messages(Pool("[2, 2]", good, none, bad, "[1,2,5,5]")), "");
    EXPECT_NE(Messages(Convolution(bad, "[1,1,4,4]")), "");
    // Not even where the graph agrees that nothing comes out.
    EXPECT_NE(Messages(Convolution(bad, "[1,1,0,4]")), "");
    EXPECT_NE(Messages(Convolution(bad, "[1,1,0,0]")), "");
  }
  EXPECT_NE(Messages(Pool("[2, 2]", good, "[-1, 0]", good, "[1,2,3,5]")), "");
  EXPECT_NE(Messages(Pool("[7, 7]", good, none, good, "[1,2,0,0]")), "");
}

// What an op answers about sizes is asked only where ranks and element types are right.
TEST(Dialect, WrongRanksAndTypesAreRefused) {
  const std::string good = Pool("[2, 2]", "[2, 2]", "[0, 0]", "[1, 1]", "[1,2,3,3]");
  const auto with = [](std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  EXPECT_NE(Messages(with(good, "i8[1,2,6,6]{0,2,3,1}", "i8[72]")).find("not i8 of rank 4"),
            std::string::npos);
  EXPECT_NE(Messages(with(good, "i8[1,2,6,6]{0,2,3,1}", "i32[1,2,6,6]{0,2,3,1}")), "");
  EXPECT_NE(Messages(with(good, "i8[1,2,3,3]{0,2,3,1}", "i8[18]")), "");
  const std::string conv = Convolution("[1, 1]", "[1,1,4,4]");
  EXPECT_NE(Messages(with(conv, "i8[1,2,6,6]{0,2,3,1}", "i8[2,36]")), "");
  EXPECT_NE(Messages(with(conv, "i8[1,2,6,6]", "i8[1,3,6,6]")).find("into groups"),
            std::string::npos);
  EXPECT_NE(Messages(with(conv, "i8[1,3,3,2]", "i8[1,18]")), "");
  EXPECT_NE(Messages(with(conv, "i8[1,3,3,2]", "i8[18]")), "");
  EXPECT_NE(Messages(with(conv, "%s : i32[1] = [0]", "%s : i32[2] = [0, 0]")), "");
  EXPECT_NE(Messages(with(conv, "%s : i32[1] = [0]", "%s : f32[1] = [0.0]")), "");
}

}  // namespace
}  // namespace cortico

// quantized_decomposed.* and the arithmetic of one number.
#include <cmath>
#include <limits>
#include <random>

#include "compiler/reference/evaluate_testing.h"
#include "compiler/reference/quantize_value.h"

namespace cortico::testing {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(QuantizeValue, RoundsHalfToEven) {
  for (float x : {-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 0.49999997f, 8388609.0f, 4194304.5f,
                  -4194303.5f, 1e30f, -0.2f})
    EXPECT_EQ(RoundHalfEven(x), std::nearbyint(x)) << x;
  std::mt19937 random(1);
  for (int i = 0; i < 100000; ++i) {
    const float x =
        std::ldexp(static_cast<float>(random()) - 2147483648.0f, -static_cast<int>(random() % 40));
    ASSERT_EQ(RoundHalfEven(x), std::nearbyint(x)) << x;
  }
}

TEST(QuantizeValue, SaturatesAndNeverOverflows) {
  EXPECT_EQ(QuantizeValue<int8_t>(1e30f, 1.0f, 0, -128, 127), 127);
  EXPECT_EQ(QuantizeValue<int8_t>(-kInf, 1.0f, 100, -128, 127), -128);
  EXPECT_EQ(QuantizeValue<int8_t>(std::nanf(""), 1.0f, 0, -128, 127), -128);
  EXPECT_EQ(QuantizeValue<int8_t>(-1000.0f, 1.0f, 0, -127, 127), -127);
  EXPECT_EQ(QuantizeValue<int32_t>(3e9f, 1.0f, 0, INT32_MIN, INT32_MAX), INT32_MAX);
  EXPECT_EQ(QuantizeValue<int32_t>(-kInf, 1.0f, 0, INT32_MIN, INT32_MAX), INT32_MIN);
}

TEST(Quantize, PerTensorRoundTrip) {
  const std::string args = ", scale=0.5, zero_point=3, quant_min=-128, quant_max=127, dtype=:i8)";
  const auto q = RunOp("quantized_decomposed.quantize_per_tensor.default(input=%a" + args,
                       {"i8[6]"}, {{"f32[6]", {0, 0.25, 0.75, -1, 100, -100}}});
  ASSERT_EQ(q.size(), 1u);
  const int8_t* data = q[0].As<int8_t>();
  EXPECT_EQ(std::vector<int>(data, data + 6), (std::vector<int>{3, 3, 5, 1, 127, -128}));
  const Graph graph = Parse(
      "graph forward {\n  const %q : i8[3] = [3, 5, -128]\n"
      "  %y : f32[3] = quantized_decomposed.dequantize_per_tensor.default("
      "input=%q" +
      args + "\n  output %y \"y\"\n}\n");
  Diagnostics diagnostics;
  const auto real = Evaluator(graph).Run({}, diagnostics);
  ASSERT_TRUE(real.has_value()) << Messages(diagnostics);
  EXPECT_EQ(Elements((*real)[0]), (Floats{0, 1, -65.5}));
}

TEST(Quantize, PerChannelAlongAnyAxis) {
  const auto run = [](const std::string& axis) {
    const Graph graph = Parse(
        "graph forward {\n  const %q : i8[2,2] = [1, 2, 3, 4]\n"
        "  const %s : f32[2] = [0.5, 2.0]\n  const %z : i64[2] = [0, 1]\n"
        "  %y : f32[2,2] = quantized_decomposed.dequantize_per_channel.default(input=%q, "
        "scales=%s, "
        "zero_points=%z, axis=" +
        axis +
        ", quant_min=-127, quant_max=127, dtype=:i8)\n"
        "  output %y \"y\"\n}\n");
    Diagnostics diagnostics;
    const auto real = Evaluator(graph).Run({}, diagnostics);
    EXPECT_TRUE(real.has_value()) << Messages(diagnostics);
    return real.has_value() ? Elements((*real)[0]) : Floats();
  };
  EXPECT_EQ(run("0"), (Floats{0.5, 1, 4, 6}));
  EXPECT_EQ(run("1"), (Floats{0.5, 2, 1.5, 6}));
  EXPECT_EQ(run("-1"), (Floats{0.5, 2, 1.5, 6}));
}

TEST(Quantize, Errors) {
  const Input x{"f32[2]", {1, 2}};
  const std::string name = "quantized_decomposed.quantize_per_tensor.default(input=%a, ";
  for (const char* args :
       {"scale=0.0, zero_point=0, quant_min=-128, quant_max=127, dtype=:i8)",
        "scale=nan, zero_point=0, quant_min=-128, quant_max=127, dtype=:i8)",
        "zero_point=0, quant_min=-128, quant_max=127, dtype=:i8)",
        "scale=1.0, zero_point=0, quant_min=-129, quant_max=127, dtype=:i8)",
        "scale=1.0, zero_point=0, quant_min=5, quant_max=-5, dtype=:i8)",
        "scale=1.0, zero_point=5000000000, quant_min=-128, quant_max=127, dtype=:i8)",
        "scale=1.0, zero_point=0, quant_min=-128, quant_max=127)",
        "scale=1.0, zero_point=0, quant_min=-128, quant_max=127, dtype=:f32)"})
    EXPECT_NE(Failure(name + args, "i8[2]", {x}), "") << args;
  EXPECT_NE(Failure("quantized_decomposed.quantize_per_channel.default(input=%a, scales=%b, "
                    "zero_points=%b, axis=0, quant_min=-127, quant_max=127, dtype=:i8)",
                    "i8[2]", {x, {"f32[3]", {1, 1, 1}}}),
            "");
}

}  // namespace
}  // namespace cortico::testing

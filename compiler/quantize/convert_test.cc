// Where pairs go, and the numbers of weights and biases.
#include "compiler/quantize/convert.h"

#include <algorithm>
#include <cmath>

#include "compiler/quantize/quantize_testing.h"
#include "compiler/reference/evaluate.h"

namespace cortico::testing {
namespace {

Value Constant(std::vector<int64_t> sizes, const std::vector<float>& elements) {
  Value value;
  value.kind = Value::Kind::kConstant;
  value.type.sizes = std::move(sizes);
  const auto* first = reinterpret_cast<const uint8_t*>(elements.data());
  value.data = std::make_shared<Bytes>(first, first + elements.size() * sizeof(float));
  return value;
}

TEST(WeightScales, PerChannelAndPerTensor) {
  const Value w = Constant({2, 2}, {1.27f, -0.5f, 0.1f, -2.54f});
  EXPECT_EQ(ChooseWeightScales(w, 0, nullptr, 1.0f, nullptr),
            (std::vector<float>{1.27f / 127, 2.54f / 127}));
  EXPECT_EQ(ChooseWeightScales(w, 1, nullptr, 1.0f, nullptr),
            (std::vector<float>{1.27f / 127, 2.54f / 127}));
  EXPECT_EQ(ChooseWeightScales(w, -1, nullptr, 1.0f, nullptr), (std::vector<float>{2.54f / 127}));
}

TEST(WeightScales, TheOrderInMemoryDoesNotMatter) {
  Value w = Constant({1, 2, 1, 2}, {1, 100, 2, 50});
  w.type.dim_order = {0, 2, 3, 1};  // channels innermost: channel 0 is {1, 2}
  EXPECT_EQ(ChooseWeightScales(w, 1, nullptr, 1.0f, nullptr),
            (std::vector<float>{2.0f / 127, 100.0f / 127}));
}

TEST(WeightScales, ChannelsOfZeros) {
  EXPECT_EQ(ChooseWeightScales(Constant({2, 1}, {0, 1.27f}), 0, nullptr, 1.0f, nullptr),
            (std::vector<float>{1.27f / 127, 1.27f / 127}));
  EXPECT_EQ(ChooseWeightScales(Constant({2, 1}, {0, 0}), 0, nullptr, 1.0f, nullptr),
            (std::vector<float>{1, 1}));
}

TEST(WeightScales, RaisedUntilTheBiasFits) {
  const Value w = Constant({2, 1}, {1e-6f, 1.27f}), b = Constant({2}, {-4, 4});
  std::vector<int64_t> raised;
  const std::vector<float> scales = ChooseWeightScales(w, 0, &b, 0.01f, &raised);
  EXPECT_EQ(raised, (std::vector<int64_t>{0}));
  EXPECT_GE(scales[0], 4.0f / 1073741824.0f / 0.01f);  // 4 / 2^30 / 0.01
  EXPECT_LT(scales[0], 4.0001f / 1073741824.0f / 0.01f);
  EXPECT_EQ(scales[1], 1.27f / 127);
}

// Scales are powers of two, so that every number below is exact.
const AffineParameters kHalf{0.5f, -128}, kQuarter{0.25f, 3}, kOne{1.0f, 0};

std::string Converted(const std::string& body, const std::vector<AffineParameters>& parameters,
                      QuantizerOptions options = {}) {
  Graph graph = ParseBody(body);
  const PatternOps ops;
  const Annotation annotation = CortexMQuantizer(options).Annotate(graph, ops.all());
  EXPECT_EQ(annotation.watched.size(), parameters.size());
  const std::string before = PrintGraph(graph);
  Diagnostics diagnostics;
  const Graph converted = InsertQuantization(graph, annotation, parameters, diagnostics);
  EXPECT_EQ(PrintGraph(graph), before) << "the source must not change";
  VerifyGraph(converted, diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << Messages(diagnostics);
  return PrintGraph(converted);
}

TEST(Convert, LinearByHand) {
  // Weights: 127/128 → scale 2^-7, 127; -63.5 → scale 0.5, -127. Biases: 3 / (0.5 * 2^-7) = 768,
  // -5 / (0.5 * 0.5) = -20.
  EXPECT_EQ(Converted(R"(
  input %x : f32[1,1]
  const %w : f32[2,1] origin "fc.weight" = [0.9921875, -63.5]
  const %b : f32[2] origin "fc.bias" = [3.0, -5.0]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%w, bias=%b) @ "linear" "fc" "m.py:1"
  %r : f32[1,2] = aten.relu.default(self=%a) @ "relu" "act" "m.py:2"
  output %r "r"
)",
                      {kHalf, kQuarter}),
            R"(graph forward {
  input %x : f32[1,1]
  const %w_quantized : i8[2,1] origin "fc.weight" = [127, -127]
  const %w_quantized_scales : f32[2] = [0.0078125, 0.5]
  const %w_quantized_zero_points : i64[2] = [0, 0]
  const %b_quantized : i32[2] origin "fc.bias" = [768, -20]
  const %b_quantized_scales : f32[2] = [0.00390625, 0.25]
  const %b_quantized_zero_points : i64[2] = [0, 0]
  %quantize_per_tensor : i8[1,1] = quantized_decomposed.quantize_per_tensor.default(input=%x, scale=0.5, zero_point=-128, quant_min=-128, quant_max=127, dtype=:i8)
  %dequantize_per_channel : f32[2,1] = quantized_decomposed.dequantize_per_channel.default(input=%w_quantized, scales=%w_quantized_scales, zero_points=%w_quantized_zero_points, axis=0, quant_min=-127, quant_max=127, dtype=:i8) @ "linear" "fc" "m.py:1"
  %dequantize_per_channel_1 : f32[2] = quantized_decomposed.dequantize_per_channel.default(input=%b_quantized, scales=%b_quantized_scales, zero_points=%b_quantized_zero_points, axis=0, quant_min=-2147483648, quant_max=2147483647, dtype=:i32) @ "linear" "fc" "m.py:1"
  %dequantize_per_tensor : f32[1,1] = quantized_decomposed.dequantize_per_tensor.default(input=%quantize_per_tensor, scale=0.5, zero_point=-128, quant_min=-128, quant_max=127, dtype=:i8) @ "linear" "fc" "m.py:1"
  %a : f32[1,2] = aten.linear.default(input=%dequantize_per_tensor, weight=%dequantize_per_channel, bias=%dequantize_per_channel_1) @ "linear" "fc" "m.py:1"
  %r : f32[1,2] = aten.relu.default(self=%a) @ "relu" "act" "m.py:2"
  %quantize_per_tensor_1 : i8[1,2] = quantized_decomposed.quantize_per_tensor.default(input=%r, scale=0.25, zero_point=3, quant_min=-128, quant_max=127, dtype=:i8) @ "relu" "act" "m.py:2"
  %dequantize_per_tensor_1 : f32[1,2] = quantized_decomposed.dequantize_per_tensor.default(input=%quantize_per_tensor_1, scale=0.25, zero_point=3, quant_min=-128, quant_max=127, dtype=:i8) @ "relu" "act" "m.py:2"
  output %dequantize_per_tensor_1 "r"
}
)");
}

TEST(Convert, OneScaleForTheExecutorchDialect) {
  QuantizerOptions options;
  options.dialect = Dialect::kExecutorch;
  const std::string text = Converted(R"(
  input %x : f32[1,1]
  const %w : f32[2,1] = [0.5, -63.5]
  const %b : f32[2] = [3.0, -5.0]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%w, bias=%b)
  output %a "a"
)",
                                     {kHalf, kQuarter}, options);
  EXPECT_EQ(text.find("per_channel"), std::string::npos);
  EXPECT_NE(text.find("const %w_quantized : i8[2,1] = [1, -127]"), std::string::npos) << text;
  EXPECT_NE(text.find("const %b_quantized : i32[2] = [12, -20]"), std::string::npos) << text;
  EXPECT_NE(text.find("input=%b_quantized, scale=0.25, zero_point=0, quant_min=-2147483648"),
            std::string::npos)
      << text;
}

// How many times `part` occurs in `text`.
int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Convert, OneQuantizePerValueOneDequantizePerReader) {
  // a is read by two quantized ops, one float op and the caller.
  const std::string text = Converted(R"(
  input %x : f32[2]
  %a : f32[2] = aten.add.Tensor(self=%x, other=%x)
  %b : f32[2] = aten.add.Tensor(self=%a, other=%a)
  %c : f32[2] = aten.view.default(self=%a, size=[2])
  %d : f32[2] = aten.tanh.default(self=%a)
  output %a "a"
  output %b "b"
  output %c "c"
  output %d "d"
  output %a "a_again"
)",
                                     {kOne, kHalf, kQuarter});
  EXPECT_EQ(Count(text, "quantize_per_tensor.default(input=%a,"), 1) << text;
  EXPECT_EQ(Count(text, "default(input=%quantize_per_tensor_1,"), 4) << text;  // b, c, d, outputs
  EXPECT_EQ(Count(text, "aten.tanh.default(self=%dequantize_per_tensor"), 1) << text;
  EXPECT_EQ(Count(text, "self=%a"), 0) << text;
  EXPECT_EQ(Count(text, "output %a"), 0) << text;
}

TEST(Convert, AFloatValueIsQuantizedOnlyForItsQuantizedReaders) {
  const std::string text = Converted(R"(
  input %x : f32[2]
  %t : f32[2] = aten.tanh.default(self=%x)
  %u : f32[2] = aten.tanh.default(self=%t)
  %v : f32[2] = aten.add.Tensor(self=%t, other=%t)
  output %t "t"
  output %u "u"
  output %v "v"
)",
                                     {kOne, kHalf});
  EXPECT_EQ(Count(text, "aten.tanh.default(self=%t)"), 1) << text;
  EXPECT_EQ(Count(text, "output %t \"t\""), 1) << text;
  EXPECT_EQ(
      Count(text, "aten.add.Tensor(self=%dequantize_per_tensor, other=%dequantize_per_tensor)"), 1)
      << text;
}

TEST(Convert, ConstantActivationsAreStoredAsInt8) {
  const std::string text = Converted(R"(
  input %x : f32[2]
  const %c : f32[2] = [1.0, -8.0]
  %a : f32[2] = aten.add.Tensor(self=%x, other=%c)
  output %a "a"
)",
                                     {kOne, kQuarter, kHalf});
  EXPECT_NE(text.find("const %c_quantized : i8[2] = [7, -29]"), std::string::npos) << text;
}

TEST(Convert, TiedWeightsAreStoredOnce) {
  const std::string text = Converted(R"(
  input %x : f32[1,2]
  const %w : f32[2,2] = [1.0, 2.0, 3.0, 4.0]
  %a : f32[1,2] = aten.linear.default(input=%x, weight=%w)
  %b : f32[1,2] = aten.linear.default(input=%a, weight=%w)
  output %b "b"
)",
                                     {kOne, kHalf, kQuarter});
  EXPECT_EQ(Count(text, ": i8[2,2] ="), 1) << text;
}

TEST(Convert, ANoteTellsOfRaisedScales) {
  Graph graph = ParseBody(R"(
  input %x : f32[1,1]
  const %w : f32[1,1] = [1e-06]
  const %b : f32[1] = [256.0]
  %a : f32[1,1] = aten.linear.default(input=%x, weight=%w, bias=%b)
  output %a "a"
)");
  const PatternOps ops;
  Diagnostics diagnostics;
  InsertQuantization(graph, CortexMQuantizer().Annotate(graph, ops.all()), {kOne, kOne},
                     diagnostics);
  ASSERT_EQ(diagnostics.all().size(), 1u);
  EXPECT_EQ(diagnostics.all()[0].severity, Severity::kNote);
}

// 4,000 weights between -1 and 1 and one of 1.2: clipping it costs less than the coarser scale. The
// scale is one of the hundredths, and no other of them loses less.
TEST(WeightScales, MseClipsWhatIsAlone) {
  std::vector<float> data;
  for (int i = 0; i < 4000; ++i) data.push_back(static_cast<float>(i % 401 - 200) / 200.0f);
  data.push_back(1.2f);
  Graph graph;
  const Value& w = *graph.AddConstant(
      "w", {DType::kFloat32, {1, static_cast<int64_t>(data.size())}, {}, {}}, data);
  const auto loss = [&](float scale) {
    double sum = 0;
    for (const float x : data) {
      const double error =
          x - std::clamp(std::nearbyint(x / double{scale}), -127.0, 127.0) * scale;
      sum += error * error;
    }
    return sum;
  };
  const float whole = ChooseWeightScales(w, 0, nullptr, 1.0f, nullptr).at(0);
  const float narrow =
      ChooseWeightScales(w, 0, nullptr, 1.0f, nullptr, ObserverKind::kMse).at(0);
  EXPECT_LT(narrow, whole);
  for (int percent = 50; percent <= 100; ++percent)
    EXPECT_LE(loss(narrow), loss(whole * static_cast<float>(percent) / 100) * 1.0001) << percent;
}

}  // namespace
}  // namespace cortico::testing

// The steps together, with the dialect's own ops: canonicalize, calibrate, convert, run.
#include "compiler/quantize/prepare.h"

#include <cmath>
#include <cstring>

#include "compiler/quantize/quantize_testing.h"
#include "compiler/reference/evaluate.h"

namespace cortico::testing {
namespace {

constexpr char kNet[] = R"(
  input %x : f32[1,1,4,4]
  const %w : f32[2,1,3,3] origin "conv.weight" = [0.1, 0.2, 0.3, -0.4, 0.5, 0.6, 0.7, 0.8, -0.9, 0.9, 0.8, -0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
  const %b : f32[2] origin "conv.bias" = [0.25, -0.5]
  const %fw : f32[3,8] origin "fc.weight" = [0.1, -0.2, 0.3, 0.4, -0.5, 0.6, 0.7, 0.8, 0.5, 0.4, -0.3, 0.2, 0.1, 0.0, -0.1, 0.2, 0.3, 0.3, 0.3, 0.3, -0.3, -0.3, -0.3, -0.3]
  %c : f32[1,2,4,4] = aten.conv2d.default(input=%x, weight=%w, bias=%b, stride=[1, 1], padding=[1, 1]) @ "conv2d" "conv" "net.py:5"
  %r : f32[1,2,4,4] = aten.relu_.default(self=%c) @ "relu" "act" "net.py:6"
  %p : f32[1,2,2,2] = aten.max_pool2d.default(self=%r, kernel_size=[2, 2]) @ "pool" "pool" "net.py:7"
  %f : f32[1,8] = aten.flatten.using_ints(self=%p, start_dim=1) @ "flatten" "" "net.py:8"
  %y : f32[1,3] = aten.linear.default(input=%f, weight=%fw) @ "linear" "fc" "net.py:9"
  output %y "y"
)";

ExportedProgram Program(const std::string& body) { return {"net.pt2", ParseBody(body)}; }

Sample Image(float factor) {
  HostTensor tensor{{DType::kFloat32, {1, 1, 4, 4}, {}, {}}, Bytes(16 * sizeof(float))};
  for (int i = 0; i < 16; ++i)
    tensor.As<float>()[i] = factor * static_cast<float>((i * 7) % 16) / 16;
  return {tensor};
}

std::vector<float> Outputs(const Graph& graph, const Sample& sample) {
  Diagnostics diagnostics;
  const auto out = Evaluator(graph).Run(sample, diagnostics);
  EXPECT_TRUE(out.has_value()) << Messages(diagnostics);
  if (!out.has_value()) return {};
  const float* data = (*out)[0].As<float>();
  return {data, data + (*out)[0].type.numel()};
}

TEST(Pt2e, TheQuantizedProgramComputesNearlyTheSame) {
  for (const char* name : {"histogram", "minmax", "mse", "percentile"}) {
    QuantizerOptions options;
    options.observer = *ParseObserver(name);
    const ExportedProgram program = Program(kNet);
    PreparedProgram prepared = PreparePt2e(program, CortexMQuantizer(options));
    for (int i = 1; i <= 8; ++i) prepared.Run(Image(static_cast<float>(i) / 8));
    EXPECT_EQ(prepared.samples(), 8);
    const ExportedProgram quantized = ConvertPt2e(prepared);
    EXPECT_EQ(quantized.file, "net.pt2");
    Diagnostics diagnostics;
    VerifyGraph(quantized.graph, diagnostics);
    EXPECT_TRUE(diagnostics.ok()) << Messages(diagnostics);
    const std::vector<float> wanted = Outputs(program.graph, Image(0.7f));
    const std::vector<float> got = Outputs(quantized.graph, Image(0.7f));
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 0.05f) << name;
    // Nothing is left of the float weights.
    for (const auto& value : quantized.graph.values())
      if (value->is_constant()) {
        EXPECT_TRUE(value->type.dtype != DType::kFloat32 || value->name.ends_with("_scales"))
            << value->name;
      }
  }
}

TEST(Pt2e, EveryNumberOfAScaleIsAFloat) {
  PreparedProgram prepared = PreparePt2e(Program(kNet), CortexMQuantizer());
  prepared.Run(Image(1));
  const ExportedProgram quantized = ConvertPt2e(prepared);
  for (const auto& node : quantized.graph.nodes())
    if (node->Find("scale") != nullptr) {
      const double scale = node->Double("scale", 0);
      EXPECT_EQ(scale, static_cast<double>(static_cast<float>(scale)));
    }
}

TEST(Pt2e, PoolingAndViewsKeepTheParameters) {
  PreparedProgram prepared = PreparePt2e(Program(kNet), CortexMQuantizer());
  prepared.Run(Image(1));
  const ExportedProgram quantized = ConvertPt2e(prepared);
  // Quantized: x, conv-relu, pool, view, linear. The middle three agree.
  std::vector<double> scales;
  for (const auto& node : quantized.graph.nodes())
    if (node->Is("quantized_decomposed.quantize_per_tensor.default"))
      scales.push_back(node->Double("scale", 0));
  ASSERT_EQ(scales.size(), 5u);
  EXPECT_EQ(scales[1], scales[2]);
  EXPECT_EQ(scales[1], scales[3]);
  EXPECT_NE(scales[0], scales[1]);
}

TEST(Pt2e, TwoRunsGiveTheSameBytes) {
  const auto convert = [] {
    PreparedProgram prepared = PreparePt2e(Program(kNet), CortexMQuantizer());
    for (int i = 0; i < 5; ++i) prepared.Run(Image(static_cast<float>(i)));
    return PrintGraph(ConvertPt2e(prepared).graph);
  };
  EXPECT_EQ(convert(), convert());
}

TEST(Pt2e, MoreSamplesMayFollowAConversion) {
  PreparedProgram prepared = PreparePt2e(Program(kNet), CortexMQuantizer());
  prepared.Run(Image(1));
  const std::string first = PrintGraph(ConvertPt2e(prepared).graph);
  EXPECT_EQ(PrintGraph(ConvertPt2e(prepared).graph), first);
  prepared.Run(Image(3));
  EXPECT_NE(PrintGraph(ConvertPt2e(prepared).graph), first);
}

TEST(Pt2e, AllZeroDataIsQuantizedToo) {
  PreparedProgram prepared = PreparePt2e(Program(kNet), CortexMQuantizer());
  prepared.Run(Image(0));
  const ExportedProgram quantized = ConvertPt2e(prepared);
  const std::vector<float> wanted = Outputs(prepared.program().graph, Image(0));
  const std::vector<float> got = Outputs(quantized.graph, Image(0));
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 0.01f);
}

// The text of the CompileError that `f` throws.
template <class F>
std::string Thrown(const F& f) {
  try {
    f();
  } catch (const CompileError& error) {
    return error.what();
  }
  return "";
}

TEST(Pt2e, WithoutSamplesThereIsNoConversion) {
  PreparedProgram prepared = PreparePt2e(Program(kNet), CortexMQuantizer());
  const std::string text = Thrown([&] { ConvertPt2e(prepared); });
  EXPECT_NE(text.find("net.pt2: no calibration sample was run"), std::string::npos) << text;
}

TEST(Pt2e, BadSamplesAreNamed) {
  PreparedProgram prepared = PreparePt2e(Program(kNet), CortexMQuantizer());
  prepared.Run(Image(1));
  Sample bad = Image(1);
  bad[0].As<float>()[5] = std::nanf("");
  std::string text = Thrown([&] { prepared.Run(bad); });
  EXPECT_NE(text.find("'x' holds NaN or an infinity for calibration sample 1"), std::string::npos)
      << text;
  bad[0].type.sizes = {4, 4};
  text = Thrown([&] { prepared.Run(bad); });
  EXPECT_NE(text.find("input 'x' takes f32[1, 1, 4, 4], the sample gives f32[4, 4]"),
            std::string::npos)
      << text;
  EXPECT_EQ(prepared.samples(), 1);
}

TEST(Pt2e, AValueThatOverflowsIsNamedWithItsNode) {
  std::string body = kNet;
  body.replace(body.find("0.25, -0.5"), 10, "3e+38, 3e+38");
  body.replace(body.find("[0.1, 0.2, 0.3, -0.4"), 20, "[3e+38, 0.2, 0.3, -0.4");
  PreparedProgram prepared = PreparePt2e(Program(body), CortexMQuantizer());
  const std::string text = Thrown([&] { prepared.Run(Image(100)); });
  EXPECT_NE(text.find("net.pt2: node 'relu' (act, net.py:6): '"), std::string::npos) << text;
}

TEST(Pt2e, BadParametersAreNamedAllAtOnce) {
  std::string body = kNet;
  body.replace(body.find("0.25, -0.5"), 10, "nan, 0.0");
  body.replace(body.find("[0.1, -0.2, 0.3"), 15, "[0.1, inf, 0.3");
  const std::string text = Thrown([&] { PreparePt2e(Program(body), CortexMQuantizer()); });
  EXPECT_NE(text.find("parameter 'conv.bias' holds NaN"), std::string::npos) << text;
  EXPECT_NE(text.find("parameter 'fc.weight' holds NaN"), std::string::npos) << text;
}

TEST(Pt2e, OpsThatCannotBeEvaluatedAreNamed) {
  const std::string text = Thrown([&] {
    PreparePt2e(Program(R"(
  input %x : f32[1]
  %y : f32[1] = aten.mystery.default(self=%x) @ "mystery" "net.m" "net.py:1"
  output %y "y"
)"),
                CortexMQuantizer());
  });
  EXPECT_NE(text.find("node 'mystery' (net.m, net.py:1)"), std::string::npos) << text;
}

}  // namespace
}  // namespace cortico::testing

// Writes small valid files for the fuzzers to begin with: fuzz_seeds FOLDER makes
// FOLDER/{pt2,pte,npz,text}/.
#include <cstdio>
#include <filesystem>

#include "compiler/data/file.h"
#include "compiler/data/npy.h"
#include "compiler/graph/text.h"
#include "compiler/import/test_model.h"
#include "compiler/pipeline.h"
#include "runtime/testing/pte_builder.h"
#include "testing/damage/readers.h"

namespace cortico::testing {
namespace {

class Writer {
 public:
  explicit Writer(std::string folder) : folder_(std::move(folder)) {}

  void Write(const std::string& reader, const std::string& name, const Bytes& bytes) {
    const std::filesystem::path folder = std::filesystem::path(folder_) / reader;
    std::filesystem::create_directories(folder);
    Diagnostics diagnostics;
    WriteFileAtomically((folder / name).string(), bytes, diagnostics);
    ThrowIfError(diagnostics);
  }
  void Write(const std::string& reader, const std::string& name, const std::string& text) {
    Write(reader, name, Bytes(text.begin(), text.end()));
  }

 private:
  std::string folder_;
};

Json Ints(const std::vector<int>& values) { return {{"as_ints", values}}; }

std::string Floats(size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(i % 7) * 0.25f - 0.75f;
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return bytes;
}

TestModel& Parameter(TestModel& model, const std::string& name, const std::vector<Json>& sizes) {
  size_t count = 1;
  for (const Json& size : sizes) count *= size.get<size_t>();
  return model.Weight("parameter", "p_" + name, name, MetaJson(kSerializedFloat, sizes),
                      "weight_" + name, Floats(count));
}

/// x [1, 2, 6, 6] -> conv -> relu -> max pool -> add -> flatten -> linear [1, 3].
TestModel SmallNetwork() {
  TestModel model;
  Parameter(model, "w", {4, 2, 3, 3});
  Parameter(model, "b", {4});
  Parameter(model, "fw", {3, 16});
  Parameter(model, "fb", {3});
  model.Input("x", {1, 2, 6, 6});
  model.Node("torch.ops.aten.conv2d.default",
             {{"input", TensorJson("x")},
              {"weight", TensorJson("p_w")},
              {"bias", TensorJson("p_b")},
              {"stride", Ints({1, 1})},
              {"padding", Ints({0, 0})}},
             "conv2d", {1, 4, 4, 4});
  model.Node("torch.ops.aten.relu.default", {{"self", TensorJson("conv2d")}}, "relu", {1, 4, 4, 4});
  model.Node("torch.ops.aten.max_pool2d.default",
             {{"self", TensorJson("relu")},
              {"kernel_size", Ints({2, 2})},
              {"stride", Ints({2, 2})}},
             "pool", {1, 4, 2, 2});
  model.Node("torch.ops.aten.add.Tensor",
             {{"self", TensorJson("pool")}, {"other", TensorJson("pool")}}, "sum", {1, 4, 2, 2});
  model.Node("torch.ops.aten.flatten.using_ints",
             {{"self", TensorJson("sum")}, {"start_dim", {{"as_int", 1}}}}, "flat", {1, 16});
  model.Node("torch.ops.aten.linear.default",
             {{"input", TensorJson("flat")},
              {"weight", TensorJson("p_fw")},
              {"bias", TensorJson("p_fb")}},
             "linear", {1, 3});
  return model.Output("linear");
}

Compilation CompileSmall(const std::string& stop_after, bool strip) {
  Diagnostics diagnostics;
  auto program = ImportPt2(SmallNetwork().Build(), "seed.pt2", {}, diagnostics);
  ThrowIfError(diagnostics);
  const CalibrationData noise{1, [](size_t) {
                                return Noise({{DType::kFloat32, {1, 2, 6, 6}, {}, {}}});
                              }};
  CompileOptions options;
  options.stop_after = stop_after;
  options.strip = strip;
  Compilation result = Compile(std::move(*program), &noise, options);
  ThrowIfError(result.diagnostics);
  return result;
}

HostTensor Tensor(DType dtype, const std::vector<int64_t>& sizes) {
  HostTensor tensor{{dtype, sizes, {}, {}}, {}};
  tensor.data.resize(static_cast<size_t>(tensor.type.nbytes()));
  return tensor;
}

void WriteSeeds(const std::string& folder) {
  Writer writer(folder);
  writer.Write("pt2", "network", SmallNetwork().Build());
  writer.Write("pt2", "relu", ReluModel().Build());

  writer.Write("pte", "network", CompileSmall("", false).pte);
  writer.Write("pte", "stripped", CompileSmall("", true).pte);
  writer.Write("pte", "quantize", QuantizeDequantize().Build());
  writer.Write("pte", "convolution", Convolution().Build());

  for (const char* phase : {"import", "quantize", "lower"}) {
    writer.Write("text", phase, PrintGraph(CompileSmall(phase, false).graph));
  }

  Diagnostics diagnostics;
  const HostTensor x = Tensor(DType::kFloat32, {2, 2, 3});
  writer.Write("npz", "one.npy", SerializeNpy(x));
  writer.Write("npz", "double.npy", SerializeNpy(Tensor(DType::kFloat64, {1, 2, 3})));
  writer.Write("npz", "one.npz",
               SerializeNpz({{"x", x}, {"y", Tensor(DType::kInt64, {2})}}, true, diagnostics)
                   .value());
  writer.Write("npz", "two.npz",
               SerializeNpz({{"arr_0", x}, {"arr_1", Tensor(DType::kInt64, {2, 2})}}, false,
                            diagnostics)
                   .value());
}

}  // namespace
}  // namespace cortico::testing

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: fuzz_seeds FOLDER\n", stderr);
    return 2;
  }
  try {
    cortico::testing::WriteSeeds(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}

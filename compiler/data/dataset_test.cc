#include "compiler/data/dataset.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "compiler/data/convert.h"
#include "compiler/data/npy.h"

namespace cortico {
namespace {

namespace fs = std::filesystem;

template <class T>
HostTensor Tensor(DType dtype, const std::vector<int64_t>& sizes, const std::vector<T>& values) {
  HostTensor tensor;
  tensor.type.dtype = dtype;
  tensor.type.sizes = sizes;
  tensor.data.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
  return tensor;
}

/// 0, 1, 2, ... as float32.
HostTensor Count(const std::vector<int64_t>& sizes) {
  int64_t n = 1;
  for (const int64_t size : sizes) n *= size;
  std::vector<float> values(static_cast<size_t>(n));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  return Tensor(DType::kFloat32, sizes, values);
}

DataInput Input(const std::string& name, const std::vector<int64_t>& sizes,
                DType dtype = DType::kFloat32) {
  DataInput input{name, {}};
  input.type.dtype = dtype;
  input.type.sizes = sizes;
  return input;
}

class DatasetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              (std::string("dataset_test_") +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Npz(const std::string& name, const NamedTensors& tensors) {
    Diagnostics diagnostics;
    EXPECT_TRUE(WriteNpz((folder_ / name).string(), tensors, diagnostics));
    return (folder_ / name).string();
  }
  std::string Npy(const std::string& name, const HostTensor& tensor) {
    Diagnostics diagnostics;
    EXPECT_TRUE(WriteNpy((folder_ / name).string(), tensor, diagnostics));
    return (folder_ / name).string();
  }
  std::optional<Dataset> Load(const std::string& path, const std::vector<DataInput>& inputs) {
    diagnostics_ = Diagnostics();
    auto set = LoadDataset(path, inputs, diagnostics_);
    EXPECT_EQ(set.has_value(), diagnostics_.ok());
    for (const Diagnostic& diagnostic : diagnostics_.all()) EXPECT_NE(diagnostic.file, "");
    return set;
  }
  bool Says(const std::string& part) const {
    for (const Diagnostic& diagnostic : diagnostics_.all()) {
      if (diagnostic.ToString().find(part) != std::string::npos) return true;
    }
    for (const Diagnostic& diagnostic : diagnostics_.all()) {
      ADD_FAILURE() << diagnostic.ToString();
    }
    return false;
  }

  fs::path folder_;
  Diagnostics diagnostics_;
};

TEST_F(DatasetTest, ShapesThatFit) {
  struct Case {
    std::vector<int64_t> array;
    std::vector<int64_t> input;
    size_t runs;
  };
  for (const Case& c : std::vector<Case>{{{6, 2, 2}, {1, 2, 2}, 6},     // without the leading 1
                                         {{6, 1, 2, 2}, {1, 2, 2}, 6},  // with it
                                         {{2, 2}, {1, 2, 2}, 1},        // a single sample
                                         {{6, 2, 2}, {3, 2, 2}, 2},     // three at a time
                                         {{2, 3, 2, 2}, {3, 2, 2}, 2},
                                         {{6, 4}, {4}, 6},
                                         {{4}, {4}, 1},
                                         {{6}, {}, 6}}) {
    const auto set = Load(Npy("a.npy", Count(c.array)), {Input("x", c.input)});
    ASSERT_TRUE(set);
    ASSERT_EQ(set->size(), c.runs);
    const size_t elements = static_cast<size_t>(Input("x", c.input).type.numel());
    for (size_t i = 0; i < set->size(); ++i) {
      const Sample sample = set->Get(i);
      EXPECT_EQ(sample.at(0).type.sizes, c.input);
      ASSERT_EQ(sample[0].data.size(), elements * sizeof(float));
      EXPECT_EQ(sample[0].As<float>()[0], static_cast<float>(i * elements));
    }
    EXPECT_FALSE(set->has_truth());
  }
}

TEST_F(DatasetTest, ShapesThatDoNotFit) {
  for (const auto& sizes :
       std::vector<std::vector<int64_t>>{{6, 2, 3}, {6, 4}, {2}, {}, {6, 2, 2, 2}}) {
    EXPECT_FALSE(Load(Npy("a.npy", Count(sizes)), {Input("x", {1, 2, 2})}));
    EXPECT_TRUE(
        Says("does not fit the program's input 'x' [1, 2, 2]; give an array of shape "
             "[samples, 2, 2]"));
  }
  EXPECT_FALSE(Load(Npy("a.npy", Count({0, 2, 2})), {Input("x", {1, 2, 2})}));
  EXPECT_TRUE(Says("holds no samples"));
}

TEST_F(DatasetTest, ARemainderIsLeftOut) {
  const auto set =
      Load(Npz("a.npz", {{"x", Count({7, 2})},
                         {"y", Tensor<int64_t>(DType::kInt64, {7}, {0, 1, 2, 3, 4, 5, 6})}}),
           {Input("x", {3, 2})});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 2U);
  EXPECT_TRUE(Says("the last 1 of 7 samples are left out"));
  const HostTensor truth = set->Truth(1);
  EXPECT_EQ(truth.type.sizes, (std::vector<int64_t>{3}));
  EXPECT_EQ(truth.As<int64_t>()[0], 3);
}

TEST_F(DatasetTest, ArraysByNameByNumberOrAlone) {
  const std::vector<DataInput> two = {Input("a", {1}), Input("b", {1})};
  for (const auto& names :
       std::vector<std::pair<const char*, const char*>>{{"b", "a"}, {"arr_1", "arr_0"}}) {
    const auto set = Load(Npz("a.npz", {{names.first, Tensor<float>(DType::kFloat32, {1}, {2})},
                                        {names.second, Tensor<float>(DType::kFloat32, {1}, {1})},
                                        {"other", Count({3})}}),
                          two);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->Get(0)[0].As<float>()[0], 1.0F);
    EXPECT_EQ(set->Get(0)[1].As<float>()[0], 2.0F);
    EXPECT_TRUE(Says("'other' is not used"));
  }
  EXPECT_TRUE(Load(Npz("a.npz", {{"images", Count({3})}}), {Input("x", {1})}));
  EXPECT_FALSE(Load(Npz("a.npz", {{"a", Count({3})}, {"c", Count({3})}}), two));
  EXPECT_TRUE(Says("inputs 'a', 'b': its arrays are 'a', 'c'"));
  EXPECT_FALSE(Load(Npy("a.npy", Count({3})), two));
  EXPECT_TRUE(Says("its arrays are one without a name"));
  EXPECT_FALSE(Load(Npz("a.npz", {{"a", Count({3})}, {"b", Count({2})}}), two));
  EXPECT_TRUE(Says("array 'b' gives 2 samples and array 'a' 3"));
}

TEST_F(DatasetTest, Truth) {
  const std::vector<DataInput> x = {Input("x", {1})};
  auto set = Load(
      Npz("a.npz", {{"x", Count({2})}, {"y", Tensor<uint8_t>(DType::kUInt8, {2}, {5, 6})}}), x);
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->truth_is_labels());
  EXPECT_EQ(set->Truth(1).data, Bytes{6});
  set = Load(Npz("a.npz", {{"x", Count({2})}, {"y", Count({2, 3})}}), x);
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->has_truth());
  EXPECT_FALSE(set->truth_is_labels());
  EXPECT_EQ(set->Truth(1).type.sizes, (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(set->Truth(1).As<float>()[0], 3.0F);
  EXPECT_FALSE(Load(Npz("a.npz", {{"x", Count({2})}, {"y", Count({3})}}), x));
  EXPECT_TRUE(Says("array 'y' has 3 rows for 2 samples"));
  // An input of that name is an input.
  set = Load(Npz("a.npz", {{"x", Count({2})}, {"y", Count({2})}}),
             {Input("x", {1}), Input("y", {1})});
  ASSERT_TRUE(set);
  EXPECT_FALSE(set->has_truth());
}

TEST_F(DatasetTest, FoldersInTheOrderOfNames) {
  Npy("b.npy", Tensor<float>(DType::kFloat32, {2, 1}, {3, 4}));
  Npy("a.npy", Tensor<float>(DType::kFloat32, {2, 1}, {1, 2}));
  const auto set = Load(folder_.string(), {Input("x", {1})});
  ASSERT_TRUE(set);
  ASSERT_EQ(set->size(), 4U);
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(set->Get(i)[0].As<float>()[0], static_cast<float>(i + 1));

  Npz("c.npz", {{"x", Count({1})}, {"y", Count({1})}});
  EXPECT_FALSE(Load(folder_.string(), {Input("x", {1})}));
  EXPECT_TRUE(Says("give 'y' in every file or in none"));
  fs::create_directories(folder_ / "empty");
  EXPECT_FALSE(Load((folder_ / "empty").string(), {Input("x", {1})}));
  EXPECT_TRUE(Says("holds no .npy or .npz file"));
  EXPECT_FALSE(Load((folder_ / "none").string(), {Input("x", {1})}));
}

TEST_F(DatasetTest, SafeConversions) {
  const auto convert = [&](const HostTensor& tensor, DType to) {
    return Load(Npy("a.npy", tensor), {Input("x", {1}, to)});
  };
  auto set = convert(Tensor<double>(DType::kFloat64, {2}, {0.1, 2}), DType::kFloat32);
  ASSERT_TRUE(set);
  EXPECT_TRUE(Says("rounded from f64 to f32"));
  EXPECT_EQ(set->Get(0)[0].As<float>()[0], 0.1F);
  // float16: 1.0, the smallest positive, -65504
  set = convert(Tensor<uint16_t>(DType::kFloat16, {3}, {0x3c00, 1, 0xfbff}), DType::kFloat32);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->Get(0)[0].As<float>()[0], 1.0F);
  EXPECT_EQ(set->Get(1)[0].As<float>()[0], std::ldexp(1.0F, -24));
  EXPECT_EQ(set->Get(2)[0].As<float>()[0], -65504.0F);
  set = convert(Tensor<int64_t>(DType::kInt64, {2}, {-128, 127}), DType::kInt8);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->Get(0)[0].As<int8_t>()[0], -128);
  set = convert(Tensor<uint8_t>(DType::kBool, {2}, {1, 0}), DType::kInt32);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->Get(0)[0].As<int32_t>()[0], 1);
  // 1 + 2^-8 lies between two bfloat16 values; the even one is 1.
  set = convert(Tensor<float>(DType::kFloat32, {2}, {1.00390625F, 1.01171875F}), DType::kBFloat16);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->Get(0)[0].data, (Bytes{0x80, 0x3f}));
  EXPECT_EQ(set->Get(1)[0].data, (Bytes{0x82, 0x3f}));
}

TEST_F(DatasetTest, RefusedConversions) {
  const std::vector<DataInput> x = {Input("x", {1})};
  EXPECT_FALSE(Load(Npy("a.npy", Tensor<uint8_t>(DType::kUInt8, {1}, {200})), x));
  EXPECT_TRUE(Says("holds u8 and the program wants f32; convert it first, scaled as in training"));
  EXPECT_FALSE(Load(Npy("a.npy", Count({1})), {Input("x", {1}, DType::kInt8)}));
  EXPECT_TRUE(Says("holds f32 and the program wants i8"));
  EXPECT_FALSE(Load(Npy("a.npy", Tensor<int64_t>(DType::kInt64, {2}, {0, 128})),
                    {Input("x", {1}, DType::kInt8)}));
  EXPECT_TRUE(Says("cannot hold the value at index [1]"));
  EXPECT_FALSE(Load(Npy("a.npy", Tensor<int8_t>(DType::kInt8, {1}, {-1})),
                    {Input("x", {1}, DType::kUInt64)}));
  EXPECT_FALSE(Load(Npy("a.npy", Tensor<double>(DType::kFloat64, {1}, {1e300})), x));
  EXPECT_TRUE(Says("cannot hold the value at index [0]"));
}

TEST_F(DatasetTest, ValuesThatAreNotFinite) {
  HostTensor tensor = Count({2, 3});
  tensor.As<float>()[4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(Load(Npz("a.npz", {{"x", tensor}}), {Input("x", {1, 3})}));
  EXPECT_TRUE(Says("a.npz: array 'x' holds a value that is not finite at index [1, 1]"));
  HostTensor truth = Count({2});
  truth.As<float>()[0] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(Load(Npz("a.npz", {{"x", Count({2})}, {"y", truth}}), {Input("x", {1})}));
  EXPECT_TRUE(Says("array 'y'"));
  EXPECT_FALSE(
      Load(Npy("a.npy", Tensor<uint16_t>(DType::kFloat16, {1}, {0x7c00})), {Input("x", {1})}));
}

TEST(Convert, RangesOfEveryIntegerType) {
  constexpr DType kInts[] = {DType::kUInt8,  DType::kInt8,   DType::kInt16,
                             DType::kInt32,  DType::kInt64,  DType::kUInt16,
                             DType::kUInt32, DType::kUInt64, DType::kBool};
  // -1 fits the signed ones, 2 all but bool.
  const int64_t values[2] = {-1, 2};
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(values), sizeof(values));
  for (const DType to : kInts) {
    const bool is_signed =
        to == DType::kInt8 || to == DType::kInt16 || to == DType::kInt32 || to == DType::kInt64;
    EXPECT_EQ(FirstUnfit(bytes.first(8), DType::kInt64, to).has_value(), !is_signed) << Name(to);
    EXPECT_EQ(FirstUnfit(bytes.last(8), DType::kInt64, to).has_value(), to == DType::kBool);
  }
  const uint64_t large = std::numeric_limits<uint64_t>::max();
  const std::span<const uint8_t> top(reinterpret_cast<const uint8_t*>(&large), sizeof(large));
  EXPECT_EQ(FirstUnfit(top, DType::kUInt64, DType::kInt64), 0U);
  EXPECT_EQ(FirstUnfit(top, DType::kUInt64, DType::kUInt64), std::nullopt);
}

// An int8 program: floats become its integers, -1 / 0.5 + 3 = 1, 0.25 / 0.5 = 0.5 rounds to even, and
// 1000 is clamped; integers are taken as they are.
TEST_F(DatasetTest, FloatsForAnInt8InputAreQuantized) {
  DataInput input = Input("x", {1, 3}, DType::kInt8);
  input.type.quantization = Quantization{{0.5}, {3}, -1, -128, 127};
  const auto reals =
      Load(Npy("f.npy", Tensor<float>(DType::kFloat32, {1, 3}, {-1.0f, 0.25f, 1000.0f})), {input});
  ASSERT_TRUE(reals);
  EXPECT_TRUE(Says("is quantized with the input's scale 0.5"));
  const HostTensor quantized = reals->Get(0).at(0);
  EXPECT_EQ(std::vector<int8_t>(quantized.As<int8_t>(), quantized.As<int8_t>() + 3),
            (std::vector<int8_t>{1, 3, 127}));
  const auto integers = Load(Npy("i.npy", Tensor<int8_t>(DType::kInt8, {1, 3}, {1, -2, 3})), {input});
  ASSERT_TRUE(integers);
  EXPECT_EQ(integers->Get(0).at(0).As<int8_t>()[1], -2);
  input.type.quantization.reset();
  EXPECT_FALSE(Load((folder_ / "f.npy").string(), {input}));
}

TEST_F(DatasetTest, Int8ForAFloatInputIsWhatItStandsFor) {
  DataInput input = Input("x", {1, 2});
  input.type.quantization = Quantization{{0.5}, {3}, -1, -128, 127};
  const auto data = Load(Npy("i.npy", Tensor<int8_t>(DType::kInt8, {1, 2}, {1, -5})), {input});
  ASSERT_TRUE(data);
  EXPECT_TRUE(Says("taken as integers of the input's scale 0.5"));
  EXPECT_EQ(data->Get(0).at(0).As<float>()[0], -1.0f);
  EXPECT_EQ(data->Get(0).at(0).As<float>()[1], -4.0f);
}

}  // namespace
}  // namespace cortico

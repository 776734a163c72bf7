#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compiler/tools/inputs.h"
#include "compiler/tools/outputs.h"
#include "compiler/tools/terminal.h"

namespace cortico::tools {
namespace {

TEST(ErrorSums, SqnrIsTenLogOfSignalOverNoise) {
  ErrorSums sums;
  EXPECT_TRUE(std::isnan(sums.Sqnr()));
  sums.Add({3, -4}, {3, -4});
  EXPECT_EQ(sums.Sqnr(), std::numeric_limits<double>::infinity());
  sums.Add({0, 0}, {0.5, 0});
  EXPECT_DOUBLE_EQ(sums.Sqnr(), 10 * std::log10(25 / 0.25));
  EXPECT_DOUBLE_EQ(sums.MeanSquaredError(), 0.25 / 4);
  EXPECT_DOUBLE_EQ(sums.LargestError(), 0.5);
  ErrorSums nothing;
  nothing.Add({0}, {1});
  EXPECT_EQ(nothing.Sqnr(), -std::numeric_limits<double>::infinity());
}

TEST(Top1, CountsRowsWhoseLargestIsAtTheLabel) {
  Top1 top1;
  EXPECT_TRUE(std::isnan(top1.Accuracy()));
  top1.Add({0.1, 0.9, 0.8, 0.2}, {1, 1});
  top1.Add({0, 0, 5}, {2});
  EXPECT_EQ(top1.right(), 2);
  EXPECT_EQ(top1.count(), 3);
}

TEST(ToReals, DequantizesIntegersPerTensorOnly) {
  HostTensor tensor{{DType::kInt8, {3}, {}, {}}, {0x80, 0, 0x7F}};
  Quantization q{{0.5}, {-128}, -1, -128, 127};
  EXPECT_EQ(ToReals(tensor, q), (std::vector<double>{0, 64, 127.5}));
  EXPECT_EQ(ToReals(tensor, std::nullopt), (std::vector<double>{-128, 0, 127}));
}

PteFile FileWith(std::vector<int64_t> input, std::vector<int64_t> output) {
  PteFile file;
  file.values.resize(2);
  for (PteValue& value : file.values) value.kind = PteValue::Kind::kTensor;
  file.values[0].tensor.type.sizes = std::move(input);
  file.values[1].tensor.type.sizes = std::move(output);
  file.inputs = {0};
  file.outputs = {1};
  return file;
}

Sample OneFloat(std::vector<int64_t> sizes) {
  HostTensor tensor;
  tensor.type.sizes = std::move(sizes);
  tensor.data.resize(static_cast<size_t>(tensor.type.nbytes()));
  return {tensor};
}

TEST(StackOutputs, JoinsWhereTheFirstSizeIsTheBatch) {
  const auto sizes = [](const PteFile& file, const Sample& one) {
    return StackOutputs(file, {one, one, one})[0].second.type.sizes;
  };
  EXPECT_EQ(sizes(FileWith({2, 8}, {2, 5}), OneFloat({2, 5})), (std::vector<int64_t>{6, 5}));
  EXPECT_EQ(sizes(FileWith({2, 8}, {5}), OneFloat({5})), (std::vector<int64_t>{3, 5}));
  EXPECT_EQ(sizes(FileWith({8}, {}), OneFloat({})), (std::vector<int64_t>{3}));
}

TEST(Spread, IsEvenAndComplete) {
  EXPECT_EQ(Spread(10, 3), (std::vector<size_t>{0, 3, 6}));
  EXPECT_EQ(Spread(3, 10), (std::vector<size_t>{0, 1, 2}));
  EXPECT_TRUE(Spread(3, 0).empty());
}

TEST(Numbers, AreReadable) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(-1234567), "-1,234,567");
  EXPECT_EQ(Counted(1, "op"), "1 op");
  EXPECT_EQ(Counted(2000, "op"), "2,000 ops");
  EXPECT_EQ(Duration(0.5), "0.50 s");
  EXPECT_EQ(Duration(125), "2 min 5 s");
  EXPECT_EQ(Decibels(std::numeric_limits<double>::infinity()), "exact");
}

TEST(Table, LeavesOutEmptyColumnsAndCountsCharacters) {
  Table table({{"a"}, {"never"}, {"n", Table::Align::kRight}});
  table.Row({"→", "", "7"});
  table.Row({"two", "", "1,000"});
  EXPECT_EQ(table.ToString(2, Palette(ColorMode::kNever, stdout)),
            "  a        n\n"
            "  →        7\n"
            "  two  1,000\n");
}

TEST(OutputBeside, ReplacesTheSuffix) {
  EXPECT_EQ(OutputBeside("a/net.v2.pt2"), "a/net.v2.pte");
  EXPECT_EQ(OutputBeside("net"), "net.pte");
  EXPECT_THROW(OutputBeside("-"), UsageError);
  EXPECT_THROW(OutputBeside("net.pte"), UsageError);
}

}  // namespace
}  // namespace cortico::tools

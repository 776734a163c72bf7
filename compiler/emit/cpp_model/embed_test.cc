#include "compiler/emit/cpp_model/embed.h"

#include <gtest/gtest.h>

#include <limits>

#include "compiler/emit/cpp_model/op_source.h"
#include "runtime/program/program.h"
#include "runtime/testing/pte_builder.h"

namespace cortico {
namespace {

using ::cortico::testing::Convolution;
using ::cortico::testing::PteBuilder;
using ::cortico::testing::QuantizeDequantize;

::testing::AssertionResult Contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "no '" << part << "' in:\n" << text;
}

TEST(EmbedTest, Identifiers) {
  EXPECT_EQ(IdentifierOf("a/b/model-v2.int8.pte"), "model_v2_int8");
  EXPECT_EQ(IdentifierOf("7seg.pte"), "m_7seg");
  EXPECT_EQ(IdentifierOf("x"), "x");
  EXPECT_EQ(IdentifierOf(""), "m_");
}

TEST(EmbedTest, EveryOpIsFound) {
  const OpSource* op = FindOpSource("cortex_m::quantized_conv2d", "out");
  ASSERT_NE(op, nullptr);
  EXPECT_STREQ(op->folder, "quantized_conv2d");
  EXPECT_STREQ(op->type, "QuantizedConv2d");
  EXPECT_LT(op->record_bytes_32, op->record_bytes_64);
  EXPECT_EQ(FindOpSource("cortex_m::quantized_conv2d", "default"), nullptr);
  EXPECT_EQ(FindOpSource("executorch_prim::et_view", "out"), nullptr);
  EXPECT_NE(FindOpSource("executorch_prim::et_view", "default"), nullptr);
}

TEST(EmbedTest, AModelsSource) {
  PteBuilder builder = Convolution();
  builder.named = {{kTargetKey, {2}}};
  builder.banks = {0, 100, 33};
  Diagnostics diagnostics;
  const auto source = EmbedModel({"c.pte", builder.Build()}, "c", diagnostics);
  ASSERT_TRUE(source);
  const OpSource& op = *FindOpSource("cortex_m::quantized_conv2d", "out");
  EXPECT_TRUE(Contains(source->header, "namespace c {"));
  EXPECT_TRUE(Contains(source->header, "kRecordBytes = sizeof(void*) == 4 ? " +
                                           std::to_string(op.record_bytes_32) + " : " +
                                           std::to_string(op.record_bytes_64) + ";"));
  EXPECT_TRUE(Contains(source->header, "    112 + kRecordBytes,\n    33,\n"))
      << "records begin at a multiple of 16";
  EXPECT_TRUE(
      Contains(source->header, "{\"\", cortico::DType::kInt8, 12, 4, {1, 2, 2, 3}, true, 0, 0},"));
  EXPECT_TRUE(Contains(source->source, "kIsa == cortico::kernels::Isa::kMve"));
  EXPECT_TRUE(Contains(source->source, "#include \"ops/quantized_conv2d/op.h\""));
  EXPECT_FALSE(Contains(source->source, ".bss.bank")) << "banks without names are plain memory";
}

TEST(EmbedTest, TheTableHasEachOpOnce) {
  const EmbeddedProgram convolution = {"c.pte", Convolution().Build()};
  const EmbeddedProgram other = {"q.pte", QuantizeDequantize().Build()};
  Diagnostics diagnostics;
  const auto table = EmbedOpTable({convolution, other, convolution}, diagnostics);
  ASSERT_TRUE(table);
  EXPECT_TRUE(Contains(*table,
                       "kRows[] = {\n"
                       "    RowOf<ops::QuantizedConv2d>(),\n"
                       "    RowOf<ops::QuantizePerTensor>(),\n"
                       "    RowOf<ops::DequantizePerTensor>(),\n};"));
  const auto none = EmbedOpTable({}, diagnostics);
  ASSERT_TRUE(none);
  EXPECT_TRUE(Contains(*none, "LinkedOps() { return {}; }"));
}

TEST(EmbedTest, RefusesWhatItCannotCarry) {
  PteBuilder unknown = Convolution();
  unknown.operators[0].first = "cortex_m::nothing";
  Diagnostics diagnostics;
  EXPECT_FALSE(EmbedModel({"u.pte", unknown.Build()}, "u", diagnostics));
  EXPECT_FALSE(EmbedOpTable({{"u.pte", unknown.Build()}}, diagnostics));
  EXPECT_FALSE(EmbedModel({"empty.pte", {}}, "empty", diagnostics));
  ASSERT_EQ(diagnostics.all().size(), 3u);
  EXPECT_TRUE(Contains(diagnostics.all()[0].ToString(),
                       "u.pte: this version does not know the operator cortex_m::nothing.out"));
}

TEST(EmbedTest, Arrays) {
  HostTensor floats;
  floats.type.sizes = {2, 1, 2};
  floats.data.resize(16);
  float* const f = floats.As<float>();
  f[0] = 0.5f, f[1] = -1.0f, f[2] = 3.0f, f[3] = -std::numeric_limits<float>::infinity();
  HostTensor longs;
  longs.type.dtype = DType::kInt64;
  longs.type.sizes = {1};
  longs.data.resize(8);
  longs.As<int64_t>()[0] = std::numeric_limits<int64_t>::min();
  Diagnostics diagnostics;
  const auto source = EmbedArrays({{"x", floats}, {"", longs}}, "t", diagnostics);
  ASSERT_TRUE(source);
  EXPECT_TRUE(Contains(source->header, "extern const float x[2][2];"));
  EXPECT_TRUE(Contains(source->source, "{0x1p-1f,-0x1p+0f,},\n{0x1.8p+1f,-__builtin_inf(),}}"));
  EXPECT_TRUE(Contains(source->source, "const int64_t data[1][1] = {{INT64_MIN,}}"));
  floats.type.sizes = {0, 4};
  floats.data.clear();
  EXPECT_FALSE(EmbedArrays({{"x", floats}}, "t", diagnostics));
  longs.type.dtype = DType::kBool;
  EXPECT_FALSE(EmbedArrays({{"b", longs}}, "t", diagnostics));
}

}  // namespace
}  // namespace cortico

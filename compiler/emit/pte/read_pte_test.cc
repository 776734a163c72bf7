#include "compiler/emit/pte/read_pte.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>

#include "compiler/emit/pte/test_program.h"
#include "cortico_pte_generated.h"
#include "runtime/program/io_table.h"

namespace cortico {
namespace {

using testing::TestPte;

TEST(ReadPte, TellsWhatWasWritten) {
  Diagnostics diagnostics;
  const Bytes pte = TestPte();
  const auto file = ReadPte(pte, diagnostics);
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(diagnostics.all().empty());
  EXPECT_EQ(file->isa, Isa::kMve);
  EXPECT_EQ(file->cpu, "cortex-m55");
  EXPECT_EQ(file->file_bytes, static_cast<int64_t>(pte.size()));
  EXPECT_EQ(file->constant_bytes, 28);
  ASSERT_EQ(file->calls.size(), 3u);
  EXPECT_EQ(file->calls[0].op, "fake::mix");
  EXPECT_EQ(file->calls[0].overload, "out");
  EXPECT_EQ(file->calls[0].location.node, "first");
  EXPECT_EQ(file->calls[0].location.module_path, "net.first");
  EXPECT_EQ(file->calls[0].location.source, "train.py:41");
  EXPECT_EQ(file->calls[0].fallback_reason, "");
  EXPECT_EQ(file->calls[1].fallback_reason, "its scale is negative");
  EXPECT_EQ(file->calls[1].work, 7);
  EXPECT_EQ(file->calls[0].constant_bytes, 6);
  EXPECT_EQ(file->calls[1].constant_bytes, 12) << "the weights are the first call's already";
  ASSERT_EQ(file->inputs.size(), 1u);
  EXPECT_EQ(file->input_names, std::vector<std::string>{"x"});
  EXPECT_EQ(file->output_names[1], "high");
  const PteValue& x = file->values[static_cast<size_t>(file->inputs[0])];
  ASSERT_EQ(x.kind, PteValue::Kind::kTensor);
  EXPECT_EQ(x.tensor.type, testing::TestGraph().inputs[0]->type);
  EXPECT_EQ(x.tensor.name, "x");
  EXPECT_EQ(x.tensor.bank, 0);
  const PteValue& w = file->values[static_cast<size_t>(file->calls[0].args[1])];
  EXPECT_EQ(w.tensor.origin, "conv1.weight");
  EXPECT_EQ(file->ConstantData(w.tensor), (Bytes{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(file->values[static_cast<size_t>(file->calls[0].args[4])].items,
            (std::vector<int64_t>{2, -1, 2}));
  ASSERT_TRUE(file->report.has_value());
  EXPECT_EQ(file->report->producer, "cortico test");
  EXPECT_EQ(file->report->elided_nodes, 1);
  ASSERT_EQ(file->report->banks.size(), 1u);
  EXPECT_EQ(file->report->banks[0].bytes, file->bank_bytes[0]);
  EXPECT_EQ(file->report->activation_bytes + file->report->scratch_bytes, file->bank_bytes[0]);
}

TEST(ReadPte, StrippedFileStillTellsItsCalls) {
  Diagnostics diagnostics;
  const auto file = ReadPte(TestPte(true), diagnostics);
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(diagnostics.all().empty());
  EXPECT_FALSE(file->report.has_value());
  EXPECT_EQ(file->calls.size(), 3u);
  EXPECT_EQ(file->input_names, std::vector<std::string>{""});
  EXPECT_EQ(file->isa, Isa::kMve);
  EXPECT_EQ(file->cpu, "");
}

TEST(ReadPte, OtherFilesAreErrors) {
  for (const Bytes& bytes : {Bytes{}, Bytes(7, 0), Bytes(100, 0), Bytes(100, 255)}) {
    Diagnostics diagnostics;
    EXPECT_FALSE(ReadPte(bytes, diagnostics).has_value());
    EXPECT_FALSE(diagnostics.ok());
  }
}

TEST(ReadPte, EveryPrefixIsAnError) {
  const Bytes pte = TestPte(true);
  for (size_t size = 0; size < pte.size(); ++size) {
    Diagnostics diagnostics;
    EXPECT_FALSE(
        ReadPte(Bytes(pte.begin(), pte.begin() + static_cast<ptrdiff_t>(size)), diagnostics)
            .has_value())
        << size;
  }
}

TEST(ReadPte, ABankLargerThanTheAddressSpaceIsAnError) {
  for (const int64_t bytes : {int64_t{-1}, int64_t{1} << 32, std::numeric_limits<int64_t>::max()}) {
    Bytes pte = TestPte();
    const auto* sizes = executorch_flatbuffer::GetProgram(pte.data())
                            ->execution_plan()->Get(0)->non_const_buffer_sizes();
    const_cast<flatbuffers::Vector<int64_t>*>(sizes)->Mutate(1, bytes);
    Diagnostics diagnostics;
    EXPECT_FALSE(ReadPte(std::move(pte), diagnostics).has_value()) << bytes;
  }
}

// Whatever a byte becomes, the reader answers; the sanitizers watch.
TEST(ReadPte, DamagedBytesNeverFault) {
  const Bytes pte = TestPte();
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    Bytes bad = pte;
    for (int k = static_cast<int>(random() % 3); k >= 0; --k)
      bad[random() % bad.size()] = static_cast<uint8_t>(random());
    Diagnostics diagnostics;
    const auto file = ReadPte(std::move(bad), diagnostics);
    if (!file) {
      EXPECT_FALSE(diagnostics.ok());
      continue;
    }
    for (const PteValue& value : file->values)
      if (value.tensor.constant != 0) (void)file->ConstantData(value.tensor);
  }
}

TEST(ReportTable, RoundTripAndVersions) {
  PteReport report;
  report.cpu = "cortex-m4";
  report.isa = Isa::kDsp;
  report.dialect = Dialect::kExecutorch;
  report.instructions.push_back({{"n", "", "a.py:1"}, "why"});
  report.tensors.push_back({3, "x", "", true, 0.1, -5});
  report.banks.push_back({"dtcm", 64, 128});
  const std::string json = ReportToJson(report);
  std::string error;
  const auto back = ReportFromJson(json, &error);
  ASSERT_TRUE(back.has_value()) << error;
  EXPECT_EQ(ReportToJson(*back), json);
  EXPECT_EQ(back->tensors[0].scale, 0.1) << "doubles come back as they were";
  std::string newer = json;
  newer.replace(newer.find("\"version\":1"), 11, "\"version\":2");
  EXPECT_FALSE(ReportFromJson(newer, &error).has_value());
  EXPECT_NE(error.find("version 2"), std::string::npos);
  for (const char* bad : {"", "{", "[]", "{}", R"({"version":"1"})", R"({"version":1,"isa":0})"})
    EXPECT_FALSE(ReportFromJson(bad, &error).has_value()) << bad;
}

TEST(ReportTable, NamesThatAreNoUtf8) {
  PteReport report;
  report.model_file = "caf\xe9.pt2";
  std::string error;
  EXPECT_TRUE(ReportFromJson(ReportToJson(report), &error).has_value()) << error;
}

TEST(IoTable, RefusesWhatLeadsOutside) {
  // One input named "x", no output.
  Bytes good(8 + 16 + 2, 0);
  good[0] = 1;
  good[2] = 1;
  good[16] = 24;
  good[20] = 1;
  good[24] = 'x';
  ASSERT_TRUE(IoTable::Open({good.data(), good.size()}).ok());
  EXPECT_STREQ(IoTable::Open({good.data(), good.size()}).value().input(0).name, "x");
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(IoTable::Open({good.data(), size}).ok()) << size;
  const auto with = [&](size_t at, uint8_t byte) {
    Bytes bad = good;
    bad[at] = byte;
    return IoTable::Open({bad.data(), bad.size()}).error();
  };
  EXPECT_EQ(with(0, 2), Error::kUnsupported);
  EXPECT_EQ(with(2, 2), Error::kTruncated);
  EXPECT_EQ(with(4, 1), Error::kTruncated);
  EXPECT_EQ(with(16, 25), Error::kCorrupt) << "one byte later";
  EXPECT_EQ(with(20, 2), Error::kCorrupt);
  EXPECT_EQ(with(19, 255), Error::kCorrupt);
  EXPECT_EQ(with(25, 'y'), Error::kCorrupt) << "no end";
}

}  // namespace
}  // namespace cortico

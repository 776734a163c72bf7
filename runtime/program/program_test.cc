#include "runtime/program/program.h"

#include <gtest/gtest.h>

#include "runtime/testing/pte_builder.h"

namespace cortico {
namespace {

using testing::Convolution;
using testing::PteBuilder;
using testing::QuantizeDequantize;

using File = std::vector<uint8_t>;

Error OpenError(const File& file) { return Program::Open(file).error(); }

TEST(ProgramTest, OpensWithEveryHeader) {
  for (uint32_t length : {32u, 24u}) {
    PteBuilder b = Convolution();
    b.header_length = length;
    EXPECT_EQ(OpenError(b.Build()), Error::kOk) << length;
  }
  // ExecuTorch writes no header for a program without constants.
  PteBuilder b = QuantizeDequantize();
  b.header_length = 0;
  EXPECT_EQ(OpenError(b.Build()), Error::kOk);
}

TEST(ProgramTest, RefusesWhatIsNoProgram) {
  EXPECT_EQ(OpenError({}), Error::kTruncated);
  File file = Convolution().Build();
  EXPECT_EQ(OpenError(File(file.begin(), file.begin() + 7)), Error::kTruncated);
  file[7] = '3';
  EXPECT_EQ(OpenError(file), Error::kNotAProgram);
}

TEST(ProgramTest, RefusesEveryShorterFile) {
  const File file = Convolution().Build();
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_NE(OpenError(File(file.begin(), file.begin() + static_cast<long>(size))), Error::kOk)
        << size;
  }
}

TEST(ProgramTest, RefusesMisalignedBytes) {
  const File file = Convolution().Build();
  File shifted(file.size() + 16);
  for (size_t shift : {1u, 4u, 8u}) {
    std::memcpy(shifted.data() + shift, file.data(), file.size());
    EXPECT_EQ(Program::Open({shifted.data() + shift, file.size()}).error(), Error::kMisaligned);
  }
}

TEST(ProgramTest, RefusesBadHeaders) {
  const File good = Convolution().Build();
  const auto with = [&good](size_t at, uint64_t value) {
    File file = good;
    PteBuilder::Put<uint64_t>(file, at, value);
    return OpenError(file);
  };
  const uint64_t tables = PteBuilder::Get<uint64_t>(good, 16);
  const uint64_t segments = good.size() - tables;
  EXPECT_EQ(with(16, good.size() + 1), Error::kTruncated);
  EXPECT_EQ(with(16, UINT64_MAX), Error::kTruncated);
  EXPECT_EQ(with(16, 39), Error::kCorrupt);
  EXPECT_EQ(with(24, good.size() + 1), Error::kTruncated);
  EXPECT_EQ(with(24, tables - 1), Error::kCorrupt);
  EXPECT_EQ(with(24, UINT64_MAX), Error::kTruncated);
  EXPECT_EQ(with(32, segments + 1), Error::kTruncated);
  EXPECT_EQ(with(32, segments - 1), Error::kTruncated) << "the last segment ends behind it";
  File file = good;
  PteBuilder::Put<uint32_t>(file, 12, 23);
  EXPECT_EQ(OpenError(file), Error::kCorrupt);
  PteBuilder::Put<uint32_t>(file, 12, UINT32_MAX);
  EXPECT_EQ(OpenError(file), Error::kCorrupt);
}

TEST(ProgramTest, RefusesSegmentsBeyondTheFile) {
  PteBuilder b = Convolution();
  b.extra_segment_bytes = 1;
  EXPECT_EQ(OpenError(b.Build()), Error::kTruncated);
  b.extra_segment_bytes = UINT64_MAX - 1000;
  EXPECT_EQ(OpenError(b.Build()), Error::kTruncated);
}

TEST(ProgramTest, RefusesWhatItDoesNotHave) {
  PteBuilder b = QuantizeDequantize();
  b.plans = 0;
  EXPECT_EQ(OpenError(b.Build()), Error::kUnsupported);
  b = Convolution();
  b.inline_constants = true;
  EXPECT_EQ(OpenError(b.Build()), Error::kUnsupported);
}

TEST(ProgramTest, FindsNamedData) {
  PteBuilder b = Convolution();
  b.named = {{"one", {1, 2, 3}}, {"two", {4}}, {"empty", {}}};
  const File file = b.Build();
  const auto program = Program::Open(file);
  ASSERT_TRUE(program.ok());
  const Span<const uint8_t> one = program.value().NamedData("one");
  ASSERT_EQ(one.size(), 3u);
  EXPECT_EQ(one[2], 3);
  EXPECT_EQ(program.value().NamedData("two")[0], 4);
  EXPECT_EQ(program.value().NamedData("empty").size(), 0u);
  EXPECT_NE(program.value().NamedData("empty").data(), nullptr);
  EXPECT_EQ(program.value().NamedData("three").data(), nullptr);
  EXPECT_EQ(program.value().NamedData("on").data(), nullptr);

  b.named_segment_shift = 3;
  EXPECT_EQ(OpenError(b.Build()), Error::kIndexOutOfRange);
}

TEST(ProgramTest, RefusesTablesThatLeadNowhere) {
  const File good = Convolution().Build();
  for (uint32_t root : {0u, 1u, 6u, 0x7FFFFFFCu, 0xFFFFFFFCu}) {
    File file = good;
    PteBuilder::Put<uint32_t>(file, 0, root);
    EXPECT_EQ(OpenError(file), Error::kCorrupt) << root;
  }
  const uint32_t root = PteBuilder::Get<uint32_t>(good, 0);
  for (int32_t vtable : {1, INT32_MIN, INT32_MAX, -1}) {
    File file = good;
    PteBuilder::Put<int32_t>(file, root, vtable);
    EXPECT_EQ(OpenError(file), Error::kCorrupt) << vtable;
  }
}

TEST(ProgramTest, AsksTheBufferAndNotTheTableHowFarAFieldMayReach) {
  const File good = Convolution().Build();
  const uint32_t root = PteBuilder::Get<uint32_t>(good, 0);
  const uint32_t vtable = root - PteBuilder::Get<uint32_t>(good, root);
  File file = good;
  PteBuilder::Put<uint16_t>(file, vtable + 2, 4);  // as if the table had no field
  EXPECT_EQ(OpenError(file), Error::kOk);
  // A field just behind the last table.
  const auto tables = static_cast<uint32_t>(PteBuilder::Get<uint64_t>(good, 16));
  file = good;
  PteBuilder::Put<uint16_t>(file, vtable + testing::fb::Program::VT_EXECUTION_PLAN,
                            static_cast<uint16_t>(tables - root));
  EXPECT_EQ(OpenError(file), Error::kCorrupt);
}

}  // namespace
}  // namespace cortico

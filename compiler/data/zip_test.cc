#include "compiler/data/zip.h"

#include <gtest/gtest.h>

namespace cortico {
namespace {

using Files = std::vector<std::pair<std::string, Bytes>>;

Bytes Zip(const Files& files, bool deflate) {
  std::string error;
  auto bytes = WriteZip(files, deflate, &error);
  EXPECT_TRUE(bytes) << error;
  return bytes.value_or(Bytes());
}

std::string OpenError(const Bytes& bytes, const ZipLimits& limits = {}) {
  std::string error;
  EXPECT_EQ(ZipReader::Open(bytes, limits, &error), nullptr);
  return error;
}

TEST(Zip, RoundTrip) {
  const Files files = {{"a", {1, 2, 3}}, {"folder/b", Bytes(10000, 7)}, {"empty", {}}};
  for (const bool deflate : {false, true}) {
    const Bytes bytes = Zip(files, deflate);
    std::string error;
    const auto zip = ZipReader::Open(bytes, {}, &error);
    ASSERT_NE(zip, nullptr) << error;
    ASSERT_EQ(zip->entries().size(), files.size());
    for (const auto& [name, content] : files) EXPECT_EQ(zip->Read(name, &error), content);
    EXPECT_EQ(zip->Read("none", &error), std::nullopt);
    EXPECT_EQ(error, "has no entry 'none'");
    EXPECT_EQ(zip->Find("none"), nullptr);
  }
}

TEST(Zip, TheSameFilesGiveTheSameBytes) {
  const Files files = {{"a", {1, 2, 3}}, {"b", Bytes(1000, 1)}};
  EXPECT_EQ(Zip(files, true), Zip(files, true));
  EXPECT_LT(Zip(files, true).size(), Zip(files, false).size());
}

TEST(Zip, NoArchives) {
  EXPECT_EQ(OpenError({}), "is empty");
  EXPECT_NE(OpenError({1, 2, 3}).find("no sound zip"), std::string::npos);
  const Bytes sound = Zip({{"a", Bytes(100, 1)}}, true);
  for (size_t size = 0; size < sound.size(); ++size) {
    OpenError(Bytes(sound.begin(), sound.begin() + static_cast<long>(size)));
  }
}

TEST(Zip, LimitsHoldBeforeAnythingIsUnpacked) {
  const Bytes bytes = Zip({{"a", Bytes(100000, 0)}, {"b", Bytes(100000, 0)}}, true);
  ZipLimits limits;
  limits.max_total_size = 199999;
  EXPECT_NE(OpenError(bytes, limits).find("unpacks to more than"), std::string::npos);
  limits = {};
  limits.max_entries = 1;
  EXPECT_NE(OpenError(bytes, limits).find("2 entries"), std::string::npos);
}

/// Offset of the only entry's record in the central directory.
size_t CentralRecord(const Bytes& bytes) {
  const std::string text(bytes.begin(), bytes.end());
  return text.find("PK\x01\x02");
}

TEST(Zip, ClaimsThatCannotBeTrue) {
  for (const bool deflate : {false, true}) {
    Bytes bytes = Zip({{"a", Bytes(1000, 1)}}, deflate);
    const size_t uncompressed_size = CentralRecord(bytes) + 24;
    bytes[uncompressed_size + 3] = 0x7f;
    EXPECT_NE(OpenError(bytes).find("claims more bytes"), std::string::npos);
  }
  Bytes method = Zip({{"a", {1}}}, false);
  method[CentralRecord(method) + 10] = 12;  // bzip2
  EXPECT_NE(OpenError(method).find("compression method"), std::string::npos);
}

TEST(Zip, ContentIsCheckedAgainstItsCrc) {
  Bytes bytes = Zip({{"a", {1, 2, 3, 4, 5, 6, 7, 8}}}, false);
  const std::string text(bytes.begin(), bytes.end());
  bytes[text.find("\x03\x04\x05\x06\x07")] ^= 1;
  std::string error;
  const auto zip = ZipReader::Open(bytes, {}, &error);
  ASSERT_NE(zip, nullptr) << error;
  EXPECT_EQ(zip->Read("a", &error), std::nullopt);
  EXPECT_EQ(error, "has a damaged entry 'a'");
}

}  // namespace
}  // namespace cortico

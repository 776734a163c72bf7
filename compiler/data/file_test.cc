#include "compiler/data/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace cortico {
namespace {

namespace fs = std::filesystem;

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ("file_test_" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  size_t Count() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
  Diagnostics diagnostics_;
};

TEST_F(FileTest, RoundTrip) {
  Bytes bytes(200000);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7);
  EXPECT_TRUE(WriteFileAtomically(Path("a"), bytes, diagnostics_));
  EXPECT_EQ(ReadFile(Path("a"), bytes.size(), diagnostics_), bytes);
  EXPECT_TRUE(WriteFileAtomically(Path("a"), Bytes{}, diagnostics_));
  EXPECT_EQ(ReadFile(Path("a"), 0, diagnostics_), Bytes());
  EXPECT_EQ(Count(), 1U);
  EXPECT_TRUE(diagnostics_.all().empty());
}

TEST_F(FileTest, TooLargeByOne) {
  WriteFileAtomically(Path("a"), Bytes(1001), diagnostics_);
  EXPECT_TRUE(ReadFile(Path("a"), 1001, diagnostics_));
  EXPECT_FALSE(ReadFile(Path("a"), 1000, diagnostics_));
  EXPECT_NE(diagnostics_.all().at(0).ToString().find("is larger than"), std::string::npos);
  EXPECT_EQ(diagnostics_.all().at(0).file, Path("a"));
}

TEST_F(FileTest, WhatCannotBeRead) {
  EXPECT_FALSE(ReadFile(Path("none"), 10, diagnostics_));
  EXPECT_FALSE(ReadFile(folder_.string(), 10, diagnostics_));
  ASSERT_EQ(diagnostics_.all().size(), 2U);
  EXPECT_NE(diagnostics_.all()[0].message.find("No such file"), std::string::npos);
  EXPECT_NE(diagnostics_.all()[1].message.find("folder"), std::string::npos);
}

TEST_F(FileTest, AFailedWriteLeavesWhatWasThere) {
  EXPECT_FALSE(WriteFileAtomically(Path("none/a"), Bytes{1}, diagnostics_));
  EXPECT_FALSE(WriteFileAtomically(folder_.string(), Bytes{1}, diagnostics_));
  EXPECT_EQ(diagnostics_.all().size(), 2U);
  EXPECT_EQ(Count(), 0U);
}

TEST_F(FileTest, KeepsPermissionsAndLinks) {
  WriteFileAtomically(Path("a"), Bytes{1}, diagnostics_);
  fs::permissions(Path("a"), fs::perms::owner_all);
  fs::create_symlink("a", Path("link"));
  EXPECT_TRUE(WriteFileAtomically(Path("link"), Bytes{2}, diagnostics_));
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(ReadFile(Path("a"), 10, diagnostics_), Bytes{2});
  EXPECT_EQ(fs::status(Path("a")).permissions(), fs::perms::owner_all);
}

TEST_F(FileTest, ADeviceIsWrittenInPlace) {
  EXPECT_TRUE(WriteFileAtomically("/dev/null", Bytes{1}, diagnostics_));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace cortico

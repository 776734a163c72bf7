#include "compiler/import/pt2.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <random>

#include "compiler/import/test_model.h"

namespace cortico {
namespace {

TEST(ImportPt2, ReadsASoundArchive) {
  const ImportResult result = Import(ReluModel());
  ASSERT_TRUE(result.ok()) << result.text();
  EXPECT_EQ(result.program->file, "m.pt2");
  EXPECT_EQ(result.graph().inputs.at(0)->name, "x");
  EXPECT_EQ(result.node(0).op, "aten.relu.default");
}

TEST(ImportPt2, ReadsFromAFileAndThrowsWithEveryMessage) {
  const std::string path = ::testing::TempDir() + "/import_pt2_test.pt2";
  const auto write = [&](const TestModel& model) {
    const Bytes bytes = model.Build();
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
  };
  write(ReluModel());
  EXPECT_EQ(ImportPt2(path).graph.nodes().size(), 1U);

  TestModel bad = ReluModel();
  bad.entries["archive_version"] = "1";
  bad.entries["byteorder"] = "big";
  write(bad);
  try {
    ImportPt2(path);
    FAIL();
  } catch (const CompileError& error) {
    EXPECT_EQ(error.diagnostics().size(), 2U);
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
  }
  std::remove(path.c_str());
  EXPECT_THROW(ImportPt2(path), CompileError);
  EXPECT_THROW(ImportPt2(::testing::TempDir()), CompileError);
}

/// A way to break the archive, and what the message must say.
struct Break {
  const char* name;
  void (*apply)(TestModel&);
  const char* says;
};

class BrokenArchive : public ::testing::TestWithParam<Break> {};

TEST_P(BrokenArchive, IsRefusedWithAReason) {
  TestModel model = ReluModel();
  GetParam().apply(model);
  const ImportResult result = Import(model);
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(result.Says(GetParam().says)) << result.text();
  for (const Diagnostic& diagnostic : result.diagnostics.all()) {
    EXPECT_EQ(diagnostic.file, "m.pt2");
    EXPECT_NE(diagnostic.remedy, "") << diagnostic.ToString();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Archive, BrokenArchive,
    ::testing::Values(
        Break{"NoFormat", [](TestModel& m) { m.without = {"archive_format"}; },
              "lacks the entry 'archive_format'"},
        Break{"OtherFormat", [](TestModel& m) { m.entries["archive_format"] = "pt3"; },
              "archive_format is 'pt3'"},
        Break{"NoVersion", [](TestModel& m) { m.without = {"archive_version"}; },
              "'m/archive_version'"},
        Break{"OtherVersion", [](TestModel& m) { m.entries["archive_version"] = "1"; },
              "archive_version is '1'"},
        Break{"NoByteOrder", [](TestModel& m) { m.without = {"byteorder"}; }, "'m/byteorder'"},
        Break{"BigEndian", [](TestModel& m) { m.entries["byteorder"] = "big"; }, "big-endian"},
        Break{"NoModel", [](TestModel& m) { m.without = {"models/model.json"}; },
              "holds no exported program"},
        Break{"AotInductor",
              [](TestModel& m) {
                m.without = {"models/model.json"};
                m.entries["data/aotinductor/model/a.so"] = "";
              },
              "AOTInductor"},
        Break{"TwoModels", [](TestModel& m) { m.entries["models/second.json"] = "{}"; },
              "2 models: 'model', 'second'"},
        Break{"NoWeights",
              [](TestModel& m) { m.without = {"data/weights/model_weights_config.json"}; },
              "'m/data/weights/model_weights_config.json'"},
        Break{"NoConstants",
              [](TestModel& m) { m.without = {"data/constants/model_constants_config.json"}; },
              "'m/data/constants/model_constants_config.json'"},
        Break{"PickledWeights", [](TestModel& m) { m.entries["data/weights/model.pt"] = "x"; },
              "Python pickle"},
        Break{"Schema7", [](TestModel& m) { m.document["schema_version"]["major"] = 7; },
              "schema version 7"},
        Break{"Schema9", [](TestModel& m) { m.document["schema_version"]["major"] = 9; },
              "written by torch 2.13.0"},
        Break{"NoSchema", [](TestModel& m) { m.document.erase("schema_version"); },
              "schema version unknown"},
        Break{"NoGraph", [](TestModel& m) { m.document.erase("graph_module"); },
              "no graph with a signature"},
        Break{"NotJson", [](TestModel& m) { m.entries["models/model.json"] = "{\"a\": "; },
              "no sound JSON at byte"},
        Break{"NotUtf8", [](TestModel& m) { m.entries["models/model.json"] = "\"\xff\""; },
              "no sound JSON"},
        Break{"Deep",
              [](TestModel& m) { m.entries["models/model.json"] = std::string(100000, '['); },
              "nested too deeply"},
        Break{"JsonOfAnotherKind", [](TestModel& m) { m.entries["models/model.json"] = "[1]"; },
              "schema version unknown"},
        Break{"OldFormat",
              [](TestModel& m) {
                m.without = {"archive_format"};
                m.entries["serialized_exported_program.json"] = "{}";
              },
              "before the .pt2 archive"},
        Break{"TorchSave",
              [](TestModel& m) {
                m.without = {"archive_format"};
                m.entries["data.pkl"] = "";
              },
              "torch.save"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ImportPt2, OtherFilesAreRecognized) {
  const auto says = [](const std::string& text) {
    return Import(Bytes(text.begin(), text.end())).text();
  };
  EXPECT_NE(says("").find("is empty"), std::string::npos);
  EXPECT_NE(says(std::string("\x1c\0\0\0ET12....", 12)).find(".pte program"), std::string::npos);
  EXPECT_NE(says(std::string("\x1c\0\0\0TFL3....", 12)).find("TensorFlow"), std::string::npos);
  EXPECT_NE(says("\x80\x02}q").find("pickle"), std::string::npos);
  EXPECT_NE(says("just text").find("no sound zip"), std::string::npos);
}

TEST(ImportPt2, DamageEndsInMessages) {
  TestModel model = ReluModel();
  model.SmallWeight("p_w", "w")
      .Node("torch.ops.aten.add.Tensor",
            {{"self", TensorJson("relu")}, {"other", TensorJson("p_w")}}, "add");
  model.Output("add");
  const Bytes sound = model.Build();
  ASSERT_TRUE(Import(sound).ok());
  for (size_t size = 0; size < sound.size(); ++size) {
    EXPECT_FALSE(Import(Bytes(sound.begin(), sound.begin() + static_cast<long>(size))).ok());
  }
  constexpr uint32_t kSeed = 1;
  std::mt19937 random(kSeed);
  for (int i = 0; i < 2000; ++i) {
    // The document is changed before it is packed: a CRC would catch nearly all changes after.
    TestModel mutant = model;
    std::string text = mutant.document.dump();
    for (int n = 0; n < 3; ++n) text[random() % text.size()] = static_cast<char>(random() % 128);
    mutant.entries["models/model.json"] = text;
    const ImportResult result = Import(mutant);
    EXPECT_EQ(result.ok(), result.diagnostics.ok());
  }
}

}  // namespace
}  // namespace cortico

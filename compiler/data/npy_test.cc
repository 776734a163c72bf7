#include "compiler/data/npy.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <random>

namespace cortico {
namespace {

constexpr DType kAllTypes[] = {DType::kUInt8, DType::kInt8,    DType::kInt16,   DType::kInt32,
                               DType::kInt64, DType::kFloat16, DType::kFloat32, DType::kFloat64,
                               DType::kBool,  DType::kUInt16,  DType::kUInt32,  DType::kUInt64};

HostTensor Tensor(DType dtype, const std::vector<int64_t>& sizes) {
  HostTensor tensor;
  tensor.type.dtype = dtype;
  tensor.type.sizes = sizes;
  tensor.data.resize(static_cast<size_t>(tensor.type.nbytes()));
  for (size_t i = 0; i < tensor.data.size(); ++i) {
    tensor.data[i] = static_cast<uint8_t>(dtype == DType::kBool ? i % 2 : i * 11);
  }
  return tensor;
}

/// A .npy file with this header text and data.
Bytes Npy(const std::string& header, const std::string& data, int version = 1) {
  std::string text("\x93NUMPY", 6);
  text += static_cast<char>(version);
  text += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) {
    text += static_cast<char>(header.size() >> 8 * i & 0xff);
  }
  text += header + data;
  return {text.begin(), text.end()};
}

std::optional<HostTensor> Parse(const Bytes& bytes, std::string* message = nullptr) {
  Diagnostics diagnostics;
  auto tensor = ParseNpy(bytes, "array 'a'", diagnostics);
  EXPECT_EQ(tensor.has_value(), diagnostics.ok());
  if (!diagnostics.ok()) {
    EXPECT_NE(diagnostics.all()[0].remedy, "");
    if (message != nullptr) *message = diagnostics.all()[0].ToString();
  }
  return tensor;
}

TEST(Npy, RoundTripOfEveryTypeAndRank) {
  for (const DType dtype : kAllTypes) {
    for (const auto& sizes :
         std::vector<std::vector<int64_t>>{{}, {1}, {5}, {2, 3}, {0, 4}, {2, 1, 3, 2}}) {
      const HostTensor tensor = Tensor(dtype, sizes);
      const Bytes bytes = SerializeNpy(tensor);
      EXPECT_EQ((bytes.size() - tensor.data.size()) % 64, 0U);
      const auto back = Parse(bytes);
      ASSERT_TRUE(back);
      EXPECT_EQ(back->type, tensor.type);
      EXPECT_EQ(back->data, tensor.data);
    }
  }
}

TEST(Npy, WritesWhatNumPyWrites) {
  const Bytes bytes = SerializeNpy(Tensor(DType::kFloat32, {2, 3}));
  const std::string header(bytes.begin() + 10, bytes.begin() + 128);
  EXPECT_EQ(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" +
                        std::string(58, ' ') + "\n");
  const Bytes one = SerializeNpy(Tensor(DType::kBool, {4}));
  EXPECT_NE(std::string(one.begin(), one.end()).find("'|b1'"), std::string::npos);
  EXPECT_NE(std::string(one.begin(), one.end()).find("(4,), }"), std::string::npos);
}

TEST(Npy, BFloat16IsWrittenAsFloat32) {
  HostTensor tensor = Tensor(DType::kBFloat16, {1});
  tensor.data = {0xc0, 0x3f};  // 1.5
  const auto back = Parse(SerializeNpy(tensor));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->type.dtype, DType::kFloat32);
  EXPECT_EQ(back->As<float>()[0], 1.5F);
}

TEST(Npy, HeadersThatOthersWrite) {
  const std::string data("abcdef");
  for (const char* header :
       {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n",
        "{'shape': (2, 3), 'fortran_order': False, 'descr': '<u1'}", "{\"descr\":\"u1\",}",
        "{'descr':'=u1','fortran_order':False,'shape':(2,3,)}",
        "{'descr': '>u1', 'fortran_order': False, 'shape': (2L, 3L)}"}) {
    const bool sound = std::string(header).find("shape") != std::string::npos;
    for (const int version : {1, 2, 3}) {
      const auto tensor = Parse(Npy(header, data, version));
      ASSERT_EQ(tensor.has_value(), sound) << header;
      if (sound) {
        EXPECT_EQ(tensor->type.sizes, (std::vector<int64_t>{2, 3}));
      }
    }
  }
}

TEST(Npy, FortranOrderIsTurned) {
  const auto tensor =
      Parse(Npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", "abcdef"));
  ASSERT_TRUE(tensor);
  EXPECT_EQ(std::string(tensor->data.begin(), tensor->data.end()), "acebdf");
  const auto wide =
      Parse(Npy("{'descr': '<u2', 'fortran_order': True, 'shape': (2, 1, 2), }", "aabbccdd"));
  ASSERT_TRUE(wide);
  EXPECT_EQ(std::string(wide->data.begin(), wide->data.end()), "aaccbbdd");
}

TEST(Npy, BoolsBecomeZeroOrOne) {
  const auto tensor = Parse(
      Npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", std::string("\0\x07", 2)));
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->data, (Bytes{0, 1}));
}

TEST(Npy, DataMustFitTheHeaderToTheByte) {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  EXPECT_TRUE(Parse(Npy(header, "12345678")));
  std::string message;
  EXPECT_FALSE(Parse(Npy(header, "1234567"), &message));
  EXPECT_NE(message.find("array 'a' holds 7 bytes of data where its header needs 8"),
            std::string::npos);
  EXPECT_FALSE(Parse(Npy(header, "123456789")));
}

TEST(Npy, RefusedTypes) {
  std::string message;
  for (const char* descr : {"'>f4'", "'|O'", "'<U3'", "'<c8'", "'<f16'", "'<M8[ns]'", "'V2'", "''",
                            "'<f3'", "[('a', '<f4')]"}) {
    EXPECT_FALSE(
        Parse(Npy(std::string("{'descr': ") + descr + ", 'fortran_order': False, 'shape': (1,), }",
                  "1234"),
              &message))
        << descr;
    EXPECT_NE(message.find(".astype"), std::string::npos) << message;
  }
}

TEST(Npy, RefusedHeaders) {
  for (const char* header :
       {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 1, }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 9), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1,), }"}) {
    EXPECT_FALSE(Parse(Npy(header, "1234"))) << header;
  }
  std::string many = "{'descr': '|u1', 'fortran_order': False, 'shape': (";
  for (int i = 0; i < 65; ++i) many += "1, ";
  EXPECT_FALSE(Parse(Npy(many + "), }", "1")));
  EXPECT_FALSE(Parse(Npy("{}", "", 4)));
  EXPECT_FALSE(Parse({}));
  EXPECT_FALSE(Parse({0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 255, 255, 0}));
  EXPECT_FALSE(Parse({0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 255, 255}));
}

TEST(Npy, DamageEndsInMessages) {
  const Bytes sound = SerializeNpy(Tensor(DType::kFloat32, {2, 3}));
  for (size_t size = 0; size < sound.size(); ++size) {
    EXPECT_FALSE(Parse(Bytes(sound.begin(), sound.begin() + static_cast<long>(size))));
  }
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    Bytes mutant = sound;
    mutant[random() % 70] = static_cast<uint8_t>(random());
    Parse(mutant);
  }
}

TEST(Npz, RoundTrip) {
  const NamedTensors tensors = {{"x", Tensor(DType::kFloat32, {2, 3})},
                                {"y", Tensor(DType::kInt64, {2})}};
  Diagnostics diagnostics;
  for (const bool deflate : {false, true}) {
    const auto bytes = SerializeNpz(tensors, deflate, diagnostics);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes, SerializeNpz(tensors, deflate, diagnostics));
    const auto back = ParseNpz(*bytes, diagnostics);
    ASSERT_TRUE(back);
    ASSERT_EQ(back->size(), 2U);
    EXPECT_EQ((*back)[1].first, "y");
    EXPECT_EQ((*back)[1].second.data, tensors[1].second.data);
  }
}

TEST(Npz, EveryBadArrayIsNamed) {
  Diagnostics diagnostics;
  const auto bytes = SerializeNpz({{"a", Tensor(DType::kInt8, {2})}}, false, diagnostics);
  ASSERT_TRUE(bytes);
  Bytes bad = *bytes;
  const std::string text(bad.begin(), bad.end());
  bad[text.find("NUMPY")] = 'X';  // its CRC no longer fits
  EXPECT_FALSE(ParseNpz(bad, diagnostics));
  EXPECT_NE(diagnostics.all().at(0).message.find("'a.npy'"), std::string::npos);
}

TEST(ReadArrays, TheContentDecides) {
  const std::string path = ::testing::TempDir() + "/read_arrays_test";
  Diagnostics diagnostics;
  ASSERT_TRUE(WriteNpy(path, Tensor(DType::kInt8, {3}), diagnostics));
  auto arrays = ReadArrays(path, diagnostics);
  ASSERT_TRUE(arrays);
  EXPECT_EQ(arrays->at(0).first, "");
  ASSERT_TRUE(WriteNpz(path, {{"b", Tensor(DType::kInt8, {3})}}, diagnostics));
  arrays = ReadArrays(path, diagnostics);
  ASSERT_TRUE(arrays);
  EXPECT_EQ(arrays->at(0).first, "b");
  EXPECT_TRUE(diagnostics.all().empty());

  ASSERT_TRUE(WriteFileAtomically(path, Bytes{'h', 'e', 'l', 'l', 'o', '!'}, diagnostics));
  EXPECT_FALSE(ReadArrays(path, diagnostics));
  EXPECT_EQ(diagnostics.all().at(0).file, path);
  EXPECT_NE(diagnostics.all().at(0).message.find("neither a .npy nor a .npz"), std::string::npos);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace cortico

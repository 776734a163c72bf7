#include "compiler/import/payload.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

namespace cortico {
namespace {

constexpr uint64_t kMax = 1 << 20;
constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();

/// Bytes 0 to 11.
Bytes Storage() {
  Bytes bytes(12);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  return bytes;
}

std::optional<Bytes> Dense(const StridedTensor& tensor) {
  std::string error;
  auto bytes = Densify(tensor, Storage(), kMax, &error);
  EXPECT_EQ(bytes.has_value(), error.empty());
  return bytes;
}

TEST(Densify, AnyStridesGiveLogicalOrder) {
  EXPECT_EQ(Dense({DType::kInt8, {2, 3}, {3, 1}, 0}), (Bytes{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(Dense({DType::kInt8, {2, 3}, {1, 2}, 0}), (Bytes{0, 2, 4, 1, 3, 5}));  // transposed
  EXPECT_EQ(Dense({DType::kInt8, {2, 2}, {3, 1}, 4}), (Bytes{4, 5, 7, 8}));        // offset
  EXPECT_EQ(Dense({DType::kInt8, {2, 2}, {0, 1}, 1}), (Bytes{1, 2, 1, 2}));        // expanded
  EXPECT_EQ(Dense({DType::kInt8, {3, 2}, {1, 1}, 0}), (Bytes{0, 1, 1, 2, 2, 3}));  // overlapping
  EXPECT_EQ(Dense({DType::kInt16, {2, 2}, {1, 2}, 1}), (Bytes{2, 3, 6, 7, 4, 5, 8, 9}));
  EXPECT_EQ(Dense({DType::kInt32, {}, {}, 2}), (Bytes{8, 9, 10, 11}));
  EXPECT_EQ(Dense({DType::kInt32, {1, 1}, {77, 99}, 2}), (Bytes{8, 9, 10, 11}));
  EXPECT_EQ(Dense({DType::kInt8, {0, 5}, {5, 1}, 0}), Bytes());
  EXPECT_EQ(Dense({DType::kInt8, {0, kHuge, kHuge}, {kHuge, kHuge, 1}, 0}), Bytes());
}

TEST(Densify, BoolsBecomeZeroOrOne) {
  EXPECT_EQ(Dense({DType::kBool, {3}, {1}, 0}), (Bytes{0, 1, 1}));
}

TEST(Densify, TheLastByteIsTheLimit) {
  EXPECT_TRUE(Dense({DType::kInt8, {12}, {1}, 0}));
  EXPECT_FALSE(Dense({DType::kInt8, {13}, {1}, 0}));
  EXPECT_FALSE(Dense({DType::kInt8, {12}, {1}, 1}));
  EXPECT_TRUE(Dense({DType::kInt32, {2}, {2}, 0}));
  EXPECT_FALSE(Dense({DType::kInt32, {2}, {3}, 0}));
  EXPECT_FALSE(Dense({DType::kInt32, {}, {}, 3}));
}

TEST(Densify, NumbersThatMakeNoTensor) {
  EXPECT_FALSE(Dense({DType::kInt8, {-1}, {1}, 0}));
  EXPECT_FALSE(Dense({DType::kInt8, {2}, {-1}, 4}));
  EXPECT_FALSE(Dense({DType::kInt8, {2}, {1}, -1}));
  EXPECT_FALSE(Dense({DType::kInt8, {2, 2}, {1}, 0}));
  EXPECT_FALSE(Dense({DType::kInt8, {2}, {kHuge}, 0}));
  EXPECT_FALSE(Dense({DType::kInt8, {2}, {1}, kHuge}));
  EXPECT_FALSE(Dense({DType::kInt32, {1}, {1}, kHuge / 2}));
  EXPECT_FALSE(Dense({DType::kInt8, {kHuge, kHuge}, {0, 0}, 0}));
}

TEST(Densify, ExpansionIsBounded) {
  std::string error;
  const StridedTensor tensor{DType::kInt8, {1 << 10, 1 << 10}, {0, 0}, 0};
  EXPECT_TRUE(Densify(tensor, Storage(), 1 << 20, &error));
  EXPECT_FALSE(Densify(tensor, Storage(), (1 << 20) - 1, &error));
  EXPECT_NE(error.find("too large"), std::string::npos);
}

TEST(SerializedDType, EveryTypeOfOurs) {
  EXPECT_EQ(DTypeFromSerialized(7), DType::kFloat32);
  EXPECT_EQ(DTypeFromSerialized(13), DType::kBFloat16);
  EXPECT_EQ(DTypeFromSerialized(35), DType::kUInt64);
  EXPECT_EQ(DTypeFromSerialized(10), std::nullopt);
  EXPECT_EQ(DTypeFromSerialized(0), std::nullopt);
  EXPECT_EQ(DTypeFromSerialized(-1), std::nullopt);
  EXPECT_EQ(SerializedDTypeName(10), "complex64");
  EXPECT_EQ(SerializedDTypeName(99), "number 99");
}

}  // namespace
}  // namespace cortico

#include <cfenv>
#include <cmath>
#include <limits>
#include <random>

#include "ops/testing.h"

namespace cortico::ops {

template <>
QuantizePerTensor<Device> Good(Pool& pool) {
  QuantizePerTensor<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {2, 5}));
  Assign(op.out, pool.Make(DType::kInt8, {2, 5}));
  op.scale = 0.25f;
  op.zero_point = -7;
  return op;
}

namespace {

int32_t QuantizeOne(float x, float scale, int32_t zero_point, int32_t low, int32_t high,
                    DType dtype = DType::kInt8) {
  Pool pool;
  QuantizePerTensor<Device> op;
  Assign(op.input, pool.Make(DType::kFloat32, {1}));
  Assign(op.out, pool.Make(dtype, {1}));
  op.scale = scale;
  op.zero_point = zero_point;
  op.quant_min = low;
  op.quant_max = high;
  op.dtype = dtype;
  op.input.As<float>()[0] = x;
  EXPECT_EQ(Check(op), Error::kOk);
  RunOp(op);
  return dtype == DType::kInt8 ? op.out.As<int8_t>()[0] : op.out.As<int16_t>()[0];
}

TEST(QuantizePerTensor, RoundsHalvesToEven) {
  ASSERT_EQ(std::fegetround(), FE_TONEAREST);
  const float halves[] = {-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 3.5f};
  const int32_t expected[] = {-2, -2, 0, 0, 2, 2, 4};
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(QuantizeOne(halves[i], 1.0f, 0, -128, 127), expected[i]) << halves[i];
    EXPECT_EQ(QuantizeOne(halves[i], 1.0f, 5, -128, 127), expected[i] + 5) << halves[i];
  }
}

TEST(QuantizePerTensor, SaturatesWhateverComes) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (float huge : {128.0f, 1e9f, 3e38f, infinity}) {
    EXPECT_EQ(QuantizeOne(huge, 1.0f, 3, -128, 127), 127);
    EXPECT_EQ(QuantizeOne(-2 * huge, 1.0f, 3, -128, 127), -128);
    EXPECT_EQ(QuantizeOne(huge, 2e-38f, 3, -7, 100), 100);
    EXPECT_EQ(QuantizeOne(huge * 1000, 1.0f, 0, -32768, 32767, DType::kInt16), 32767);
  }
  EXPECT_EQ(QuantizeOne(std::numeric_limits<float>::quiet_NaN(), 1.0f, 3, -128, 127), 3);
}

TEST(QuantizePerTensor, EqualsTheFormula) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> values(-40.0f, 40.0f);
  std::uniform_real_distribution<float> scales(0.001f, 0.5f);
  for (int i = 0; i < 20000; ++i) {
    const float x = values(random);
    const float scale = scales(random);
    const auto zero_point = static_cast<int32_t>(random() % 256) - 128;
    const auto inverse = static_cast<float>(1.0 / static_cast<double>(scale));
    const float rounded = std::nearbyint(x * inverse);
    const float q = std::min(127.0f, std::max(-128.0f, rounded + static_cast<float>(zero_point)));
    ASSERT_EQ(QuantizeOne(x, scale, zero_point, -128, 127), static_cast<int32_t>(q))
        << x << " " << scale << " " << zero_point;
  }
}

TEST(QuantizePerTensor, Refuses) {
  using Op = QuantizePerTensor<Device>;
  for (float scale : {0.0f, -1.0f, 1e-45f, 1e-38f, 3e38f, std::numeric_limits<float>::infinity(),
                      std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_EQ(CheckWith<Op>([=](Op& op, Pool&) { op.scale = scale; }), Error::kBadArgument)
        << scale;
  }
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.zero_point = 128; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.quant_min = -129; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.quant_max = 128; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.quant_max = -129; }), Error::kBadArgument);
  EXPECT_EQ(CheckWith<Op>([](Op& op, Pool&) { op.dtype = DType::kInt16; }), Error::kBadType);
}

}  // namespace
}  // namespace cortico::ops

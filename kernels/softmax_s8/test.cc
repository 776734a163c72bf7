#include "kernels/softmax_s8/softmax_s8.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using testing::Guarded;
using testing::Random;

std::vector<SoftmaxS8*> Functions() {
  std::vector<SoftmaxS8*> functions = {arm_softmax_s8};
  for (const auto& variant : kSoftmaxS8) functions.push_back(variant.run);
  return functions;
}

// beta * input scale as multiplier and shift to Q5.26, and the difference below which exp is 0.
struct InputScale {
  explicit InputScale(double scale) {
    const double real = std::min(scale * (1 << 26), 2147483647.0);
    int exponent = 0;
    const double fraction = std::frexp(real, &exponent);
    int64_t q = std::llround(fraction * 2147483648.0);
    if (q == int64_t{1} << 31) {
      q /= 2;
      ++exponent;
    }
    multiplier = static_cast<int32_t>(q);
    shift = exponent;
    diff_min = -static_cast<int32_t>(
        std::floor(31.0 * (1 << 26) / std::pow(2.0, shift)));
  }
  int32_t multiplier;
  int32_t shift;
  int32_t diff_min;
};

TEST(SoftmaxS8, EqualsReferenceAndRealNumbers) {
  for (SoftmaxS8* function : Functions()) {
    for (uint32_t seed = 1; seed <= 400; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      const int rows = random.Pick({0, 1, 2, 5});
      const int size = random.Pick({1, 2, 3, 7, 10, 12, 16, 17, 100, 1000});
      const double beta_scale = random.Pick({0.0005, 0.004, 0.02, 0.0625, 0.11, 0.2, 0.5, 1.0});
      const InputScale scale(beta_scale);
      Guarded<int8_t> input(random.Chance(20) ? std::vector<int8_t>(rows * size, 7)
                                              : random.Bytes(rows * size));
      const std::vector<int8_t> values = input.values();
      Guarded<int8_t> output(rows * size, 99);
      int8_t* const target = random.Chance(30) ? input.data() : output.data();
      function(input.data(), rows, size, scale.multiplier, scale.shift, scale.diff_min, target);
      ASSERT_TRUE(output.Intact() && input.Intact());
      const std::vector<int8_t> actual(target, target + rows * size);
      ASSERT_EQ(actual, reference::Softmax(values, rows, size, scale.multiplier, scale.shift,
                                           scale.diff_min));
      for (int r = 0; r < rows; ++r) {
        const auto begin = values.begin() + r * size;
        const int largest = *std::max_element(begin, begin + size);
        double sum = 0;
        for (int i = 0; i < size; ++i) sum += std::exp(beta_scale * (begin[i] - largest));
        for (int i = 0; i < size; ++i) {
          const double real = std::exp(beta_scale * (begin[i] - largest)) / sum * 256 - 128;
          ASSERT_NEAR(actual[r * size + i], std::min(real, 127.0), 1.0);
        }
      }
    }
  }
}

TEST(SoftmaxS8, WorkedByHand) {
  const InputScale scale(0.1);
  // Two equal values: a half each, 128 - 128.
  const int8_t input[] = {5, 5, 127, -128};
  int8_t output[4];
  arm_softmax_s8(input, 2, 2, scale.multiplier, scale.shift, scale.diff_min, output);
  EXPECT_EQ(std::vector<int8_t>(output, output + 4), (std::vector<int8_t>{0, 0, 127, -128}));
}

}  // namespace
}  // namespace cortico::kernels

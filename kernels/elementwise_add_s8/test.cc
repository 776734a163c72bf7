#include "kernels/elementwise_add_s8/elementwise_add_s8.h"

#include <gtest/gtest.h>

#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using reference::Scale;
using testing::Guarded;
using testing::Random;

std::vector<ElementwiseAddS8*> Functions() {
  std::vector<ElementwiseAddS8*> functions = {arm_elementwise_add_s8};
  for (const auto& variant : kElementwiseAddS8) functions.push_back(variant.run);
  return functions;
}

TEST(ElementwiseAddS8, EqualsReference) {
  for (ElementwiseAddS8* function : Functions()) {
    for (uint32_t seed = 1; seed <= 1000; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      const int size = random.Pick({0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 257});
      Guarded<int8_t> a(random.Bytes(size)), b(random.Bytes(size)), output(size);
      Scale x = {random.InputOffset(), random.Multiplier(), random.Int(-15, 0)};
      Scale y = {random.InputOffset(), random.Multiplier(), random.Int(-15, 0)};
      Scale out = {random.OutputOffset(), random.Multiplier(), random.Shift()};
      const int left_shift = random.Chance(70) ? 20 : random.Int(0, 22);
      reference::Range range = random.Range();
      // As TensorFlow Lite does: half of the larger scale, which may be that of both.
      const int larger = random.Int(0, 3);
      if (larger == 1 || larger == 3) x.multiplier = 1 << 30, x.shift = 0;
      if (larger == 2 || larger == 3) y.multiplier = 1 << 30, y.shift = 0;
      if (larger > 0 && random.Chance(70)) out.shift = random.Int(-20, -15);
      if (random.Chance(30)) out.offset = -128, range = {};
      const std::vector<int8_t> expected =
          reference::Add(a.values(), x, b.values(), y, left_shift, out, range);
      // Also in place, over either input.
      int8_t* const target = random.Pick({output.data(), output.data(), a.data(), b.data()});
      ASSERT_EQ(function(a.data(), b.data(), x.offset, x.multiplier, x.shift, y.offset,
                         y.multiplier, y.shift, left_shift, target, out.offset, out.multiplier,
                         out.shift, range.min, range.max, size),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(std::vector<int8_t>(target, target + size), expected);
      ASSERT_TRUE(output.Intact() && a.Intact() && b.Intact());
    }
  }
}

// TensorFlow Lite's scheme: the input of the larger scale is halved, the other one at most halved.
TEST(ElementwiseAddS8, EqualsReferenceWithOneInputHalved) {
  for (ElementwiseAddS8* function : Functions()) {
    for (uint32_t seed = 1; seed <= 1000; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      const int size = random.Chance(10) ? random.Int(0, 9) : random.Int(10, 300);
      Guarded<int8_t> a(random.Bytes(size)), b(random.Bytes(size)), output(size);
      const bool tie = random.Chance(30);  // multipliers that make many
      const auto multiplier = [&] { return tie ? 1 << 30 : random.Multiplier(); };
      Scale x = {random.InputOffset(), 1 << 30, 0};
      Scale y = {random.InputOffset(), multiplier(), random.Int(-24, random.Chance(10) ? 1 : -1)};
      if (random.Chance(50)) std::swap(x, y);
      const Scale out = {random.OutputOffset(), multiplier(), random.Int(-24, -12)};
      const reference::Range range = random.Range();
      const std::vector<int8_t> expected =
          reference::Add(a.values(), x, b.values(), y, 20, out, range);
      int8_t* const target = random.Pick({output.data(), output.data(), a.data(), b.data()});
      ASSERT_EQ(function(a.data(), b.data(), x.offset, x.multiplier, x.shift, y.offset,
                         y.multiplier, y.shift, 20, target, out.offset, out.multiplier, out.shift,
                         range.min, range.max, size),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(std::vector<int8_t>(target, target + size), expected);
      ASSERT_TRUE(output.Intact() && a.Intact() && b.Intact());
    }
  }
}

// Every pair of values once, with the scales TensorFlow Lite would choose for 0.05 and 0.1 to 0.12.
TEST(ElementwiseAddS8, AllPairs) {
  std::vector<int8_t> a, b;
  for (int i = -128; i < 128; ++i) {
    for (int j = -128; j < 128; ++j) {
      a.push_back(static_cast<int8_t>(i));
      b.push_back(static_cast<int8_t>(j));
    }
  }
  const Scale x = {3, 1 << 30, -1}, y = {-7, 1 << 30, 0}, out = {11, 1789569707, -19};
  const std::vector<int8_t> expected = reference::Add(a, x, b, y, 20, out, {});
  for (ElementwiseAddS8* function : Functions()) {
    std::vector<int8_t> output(a.size());
    function(a.data(), b.data(), x.offset, x.multiplier, x.shift, y.offset, y.multiplier, y.shift,
             20, output.data(), out.offset, out.multiplier, out.shift, -128, 127,
             static_cast<int32_t>(a.size()));
    EXPECT_EQ(output, expected);
  }
  // The integers against the real numbers: never off by more than one step.
  for (size_t i = 0; i < a.size(); ++i) {
    const double real = (0.05 * (a[i] + 3) + 0.1 * (b[i] - 7)) / 0.12 + 11;
    EXPECT_NEAR(expected[i], std::min(127.0, std::max(-128.0, real)), 1.0);
  }
}

}  // namespace
}  // namespace cortico::kernels

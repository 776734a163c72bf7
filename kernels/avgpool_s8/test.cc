#include "kernels/avgpool_s8/avgpool_s8.h"

#include <gtest/gtest.h>

#include "kernels/testing/pool_case.h"

namespace cortico::kernels {
namespace {

using reference::Pool;
using testing::Random;

TEST(AvgpoolS8, EveryVariantAndTheEntryPointEqualReference) {
  std::vector<AvgpoolS8*> functions = {arm_avgpool_s8};
  for (const auto& variant : kAvgpoolS8) functions.push_back(variant.run);
  for (AvgpoolS8* function : functions) {
    for (uint32_t seed = 1; seed <= 1500; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      const Pool p = testing::RandomPool(random, true);
      const std::vector<int8_t> input = random.Bytes(p.input.size());
      std::vector<int8_t> output;
      ASSERT_EQ(testing::CallPool(function, p, input,
                                  arm_avgpool_s8_get_buffer_size(p.output.w, p.output.c), &output),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::AveragePool(p, input));
    }
  }
}

// All values at an end of the range: sums of 16 bits hold 256 of them and no more.
TEST(AvgpoolS8, LargeWindows) {
  for (const auto& variant : kAvgpoolS8) {
    for (const int value : {-128, 127}) {
      for (const auto& [h, w] : {std::pair(16, 16), {257, 1}, {1, 257}, {19, 27}, {128, 2}}) {
        SCOPED_TRACE(std::string(variant.name) + " " + std::to_string(h) + "x" + std::to_string(w));
        Pool p;
        p.input = {1, h, w, 7};
        p.output = {1, 1, 1, 7};
        p.window_h = h;
        p.window_w = w;
        const std::vector<int8_t> input(p.input.size(), static_cast<int8_t>(value));
        std::vector<int8_t> output;
        ASSERT_EQ(testing::CallPool(variant.run, p, input, 28, &output), ARM_CMSIS_NN_SUCCESS);
        ASSERT_EQ(output, std::vector<int8_t>(7, static_cast<int8_t>(value)));
      }
    }
  }
}

// One row of the largest, the smallest and every sum that is near a half, for every count of
// elements around the limit of 16 bit sums.
TEST(AvgpoolS8, EveryCount) {
  Random random(3);
  for (int count = 1; count <= 300; ++count) {
    Pool p;
    p.input = {1, 1, count, 24};
    p.output = {1, 1, 1, 24};
    p.window_w = count;
    std::vector<int8_t> input(p.input.size());
    for (int channel = 0; channel < 24; ++channel) {
      // The sum of a channel: target * count, and about a half of count.
      const int target = channel == 0 ? -128 : channel == 1 ? 127 : random.Int(-127, 126);
      int extra = channel < 2 ? 0 : count / 2 + random.Int(-1, 1);
      for (int x = 0; x < count; ++x) {
        input[x * 24 + channel] = static_cast<int8_t>(target + (extra-- > 0 ? 1 : 0));
      }
    }
    for (const auto& variant : kAvgpoolS8) {
      std::vector<int8_t> output;
      ASSERT_EQ(testing::CallPool(variant.run, p, input, 4 * 24, &output), ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::AveragePool(p, input)) << variant.name << " of " << count;
    }
  }
}

TEST(AvgpoolS8, HalvesGoAwayFromZero) {
  Pool p;
  p.input = {1, 1, 2, 4};
  p.output = {1, 1, 1, 4};
  p.window_w = 2;
  std::vector<int8_t> output;
  ASSERT_EQ(testing::CallPool(arm_avgpool_s8, p, {1, -1, 3, -127, 2, -2, 3, -128}, 16, &output),
            ARM_CMSIS_NN_SUCCESS);
  EXPECT_EQ(output, (std::vector<int8_t>{2, -2, 3, -128}));
}

TEST(AvgpoolS8, Checks) {
  Pool good;
  good.input = {1, 4, 4, 2};
  good.output = {1, 2, 2, 2};
  good.window_h = good.window_w = 2;
  good.stride_h = good.stride_w = 3;
  good.pad_h = good.pad_w = 1;
  const std::vector<int8_t> input(32, 3);
  std::vector<int8_t> output;
  const auto status = [&](const Pool& p, int scratch) {
    return testing::CallPool(arm_avgpool_s8, p, input, scratch, &output);
  };
  EXPECT_EQ(status(good, 8), ARM_CMSIS_NN_SUCCESS);
  EXPECT_EQ(status(good, 0),
            kIsa == Isa::kDsp ? ARM_CMSIS_NN_ARG_ERROR : ARM_CMSIS_NN_SUCCESS);
  Pool p = good;
  p.input.n = 0;
  EXPECT_EQ(status(p, 8), ARM_CMSIS_NN_ARG_ERROR);
  // A window wholly in the padding: before the input ...
  p = good;
  p.pad_h = 2;
  EXPECT_EQ(status(p, 8), ARM_CMSIS_NN_ARG_ERROR);
  p = good;
  p.pad_w = 2;
  EXPECT_EQ(status(p, 8), ARM_CMSIS_NN_ARG_ERROR);
  // ... and after it: the third window would begin at 5.
  p = good;
  p.output.h = 3;
  EXPECT_EQ(status(p, 8), ARM_CMSIS_NN_ARG_ERROR);
  p = good;
  p.output.w = 3;
  EXPECT_EQ(status(p, 8), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(output, std::vector<int8_t>(output.size(), 99)) << "an error wrote output";
}

}  // namespace
}  // namespace cortico::kernels

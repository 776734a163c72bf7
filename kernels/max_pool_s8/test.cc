#include "kernels/max_pool_s8/max_pool_s8.h"

#include <gtest/gtest.h>

#include "kernels/testing/pool_case.h"

namespace cortico::kernels {
namespace {

using reference::Pool;
using testing::Random;

TEST(MaxPoolS8, EveryVariantAndTheEntryPointEqualReference) {
  std::vector<MaxPoolS8*> functions = {arm_max_pool_s8};
  for (const auto& variant : kMaxPoolS8) functions.push_back(variant.run);
  for (MaxPoolS8* function : functions) {
    for (uint32_t seed = 1; seed <= 1500; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      const Pool p = testing::RandomPool(random, false);
      const std::vector<int8_t> input = random.Bytes(p.input.size());
      std::vector<int8_t> output;
      ASSERT_EQ(testing::CallPool(function, p, input, 0, &output), ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::MaxPool(p, input));
    }
  }
}

TEST(MaxPoolS8, Checks) {
  Pool p;
  p.input.n = 0;
  std::vector<int8_t> output;
  EXPECT_EQ(testing::CallPool(arm_max_pool_s8, p, {}, 0, &output), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(output, std::vector<int8_t>{99});
}

}  // namespace
}  // namespace cortico::kernels

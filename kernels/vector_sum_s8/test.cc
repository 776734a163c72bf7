#include "kernels/vector_sum_s8/vector_sum_s8.h"

#include <gtest/gtest.h>

#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using testing::Guarded;
using testing::Random;

TEST(VectorSumS8, EveryVariantAndTheEntryPointEqualReference) {
  std::vector<VectorSumS8*> functions = {arm_vector_sum_s8};
  for (const auto& variant : kVectorSumS8) functions.push_back(variant.run);
  for (VectorSumS8* function : functions) {
    for (uint32_t seed = 1; seed <= 500; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      const int rows = random.Pick({0, 1, 2, 4, 5, 6, 13});
      const int columns = random.Pick({0, 1, 3, 4, 15, 16, 17, 33, 100, 512, 517, 1031});
      Guarded<int8_t> data(random.Bytes(rows * columns));
      std::vector<int32_t> bias;
      if (random.Chance(50)) bias = random.Ints(rows, -100000, 100000);
      const int lhs_offset = random.InputOffset();
      const int rhs_offset = random.Chance(50) ? random.InputOffset() : 0;
      Guarded<int32_t> sums(rows);
      EXPECT_EQ(function(sums.data(), columns, rows, data.data(), lhs_offset, rhs_offset,
                         bias.empty() ? nullptr : bias.data()),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(sums.values(), reference::RowSums(rows, columns, data.values(), lhs_offset,
                                                  rhs_offset, bias));
      ASSERT_TRUE(sums.Intact());
    }
  }
}

}  // namespace
}  // namespace cortico::kernels

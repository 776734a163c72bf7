#include "kernels/elementwise_mul_s8/elementwise_mul_s8.h"

#include <gtest/gtest.h>

#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using testing::Guarded;
using testing::Random;

TEST(ElementwiseMulS8, EveryVariantAndTheEntryPointEqualReference) {
  std::vector<ElementwiseMulS8*> functions = {arm_elementwise_mul_s8};
  for (const auto& variant : kElementwiseMulS8) functions.push_back(variant.run);
  for (ElementwiseMulS8* function : functions) {
    for (uint32_t seed = 1; seed <= 1000; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      const int size = random.Pick({0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 257});
      Guarded<int8_t> a(random.Bytes(size)), b(random.Bytes(size)), output(size);
      const int offset_a = random.InputOffset(), offset_b = random.InputOffset();
      const reference::Scale out = {random.OutputOffset(), random.Multiplier(), random.Shift()};
      const reference::Range range = random.Range();
      const std::vector<int8_t> expected =
          reference::Multiply(a.values(), offset_a, b.values(), offset_b, out, range);
      int8_t* const target = random.Pick({output.data(), output.data(), a.data(), b.data()});
      ASSERT_EQ(function(a.data(), b.data(), offset_a, offset_b, target, out.offset,
                         out.multiplier, out.shift, range.min, range.max, size),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(std::vector<int8_t>(target, target + size), expected);
      ASSERT_TRUE(output.Intact() && a.Intact() && b.Intact());
    }
  }
}

}  // namespace
}  // namespace cortico::kernels

#include "kernels/pad_s8/pad_s8.h"

#include <gtest/gtest.h>

#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using reference::Shape;
using testing::Dims;
using testing::Guarded;
using testing::Random;

TEST(PadS8, EveryVariantAndTheEntryPointEqualReference) {
  std::vector<PadS8*> functions = {arm_pad_s8};
  for (const auto& variant : kPadS8) functions.push_back(variant.run);
  for (PadS8* function : functions) {
    for (uint32_t seed = 1; seed <= 1000; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      const auto axes = [&](int low, int high, int chance) {
        const auto axis = [&] { return random.Chance(chance) ? random.Int(low, high) : low; };
        return Shape{axis(), axis(), axis(), random.Chance(20) ? random.Int(low, 40) : axis()};
      };
      const Shape shape = axes(random.Chance(10) ? 0 : 1, 5, 80);
      const Shape before = axes(0, 3, 40), after = axes(0, 3, 40);
      Guarded<int8_t> input(random.Bytes(shape.size()));
      const int8_t value = static_cast<int8_t>(random.Int(-128, 127));
      const std::vector<int8_t> expected =
          reference::Pad(shape, input.values(), before, after, value);
      Guarded<int8_t> output(static_cast<int64_t>(expected.size()));
      const cmsis_nn_dims size = Dims(shape), pre = Dims(before), post = Dims(after);
      ASSERT_EQ(function(input.data(), output.data(), value, &size, &pre, &post),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output.values(), expected);
      ASSERT_TRUE(output.Intact());
    }
  }
}

}  // namespace
}  // namespace cortico::kernels

#include "kernels/minimum_maximum_s8/minimum_maximum_s8.h"

#include <gtest/gtest.h>

#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using reference::Shape;
using testing::Dims;
using testing::Guarded;
using testing::Random;

struct Case {
  Shape a, b, out;
};

Case RandomCase(Random& random) {
  const int sizes[4] = {random.Int(random.Chance(10) ? 0 : 1, 3), random.Int(1, 4),
                        random.Int(1, 5), random.Pick({1, 2, 3, 7, 15, 16, 17})};
  const int stretched = random.Pick({0, 30, 100});
  Case c;
  int* const axes[3][4] = {{&c.a.n, &c.a.h, &c.a.w, &c.a.c},
                           {&c.b.n, &c.b.h, &c.b.w, &c.b.c},
                           {&c.out.n, &c.out.h, &c.out.w, &c.out.c}};
  const int narrow = random.Int(0, 1);  // with 100 the whole of one input is a scalar
  for (int axis = 0; axis < 4; ++axis) {
    for (auto& shape : axes) *shape[axis] = sizes[axis];
    if (random.Chance(stretched)) {
      *axes[stretched == 100 ? narrow : random.Int(0, 1)][axis] = 1;
    }
  }
  return c;
}

TEST(MinimumMaximumS8, EveryVariantEqualsReference) {
  for (const auto& variant : kMinimumMaximumS8) {
    for (uint32_t seed = 1; seed <= 1500; ++seed) {
      SCOPED_TRACE(std::string(variant.name) + " seed " + std::to_string(seed));
      Random random(seed);
      const Case c = RandomCase(random);
      Guarded<int8_t> a(random.Bytes(c.a.size())), b(random.Bytes(c.b.size()));
      Guarded<int8_t> output(c.out.size());
      const bool maximum = random.Chance(50);
      const std::vector<int8_t> expected =
          reference::MinMax(maximum, c.a, a.values(), c.b, b.values());
      int8_t* target = output.data();
      if (c.a.size() == c.out.size() && random.Chance(30)) target = a.data();
      variant.run(maximum ? Extreme::kMaximum : Extreme::kMinimum, a.data(), Dims(c.a), b.data(),
                  Dims(c.b), target, Dims(c.out));
      ASSERT_EQ(std::vector<int8_t>(target, target + c.out.size()), expected);
      ASSERT_TRUE(output.Intact() && a.Intact() && b.Intact());
    }
  }
}

TEST(MinimumMaximumS8, EntryPoints) {
  const int8_t a[] = {-128, 5, 127, 0}, b[] = {3};
  const cmsis_nn_dims four = {1, 2, 2, 1}, one = {1, 1, 1, 1};
  const cmsis_nn_context context = {};
  int8_t out[4];
  EXPECT_EQ(arm_minimum_s8(&context, a, &four, b, &one, out, &four), ARM_CMSIS_NN_SUCCESS);
  EXPECT_EQ(std::vector<int8_t>(out, out + 4), (std::vector<int8_t>{-128, 3, 3, 0}));
  EXPECT_EQ(arm_maximum_s8(&context, b, &one, a, &four, out, &four), ARM_CMSIS_NN_SUCCESS);
  EXPECT_EQ(std::vector<int8_t>(out, out + 4), (std::vector<int8_t>{3, 5, 127, 3}));
}

}  // namespace
}  // namespace cortico::kernels

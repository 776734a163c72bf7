#include "kernels/transpose_s8/transpose_s8.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using testing::Guarded;
using testing::Random;

// Every permutation of one to four axes, with sizes that tell the axes apart, and with zeros.
TEST(TransposeS8, EveryVariantAndTheEntryPointEqualReference) {
  std::vector<TransposeS8*> functions = {arm_transpose_s8};
  for (const auto& variant : kTransposeS8) functions.push_back(variant.run);
  Random random(1);
  for (TransposeS8* function : functions) {
    for (const std::array<int, 4>& sizes :
         {std::array<int, 4>{2, 3, 5, 7}, {1, 4, 16, 17}, {3, 1, 1, 33}, {2, 0, 3, 4}}) {
      for (int axes = 1; axes <= 4; ++axes) {
        std::array<int, 4> full_size = {1, 1, 1, 1};
        std::copy(sizes.begin(), sizes.begin() + axes, full_size.begin());
        std::array<int, 4> order = {0, 1, 2, 3};
        do {
          Guarded<int8_t> input(
              random.Bytes(full_size[0] * full_size[1] * full_size[2] * full_size[3]));
          Guarded<int8_t> output(static_cast<int64_t>(input.values().size()));
          const uint32_t permutations[4] = {
              static_cast<uint32_t>(order[0]), static_cast<uint32_t>(order[1]),
              static_cast<uint32_t>(order[2]), static_cast<uint32_t>(order[3])};
          // Axes that do not count hold rubbish.
          const auto dim = [&](const std::array<int, 4>& size, int axis) {
            return axis < axes ? size[axis] : 1234;
          };
          std::array<int, 4> out_size;
          for (int i = 0; i < 4; ++i) out_size[i] = full_size[order[i]];
          const cmsis_nn_dims in = {dim(full_size, 0), dim(full_size, 1), dim(full_size, 2),
                                    dim(full_size, 3)};
          const cmsis_nn_dims out = {dim(out_size, 0), dim(out_size, 1), dim(out_size, 2),
                                     dim(out_size, 3)};
          const cmsis_nn_transpose_params params = {axes, permutations};
          ASSERT_EQ(function(input.data(), output.data(), &in, &out, &params),
                    ARM_CMSIS_NN_SUCCESS);
          ASSERT_EQ(output.values(), reference::Transpose(full_size, order, input.values()))
              << axes << ": " << order[0] << order[1] << order[2] << order[3];
          ASSERT_TRUE(output.Intact());
        } while (std::next_permutation(order.begin(), order.begin() + axes));
      }
    }
  }
}

TEST(TransposeS8, Checks) {
  const int8_t input[16] = {};
  int8_t output[16] = {99};
  const cmsis_nn_dims dims = {2, 2, 2, 2};
  const auto status = [&](int axes, std::array<uint32_t, 4> permutation) {
    const cmsis_nn_transpose_params params = {axes, permutation.data()};
    return arm_transpose_s8(input, output, &dims, &dims, &params);
  };
  EXPECT_EQ(status(0, {0, 1, 2, 3}), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(status(5, {0, 1, 2, 3}), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(status(4, {0, 1, 2, 4}), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(status(3, {0, 3, 1, 2}), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(status(4, {0, 1, 1, 3}), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(status(4, {0, 1, 2, 0xffffffff}), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(output[0], 99);
  EXPECT_EQ(status(4, {3, 2, 1, 0}), ARM_CMSIS_NN_SUCCESS);
}

}  // namespace
}  // namespace cortico::kernels

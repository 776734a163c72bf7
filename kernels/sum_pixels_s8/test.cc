#include "kernels/sum_pixels_s8/sum_pixels_s8.h"

#include <gtest/gtest.h>

#include <vector>

namespace cortico::kernels {
namespace {

TEST(SumPixelsS8, TwoImagesOfTwoChannelsByHand) {
  // Channel 0: 1 + 3 and -5 - 7, channel 1: 2 + 4 and -6 - 100; half of start 2 and sum, plus 10.
  const std::vector<int8_t> input = {1, 2, 3, 4, -5, -6, -7, -100};
  const cmsis_nn_dims dims = {2, 2, 1, 2};
  const cmsis_nn_per_tensor_quant_params half = {1 << 30, 0};
  std::vector<SumPixelsS8*> functions = {cortico_sum_pixels_s8};
  for (const auto& variant : kSumPixelsS8) functions.push_back(variant.run);
  for (SumPixelsS8* function : functions) {
    std::vector<int8_t> output(4);
    EXPECT_EQ(function(&dims, input.data(), 2, &half, 10, output.data()), ARM_CMSIS_NN_SUCCESS);
    EXPECT_EQ(output, (std::vector<int8_t>{13, 14, 5, -42}));
  }
}

}  // namespace
}  // namespace cortico::kernels

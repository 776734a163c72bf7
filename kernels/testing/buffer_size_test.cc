// Scratch sizes are part of the API: programs carry them. They must be Arm's to the byte.
#include <gtest/gtest.h>

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {
namespace {

template <int n>
struct Row {
  int32_t given[n];
  int32_t size[3];
};

#include "kernels/testing/buffer_sizes.inc"

// Where the bare function looks in a row's sizes.
constexpr int kOwn = kIsa == Isa::kMve ? 0 : kIsa == Isa::kDsp ? 1 : 2;

TEST(BufferSize, ConvolveWrapper) {
  for (const Row<15>& row : kConvolution) {
    const int32_t* g = row.given;
    const cmsis_nn_conv_params params = {0, 0, {g[12], g[11]}, {g[10], g[9]}, {g[14], g[13]}, {}};
    const cmsis_nn_dims in = {1, g[0], g[1], g[2]};
    const cmsis_nn_dims filter = {g[6], g[3], g[4], g[5]};
    const cmsis_nn_dims out = {1, g[7], g[8], g[6]};
    SCOPED_TRACE(&row - kConvolution);
    EXPECT_EQ(arm_convolve_wrapper_s8_get_buffer_size_mve(&params, &in, &filter, &out),
              row.size[0]);
    EXPECT_EQ(arm_convolve_wrapper_s8_get_buffer_size_dsp(&params, &in, &filter, &out),
              row.size[1]);
    EXPECT_EQ(arm_convolve_wrapper_s8_get_buffer_size(&params, &in, &filter, &out),
              row.size[kOwn]);
  }
}

TEST(BufferSize, DepthwiseConvWrapper) {
  for (const Row<15>& row : kDepthwise) {
    const int32_t* g = row.given;
    const cmsis_nn_dw_conv_params params = {0,           0,           g[6], {g[12], g[11]},
                                            {g[10], g[9]}, {g[14], g[13]}, {}};
    const cmsis_nn_dims in = {g[0], g[1], g[2], g[3]};
    const cmsis_nn_dims filter = {1, g[4], g[5], g[3] * g[6]};
    const cmsis_nn_dims out = {g[0], g[7], g[8], g[3] * g[6]};
    SCOPED_TRACE(&row - kDepthwise);
    EXPECT_EQ(arm_depthwise_conv_wrapper_s8_get_buffer_size_mve(&params, &in, &filter, &out),
              row.size[0]);
    EXPECT_EQ(arm_depthwise_conv_wrapper_s8_get_buffer_size_dsp(&params, &in, &filter, &out),
              row.size[1]);
    EXPECT_EQ(arm_depthwise_conv_wrapper_s8_get_buffer_size(&params, &in, &filter, &out),
              row.size[kOwn]);
  }
}

TEST(BufferSize, TransposeConv) {
  for (const Row<8>& row : kTranspose) {
    const int32_t* g = row.given;
    const cmsis_nn_transpose_conv_params params = {0, 0, {g[7], g[6]}, {}, {}, {1, 1}, {}};
    const cmsis_nn_dims in = {1, g[0], g[1], g[2]};
    const cmsis_nn_dims filter = {g[5], g[3], g[4], g[2]};
    const cmsis_nn_dims out = {1, (g[0] - 1) * g[6] + g[3], (g[1] - 1) * g[7] + g[4], g[5]};
    SCOPED_TRACE(&row - kTranspose);
    EXPECT_EQ(arm_transpose_conv_s8_get_buffer_size_mve(&params, &in, &filter, &out), row.size[0]);
    EXPECT_EQ(arm_transpose_conv_s8_get_buffer_size(&params, &in, &filter, &out), row.size[kOwn]);
  }
}

// The formulas of the small ones are in Arm's documentation of them.
TEST(BufferSize, FullyConnectedAndAverage) {
  const cmsis_nn_dims filter = {64, 1, 1, 10};
  EXPECT_EQ(arm_fully_connected_s8_get_buffer_size_mve(&filter), 40);
  EXPECT_EQ(arm_fully_connected_s8_get_buffer_size_dsp(&filter), 0);
  EXPECT_EQ(arm_fully_connected_s8_get_buffer_size(&filter), kIsa == Isa::kMve ? 40 : 0);
  EXPECT_EQ(arm_avgpool_s8_get_buffer_size_mve(7, 13), 0);
  EXPECT_EQ(arm_avgpool_s8_get_buffer_size_dsp(7, 13), 52);
  EXPECT_EQ(arm_avgpool_s8_get_buffer_size(7, 13), kIsa == Isa::kDsp ? 52 : 0);
}

}  // namespace
}  // namespace cortico::kernels

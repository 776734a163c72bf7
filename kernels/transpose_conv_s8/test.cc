#include "kernels/transpose_conv_s8/transpose_conv_s8.h"

#include <gtest/gtest.h>

#include "kernels/testing/kernel_test.h"

namespace cortico::kernels {
namespace {

using reference::Convolution;
using reference::Operands;
using testing::Dims;
using testing::Guarded;
using testing::Random;
using testing::Scratch;

struct Case {
  Convolution p;
  Operands x;
};

Case RandomCase(uint32_t seed) {
  Random random(seed);
  Convolution p;
  const int batch = random.Chance(20) ? random.Pick({0, 2, 3}) : 1;
  const int outputs = random.Int(1, 5);
  p.input = {batch, random.Int(1, 5), random.Int(1, 6), random.Pick({1, 2, 3, 8, 16, 17, 33})};
  p.filter = {outputs, random.Int(1, 5), random.Int(1, 5), p.input.c};
  p.stride_h = random.Int(1, 3);
  p.stride_w = random.Int(1, 3);
  p.pad_h = random.Int(0, 3);
  p.pad_w = random.Int(0, 3);
  // Also larger than anything an input reaches.
  p.output = {batch, random.Int(0, 12), random.Int(0, 12), outputs};
  p.input_offset = random.InputOffset();
  p.output_offset = random.OutputOffset();
  p.range = random.Range();
  Operands x;
  x.input = random.Bytes(p.input.size());
  x.filter = random.Bytes(p.filter.size());
  if (random.Chance(70)) x.bias = random.Ints(outputs, -20000, 20000);
  for (int i = 0; i < outputs; ++i) {
    x.multiplier.push_back(random.Multiplier());
    x.shift.push_back(random.Shift());
  }
  return {p, x};
}

arm_cmsis_nn_status Call(TransposeConvS8* function, Case& c, bool first, bool second,
                         std::vector<int8_t>* output) {
  const cmsis_nn_transpose_conv_params params = {
      c.p.input_offset,       c.p.output_offset, {c.p.stride_w, c.p.stride_h},
      {c.p.pad_w, c.p.pad_h}, {0, 0},            {1, 1},
      testing::Activation(c.p.range)};
  const cmsis_nn_per_channel_quant_params quant = {c.x.multiplier.data(), c.x.shift.data()};
  const cmsis_nn_dims in = Dims(c.p.input), filter_dims = Dims(c.p.filter), out = Dims(c.p.output);
  const cmsis_nn_dims bias_dims = {1, 1, 1, c.p.output.c};
  Guarded<int8_t> input(c.x.input), filter(c.x.filter), result(c.p.output.size(), 99);
  const Scratch scratch(
      first ? arm_transpose_conv_s8_get_buffer_size(&params, &in, &filter_dims, &out) : 0);
  const Scratch reverse(
      second ? arm_transpose_conv_s8_get_reverse_conv_buffer_size(&params, &in, &filter_dims) : 0);
  const arm_cmsis_nn_status status = function(
      scratch.context(), reverse.context(), &params, &quant, &in, input.data(), &filter_dims,
      filter.data(), &bias_dims, c.x.bias.empty() ? nullptr : c.x.bias.data(), &out,
      result.data());
  EXPECT_TRUE(result.Intact() && scratch.Intact() && reverse.Intact());
  *output = result.values();
  return status;
}

TEST(TransposeConvS8, EveryVariantAndTheEntryPointsEqualReference) {
  std::vector<TransposeConvS8*> functions = {arm_transpose_conv_s8, arm_transpose_conv_wrapper_s8};
  for (const auto& variant : kTransposeConvS8) functions.push_back(variant.run);
  for (TransposeConvS8* function : functions) {
    for (uint32_t seed = 1; seed <= 700; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Case c = RandomCase(seed);
      std::vector<int8_t> output;
      ASSERT_EQ(Call(function, c, true, true, &output), ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::TransposeConvolve(c.p, c.x));
    }
  }
}

TEST(TransposeConvS8, ScratchMustBeThere) {
  Case c = RandomCase(3);
  c.p.input.c = c.p.filter.c = 17;
  c.p.stride_h = c.p.stride_w = 2;
  c.x.input.resize(c.p.input.size());
  c.x.filter.resize(c.p.filter.size());
  std::vector<int8_t> output;
  EXPECT_EQ(Call(arm_transpose_conv_s8, c, false, true, &output), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(Call(arm_transpose_conv_wrapper_s8, c, false, true, &output), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(Call(arm_transpose_conv_wrapper_s8, c, true, false, &output), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(output, std::vector<int8_t>(output.size(), 99)) << "an error wrote output";
  EXPECT_EQ(Call(arm_transpose_conv_s8, c, true, false, &output), ARM_CMSIS_NN_SUCCESS);
  // At 16 channels, and at a stride of 3, the second buffer is not due.
  c.p.stride_w = 3;
  EXPECT_EQ(Call(arm_transpose_conv_wrapper_s8, c, true, false, &output), ARM_CMSIS_NN_SUCCESS);
  c.p.stride_w = 2;
  c.p.input.c = c.p.filter.c = 16;
  EXPECT_EQ(Call(arm_transpose_conv_wrapper_s8, c, true, false, &output), ARM_CMSIS_NN_SUCCESS);
}

}  // namespace
}  // namespace cortico::kernels

#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"

#include <gtest/gtest.h>

#include <algorithm>

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
  int multiplier;
  bool words = false;  // whether the tensors begin at whole words, not at odd addresses
};

Operands RandomOperands(Random& random, const Convolution& p) {
  Operands x;
  x.input = random.Bytes(p.input.size());
  x.filter = random.Bytes(p.filter.size());
  if (random.Chance(70)) x.bias = random.Ints(p.output.c, -20000, 20000);
  for (int i = 0; i < p.output.c; ++i) {
    x.multiplier.push_back(random.Multiplier());
    x.shift.push_back(random.Shift());
  }
  return x;
}

Case RandomCase(uint32_t seed) {
  Random random(seed);
  Convolution p;
  const int multiplier = random.Chance(60) ? 1 : random.Pick({2, 3, 4, 5, 8, 17});
  const int channels = multiplier > 1 && random.Chance(40)
                           ? 1
                           : random.Pick({1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31});
  const int batch = random.Chance(20) ? random.Pick({0, 2, 3}) : 1;
  p.input = {batch, random.Int(1, 8), random.Int(1, 8), channels};
  const bool is_3x3 = random.Chance(50);
  p.filter = {1, is_3x3 ? 3 : random.Int(1, 5), is_3x3 ? 3 : random.Int(1, 5),
              channels * multiplier};
  p.stride_h = random.Int(1, 3);
  p.stride_w = random.Int(1, 3);
  if (random.Chance(20)) {
    p.dilation_h = random.Int(1, 3);
    p.dilation_w = random.Int(1, 3);
  }
  if (random.Chance(75)) {
    p.pad_h = random.Int(0, 3);
    p.pad_w = random.Int(0, 3);
  }
  p.output = {batch, random.Int(0, 5), random.Int(0, 6), channels * multiplier};
  p.input_offset = random.InputOffset();
  p.output_offset = random.OutputOffset();
  p.range = random.Range();
  return {p, RandomOperands(random, p), multiplier, random.Chance(50)};
}

// What most models have: 3x3, one output per input, equal strides of 1 or 2, whole words. Sizes
// around those at which the vector code changes its tiles, turns the image, or cuts it into strips.
Case Random3x3(uint32_t seed) {
  Random random(seed);
  Convolution p;
  const int channels = random.Pick({4, 8, 12, 5});
  const auto size = [&] {
    return random.Chance(10) ? random.Int(30, 70)
                             : random.Pick({1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13});
  };
  p.input = {1, size(), size(), channels};
  p.filter = {1, 3, 3, channels};
  p.stride_h = p.stride_w = random.Int(1, 2);
  p.pad_h = random.Chance(80) ? random.Int(0, 1) : random.Int(0, 40);
  p.pad_w = random.Chance(80) ? random.Int(0, 1) : random.Int(0, 40);
  // With padding below and to the right or without, and sometimes far too much of it.
  const auto outputs = [&](int in, int pad) {
    return random.Chance(10) ? random.Int(0, 40)
                             : std::max(1, (in + pad + random.Int(-3, 3)) / p.stride_h);
  };
  p.output = {1, outputs(p.input.h, p.pad_h), outputs(p.input.w, p.pad_w), channels};
  p.input_offset = random.InputOffset();
  if (random.Chance(50)) {
    p.output_offset = -128;
  } else {
    p.output_offset = random.OutputOffset();
    p.range = random.Range();
  }
  Case c = {p, RandomOperands(random, p), 1, random.Chance(90)};
  // Every kind of shift in one layer is rarer than in one case above.
  if (random.Chance(50)) {
    for (int32_t& shift : c.x.shift) shift = random.Int(-12, 0);
  }
  return c;
}

// What models have, and fast paths are for: windows of 3x3 without dilation, enough channels for
// vectors, scales below 1, all of int8 as output; wide images, and one of these now and then not.
Case Random3x3Case(uint32_t seed) {
  Random random(seed);
  Convolution p;
  const int channels = random.Chance(80) ? random.Int(4, 21) : random.Int(1, 40);
  const int batch = random.Chance(10) ? 2 : 1;
  const bool wide = random.Chance(30);
  p.input = {batch, random.Int(1, wide ? 4 : 9), random.Int(1, wide ? 60 : 15), channels};
  p.filter = {1, 3, 3, channels};
  p.stride_h = p.stride_w = random.Int(1, 2);
  if (random.Chance(5)) p.stride_h = random.Int(1, 3);
  p.pad_h = random.Chance(90) ? random.Int(0, 1) : random.Int(2, 4);
  p.pad_w = random.Chance(90) ? random.Int(0, 1) : random.Int(2, 20);
  const auto outputs = [&](int size, int stride, int pad) {
    const int last = random.Int(-1, 3);  // taps of the last window inside the input, or beyond it
    return std::max(1, (size + pad - last) / stride + random.Int(0, 1));
  };
  p.output = {batch, outputs(p.input.h, p.stride_h, p.pad_h),
              outputs(p.input.w, p.stride_w, p.pad_w), channels};
  p.input_offset = random.InputOffset();
  p.output_offset = random.Chance(50) ? -128 : random.OutputOffset();
  if (random.Chance(20)) p.range = random.Range();
  Operands x = RandomOperands(random, p);
  for (int32_t& shift : x.shift) {
    if (!random.Chance(2)) shift = random.Int(-11, random.Chance(10) ? 8 : -1);
  }
  if (!x.bias.empty() && random.Chance(5)) {
    x.bias[0] = random.Pick({1 << 22, (1 << 22) + 1, 1 << 28, -(1 << 28), (1 << 28) + 1});
    if (random.Chance(20)) x.bias[0] = INT32_MAX - 300000;
  }
  if (random.Chance(3)) x.multiplier[0] = -x.multiplier[0];
  return {p, x, 1};
}

cmsis_nn_dw_conv_params Params(const Case& c) {
  return {c.p.input_offset,
          c.p.output_offset,
          c.multiplier,
          {c.p.stride_w, c.p.stride_h},
          {c.p.pad_w, c.p.pad_h},
          {c.p.dilation_w, c.p.dilation_h},
          testing::Activation(c.p.range)};
}

arm_cmsis_nn_status Call(DepthwiseConvS8* function, Case& c, int32_t scratch_size,
                         std::vector<int8_t>* output) {
  const cmsis_nn_dw_conv_params params = Params(c);
  const cmsis_nn_per_channel_quant_params quant = {c.x.multiplier.data(), c.x.shift.data()};
  const cmsis_nn_dims in = Dims(c.p.input), filter_dims = Dims(c.p.filter), out = Dims(c.p.output);
  const cmsis_nn_dims bias_dims = {1, 1, 1, c.p.output.c};
  // At odd addresses or, half of the time, at words; ending where the memory does, so that the
  // sanitizers see reads past it.
  const size_t lead = c.words ? 4 : 1;
  std::vector<int8_t> input(lead, 99), filter(1, 99);
  input.insert(input.end(), c.x.input.begin(), c.x.input.end());
  filter.insert(filter.end(), c.x.filter.begin(), c.x.filter.end());
  // The elements of Guarded begin three before a word.
  const size_t skip = c.words ? 3 : 0;
  Guarded<int8_t> result(c.p.output.size() + static_cast<int64_t>(skip), 99);
  const Scratch scratch(scratch_size);
  const int32_t* bias = c.x.bias.empty() ? nullptr : c.x.bias.data();
  const arm_cmsis_nn_status status =
      function(scratch.context(), &params, &quant, &in, input.data() + lead, &filter_dims,
               filter.data() + 1, &bias_dims, bias, &out, result.data() + skip);
  EXPECT_TRUE(result.Intact());
  EXPECT_TRUE(scratch.Intact());
  *output = result.values();
  EXPECT_EQ(std::count(output->begin(), output->begin() + skip, 99), skip);
  output->erase(output->begin(), output->begin() + skip);
  return status;
}

int32_t WrapperScratch(const Case& c) {
  const cmsis_nn_dw_conv_params params = Params(c);
  const cmsis_nn_dims in = Dims(c.p.input), filter = Dims(c.p.filter), out = Dims(c.p.output);
  return arm_depthwise_conv_wrapper_s8_get_buffer_size(&params, &in, &filter, &out);
}

// What a variant may use, whatever the family of this build.
int32_t VariantScratch(Code code, const Case& c) {
  const cmsis_nn_dw_conv_params params = Params(c);
  const cmsis_nn_dims in = Dims(c.p.input), filter = Dims(c.p.filter), out = Dims(c.p.output);
  if (code == Code::kMve) {
    return arm_depthwise_conv_wrapper_s8_get_buffer_size_mve(&params, &in, &filter, &out);
  }
  if (code == Code::kDsp) {
    return arm_depthwise_conv_wrapper_s8_get_buffer_size_dsp(&params, &in, &filter, &out);
  }
  return 0;
}

TEST(DepthwiseConvS8, EveryVariantEqualsReference) {
  for (const auto& variant : kDepthwiseConvS8) {
    for (uint32_t seed = 1; seed <= 5000; ++seed) {
      SCOPED_TRACE(std::string(variant.name) + " seed " + std::to_string(seed));
      Case c = seed <= 3000 ? RandomCase(seed) : Random3x3(seed);
      std::vector<int8_t> output;
      ASSERT_EQ(Call(variant.run, c, VariantScratch(variant.code, c), &output),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::DepthwiseConvolve(c.p, c.x));
    }
  }
}

TEST(DepthwiseConvS8, EveryVariantEqualsReferenceFor3x3) {
  for (const auto& variant : kDepthwiseConvS8) {
    for (uint32_t seed = 1; seed <= 2000; ++seed) {
      SCOPED_TRACE(std::string(variant.name) + " seed " + std::to_string(seed));
      Case c = Random3x3Case(seed);
      std::vector<int8_t> output;
      ASSERT_EQ(Call(variant.run, c, VariantScratch(variant.code, c), &output), ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::DepthwiseConvolve(c.p, c.x));
    }
  }
}

TEST(DepthwiseConvS8, WrapperEqualsReference) {
  for (uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Case c = RandomCase(seed + 50000);
    std::vector<int8_t> output;
    ASSERT_EQ(Call(arm_depthwise_conv_wrapper_s8, c, WrapperScratch(c), &output),
              ARM_CMSIS_NN_SUCCESS);
    ASSERT_EQ(output, reference::DepthwiseConvolve(c.p, c.x));
  }
}

// Layers as models have them: the output's size that of the input, rows wide and images tall enough
// to go in parts.
Case LayerCase(uint32_t seed) {
  Random random(seed);
  Convolution p;
  const int channels = random.Int(1, 6);
  const int multiplier = random.Chance(80) ? 1 : 2;
  const int taps = random.Pick({3, 3, 3, 2, 4, 5, 7});
  p.stride_h = random.Chance(40) ? 2 : 1;
  p.stride_w = random.Chance(80) ? p.stride_h : 3 - p.stride_h;
  p.input = {random.Chance(20) ? 2 : 1, random.Int(1, 27), random.Int(1, 51), channels};
  p.filter = {1, taps, taps, channels * multiplier};
  p.pad_h = random.Int(0, taps / 2);
  p.pad_w = random.Int(0, taps / 2);
  if (p.input.h + 2 * p.pad_h < taps) p.pad_h = taps;
  if (p.input.w + 2 * p.pad_w < taps) p.pad_w = taps;
  p.output = {p.input.n, (p.input.h + 2 * p.pad_h - taps) / p.stride_h + 1,
              (p.input.w + 2 * p.pad_w - taps) / p.stride_w + 1, channels * multiplier};
  p.input_offset = random.InputOffset();
  p.output_offset = random.OutputOffset();
  p.range = random.Range();
  Case c = {p, RandomOperands(random, p), multiplier};
  if (random.Chance(50)) {
    for (int32_t& shift : c.x.shift) shift = random.Int(-20, -1);
    for (int32_t& value : c.x.multiplier) value = random.Int(1 << 30, INT32_MAX);
  }
  return c;
}

TEST(DepthwiseConvS8, EveryVariantEqualsReferenceOnLayers) {
  for (const auto& variant : kDepthwiseConvS8) {
    for (uint32_t seed = 1; seed <= 400; ++seed) {
      SCOPED_TRACE(std::string(variant.name) + " seed " + std::to_string(seed));
      Case c = LayerCase(seed);
      std::vector<int8_t> output;
      ASSERT_EQ(Call(variant.run, c, VariantScratch(variant.code, c), &output),
                ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::DepthwiseConvolve(c.p, c.x));
    }
  }
}

Case GoodCase(int taps) {
  Random random(9);
  Convolution p;
  p.input = {1, 5, 6, 5};
  p.filter = {1, taps, taps, 5};
  p.output = {1, 5, 6, 5};
  p.pad_h = p.pad_w = 1;
  p.input_offset = 128;
  return {p, RandomOperands(random, p), 1};
}

void ExpectGood(DepthwiseConvS8* function, Case c, int32_t scratch) {
  std::vector<int8_t> output;
  EXPECT_EQ(Call(function, c, scratch, &output), ARM_CMSIS_NN_SUCCESS);
  EXPECT_EQ(output, reference::DepthwiseConvolve(c.p, c.x));
}

void ExpectArgError(DepthwiseConvS8* function, Case c, int32_t scratch) {
  std::vector<int8_t> output;
  EXPECT_EQ(Call(function, c, scratch, &output), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(output, std::vector<int8_t>(output.size(), 99)) << "an error wrote output";
}

TEST(DepthwiseConvS8, ChecksOfAll) {
  for (DepthwiseConvS8* function : {arm_depthwise_conv_s8, arm_depthwise_conv_s8_opt,
                                    arm_depthwise_conv_3x3_s8, arm_depthwise_conv_wrapper_s8}) {
    ExpectGood(function, GoodCase(3), 4096);
    Case c = GoodCase(3);
    c.p.output.c = 4;
    ExpectArgError(function, c, 4096);
    c = GoodCase(3);
    c.multiplier = 2;
    ExpectArgError(function, c, 4096);
    c = GoodCase(3);
    c.p.dilation_w = 0;
    ExpectArgError(function, c, 4096);
    c = GoodCase(3);
    c.p.dilation_h = 0;
    ExpectArgError(function, c, 4096);
  }
}

TEST(DepthwiseConvS8, ChecksOf3x3) {
  Case c = GoodCase(3);
  c.p.pad_w = 2;
  ExpectArgError(arm_depthwise_conv_3x3_s8, c, 0);
  c = GoodCase(3);
  c.p.pad_h = 2;  // this one is not restricted
  ExpectGood(arm_depthwise_conv_3x3_s8, c, 0);
  c = GoodCase(3);
  c.p.filter.w = 2;
  ExpectArgError(arm_depthwise_conv_3x3_s8, c, 0);
  c = GoodCase(3);
  c.p.filter.h = 4;
  ExpectArgError(arm_depthwise_conv_3x3_s8, c, 0);
}

TEST(DepthwiseConvS8, ScratchMustBeThereWhereArmNeedsIt) {
  ExpectGood(arm_depthwise_conv_s8, GoodCase(2), 0);
  const auto expect = [](DepthwiseConvS8* function, Case c, bool good) {
    (good ? ExpectGood : ExpectArgError)(function, c, 0);
  };
  const bool scalar = kIsa == Isa::kScalar, mve = kIsa == Isa::kMve;
  expect(arm_depthwise_conv_s8_opt, GoodCase(2), scalar);
  expect(arm_depthwise_conv_s8_opt, GoodCase(3), scalar);
  expect(arm_depthwise_conv_wrapper_s8, GoodCase(2), scalar);
  expect(arm_depthwise_conv_wrapper_s8, GoodCase(3), !mve);
  Case c = GoodCase(3);
  c.p.pad_h = 2;
  expect(arm_depthwise_conv_wrapper_s8, c, scalar);
  c = GoodCase(2);
  c.p.dilation_w = 2;
  expect(arm_depthwise_conv_wrapper_s8, c, true);
  c = GoodCase(2);
  c.p.input.c = 1;
  c.multiplier = 5;
  expect(arm_depthwise_conv_wrapper_s8, c, !mve);
}

}  // namespace
}  // namespace cortico::kernels

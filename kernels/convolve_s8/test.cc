#include "kernels/convolve_s8/convolve_s8.h"

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
  int output_shift = 0;  // from an odd address, so that every alignment comes up
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
  const int groups = random.Chance(25) ? random.Int(2, 4) : 1;
  // Wide: depths around whole vectors and blocks of them, more channels than a variant prepares at
  // a time. Three: what a variant may have a way of its own for.
  const bool is_wide = random.Chance(20);
  const bool is_three = random.Chance(10);
  const int in_per_group =
      is_three  ? 16
      : is_wide ? random.Pick({9, 24, 31, 32, 33, 48, 64, 129, 145})
                : random.Pick({1, 2, 3, 4, 5, 7, 8, 15, 16, 17});
  const int out_per_group =
      is_wide ? random.Pick({4, 6, 8, 9, 12, 16, 20, 33, 36, 40}) : random.Int(1, 5);
  const int batch = random.Chance(20) ? random.Pick({0, 2, 3}) : 1;
  const bool one_row = random.Chance(25);
  p.input = {batch, one_row ? 1 : random.Int(1, 7), random.Int(1, 9), groups * in_per_group};
  p.filter = {groups * out_per_group, one_row ? 1 : random.Pick({1, 1, 2, 3, 5}),
              random.Pick({1, 1, 2, 3, 5}), in_per_group};
  p.stride_h = random.Int(1, 3);
  p.stride_w = random.Int(1, 3);
  if (random.Chance(25)) {
    p.dilation_h = random.Int(1, 3);
    p.dilation_w = random.Int(1, 3);
  }
  if (random.Chance(70)) {
    p.pad_h = one_row ? 0 : random.Int(0, 3);
    p.pad_w = random.Int(0, 3);
  }
  if (is_three) {
    p.filter.h = p.filter.w = 3;
    p.stride_w = p.dilation_w = 1;
    p.pad_h = random.Int(0, 2);
  }
  // The output's size is free: what it implies on the right and below is padding, or not read.
  p.output = {batch, one_row ? 1 : random.Int(0, 5), random.Int(0, is_three ? 11 : 7),
              groups * out_per_group};
  p.input_offset = random.InputOffset();
  p.output_offset = random.OutputOffset();
  p.range = random.Range();
  if (random.Chance(30)) {  // a fused ReLU
    p.output_offset = -128;
    p.range = {};
  }
  return {p, RandomOperands(random, p), random.Int(0, 3)};
}

// Depths and channel counts at which a kernel cuts its work into parts, with few pixels; sums near
// what fits; shifts beyond what a model has.
Case LargeCase(uint32_t seed) {
  Random random(seed);
  Convolution p;
  const int taps = random.Pick({1, 1, 2, 3});
  const int channels = taps == 1 ? random.Pick({4, 20, 63, 64, 65, 97, 100, 128, 131, 260, 517})
                                 : random.Pick({1, 3, 4, 7, 16, 20, 32, 48, 65});
  const int outputs = random.Pick({1, 2, 3, 8, 16, 17, 33, 64, 71});
  const int batch = random.Chance(30) ? 2 : 1;
  p.input = {batch, random.Int(1, 5), random.Int(1, 5), channels};
  p.filter = {outputs, taps, random.Pick({taps, 1}), channels};
  p.output = {batch, p.input.h, p.input.w, outputs};
  if (random.Chance(30)) p.stride_h = p.stride_w = 2;
  if (random.Chance(30)) p.output = {batch, random.Int(1, 4), random.Int(1, 4), outputs};
  p.pad_h = (p.filter.h - 1) / 2;
  p.pad_w = (p.filter.w - 1) / 2;
  p.input_offset = random.InputOffset();
  p.output_offset = random.Chance(50) ? -128 : random.OutputOffset();
  if (random.Chance(20)) p.range = random.Range();
  Operands x = RandomOperands(random, p);
  for (int32_t& shift : x.shift) shift = random.Int(-12, -4);
  if (random.Chance(20)) x.shift[random.Int(0, outputs - 1)] = random.Int(-31, 1);
  if (random.Chance(20) && !x.bias.empty()) {
    x.bias[random.Int(0, outputs - 1)] =
        random.Pick({1 << 30, -(1 << 30), (1 << 29) - 1, -(1 << 29), 1 << 29});
  }
  return {p, x};
}

cmsis_nn_conv_params Params(const Convolution& p) {
  return {p.input_offset,
          p.output_offset,
          {p.stride_w, p.stride_h},
          {p.pad_w, p.pad_h},
          {p.dilation_w, p.dilation_h},
          testing::Activation(p.range)};
}

// Calls function(ctx, params, quant, dims and data ...) as Arm's API has it, with red zones.
template <typename Function>
arm_cmsis_nn_status Call(Function&& function, Case& c, int32_t scratch_size,
                         std::vector<int8_t>* output) {
  const cmsis_nn_conv_params params = Params(c.p);
  const cmsis_nn_per_channel_quant_params quant = {c.x.multiplier.data(), c.x.shift.data()};
  const cmsis_nn_dims in = {c.p.input.n, c.p.input.h * c.p.upscale_h, c.p.input.w * c.p.upscale_w,
                            c.p.input.c};
  const cmsis_nn_dims filter_dims = Dims(c.p.filter);
  const cmsis_nn_dims bias_dims = {1, 1, 1, c.p.output.c};
  const cmsis_nn_dims out = Dims(c.p.output);
  Guarded<int8_t> input(c.x.input);
  Guarded<int8_t> filter(c.x.filter);
  Guarded<int8_t> result(c.p.output.size() + c.output_shift, 99);
  const Scratch scratch(scratch_size);
  const int32_t* bias = c.x.bias.empty() ? nullptr : c.x.bias.data();
  const arm_cmsis_nn_status status =
      function(scratch.context(), &params, &quant, &in, input.data(), &filter_dims, filter.data(),
               &bias_dims, bias, &out, result.data() + c.output_shift);
  EXPECT_TRUE(result.Intact());
  EXPECT_TRUE(scratch.Intact());
  *output = result.values();
  EXPECT_EQ(std::count(output->begin(), output->begin() + c.output_shift, 99), c.output_shift);
  output->erase(output->begin(), output->begin() + c.output_shift);
  return status;
}

// Upscaling comes by way of arm_convolve_s8, everything else may come by way of the wrapper.
int32_t WrapperScratch(const Case& c) {
  const cmsis_nn_conv_params params = Params(c.p);
  const cmsis_nn_dims in = Dims(c.p.input), filter = Dims(c.p.filter), out = Dims(c.p.output);
  if (c.p.upscale_h * c.p.upscale_w != 1) return arm_convolve_s8_get_buffer_size(&in, &filter);
  return arm_convolve_wrapper_s8_get_buffer_size(&params, &in, &filter, &out);
}

// What a variant may use: the size for its own ISA, whatever this build's is.
int32_t VariantScratch(Code code, const Case& c) {
  cmsis_nn_conv_params params = Params(c.p);
  // Upscaling comes by way of arm_convolve_s8: no short way for 1x1 or for one row, as with dilation.
  if (c.p.upscale_h * c.p.upscale_w != 1) params.dilation = {2, 2};
  const cmsis_nn_dims in = Dims(c.p.input), filter = Dims(c.p.filter), out = Dims(c.p.output);
  return (code == Code::kMve ? arm_convolve_wrapper_s8_get_buffer_size_mve
                             : arm_convolve_wrapper_s8_get_buffer_size_dsp)(&params, &in, &filter,
                                                                            &out);
}

TEST(ConvolveS8, EveryVariantEqualsReference) {
  for (const auto& variant : kConvolveS8) {
    for (uint32_t seed = 1; seed <= 3000; ++seed) {
      SCOPED_TRACE(std::string(variant.name) + " seed " + std::to_string(seed));
      Case c = RandomCase(seed);
      Random random(seed + 1000000);
      if (random.Chance(15)) {
        c.p.upscale_h = random.Int(1, 2);
        c.p.upscale_w = random.Int(1, 2);
      }
      const cmsis_nn_dims upscale = {0, c.p.upscale_h, c.p.upscale_w, 0};
      const cmsis_nn_dims* upscale_dims =
          c.p.upscale_h * c.p.upscale_w == 1 && random.Chance(50) ? nullptr : &upscale;
      const auto run = [&](auto ctx, auto params, auto quant, auto in, auto input, auto filter_dims,
                           auto filter, auto bias_dims, auto bias, auto out, auto output) {
        return variant.run(ctx, params, quant, in, input, filter_dims, filter, bias_dims, bias,
                           upscale_dims, out, output);
      };
      std::vector<int8_t> output;
      ASSERT_EQ(Call(run, c, VariantScratch(variant.code, c), &output), ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::Convolve(c.p, c.x));
    }
  }
}

TEST(ConvolveS8, EveryVariantEqualsReferenceOnLargeCases) {
  for (const auto& variant : kConvolveS8) {
    for (uint32_t seed = 1; seed <= 400; ++seed) {
      SCOPED_TRACE(std::string(variant.name) + " seed " + std::to_string(seed));
      Case c = LargeCase(seed);
      const auto run = [&](auto ctx, auto params, auto quant, auto in, auto input, auto filter_dims,
                           auto filter, auto bias_dims, auto bias, auto out, auto output) {
        return variant.run(ctx, params, quant, in, input, filter_dims, filter, bias_dims, bias,
                           nullptr, out, output);
      };
      std::vector<int8_t> output;
      ASSERT_EQ(Call(run, c, VariantScratch(variant.code, c), &output), ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::Convolve(c.p, c.x));
    }
  }
}

// Arm's scratch is int16, its own kernels ask for no more alignment than that.
TEST(ConvolveS8, DspScratchNeedsNoAlignment) {
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Case c = LargeCase(seed);
    const int32_t size = VariantScratch(Code::kDsp, c);
    if (size == 0) continue;
    Guarded<int8_t> memory(size);  // at an odd address
    const auto run = [&](auto, auto params, auto quant, auto in, auto input, auto filter_dims,
                         auto filter, auto bias_dims, auto bias, auto out, auto output) {
      const cmsis_nn_context context = {memory.data(), size};
      return convolve_s8_dsp(&context, params, quant, in, input, filter_dims, filter, bias_dims,
                             bias, nullptr, out, output);
    };
    std::vector<int8_t> output;
    ASSERT_EQ(Call(run, c, 0, &output), ARM_CMSIS_NN_SUCCESS);
    ASSERT_EQ(output, reference::Convolve(c.p, c.x));
    ASSERT_TRUE(memory.Intact());
  }
}

TEST(ConvolveS8, WrapperEqualsReference) {
  for (uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Case c = RandomCase(seed + 50000);
    std::vector<int8_t> output;
    ASSERT_EQ(Call(arm_convolve_wrapper_s8, c, WrapperScratch(c), &output), ARM_CMSIS_NN_SUCCESS);
    ASSERT_EQ(output, reference::Convolve(c.p, c.x));
  }
}

// Layers as models have them: the output's size that of the input, more pixels and channels than
// the random cases above, windows up to some hundred elements, weights and elements of -128 next to
// each other.
Case LayerCase(uint32_t seed) {
  Random random(seed);
  Convolution p;
  const bool one_tap = random.Chance(50);
  const int groups = random.Chance(15) ? random.Int(2, 3) : 1;
  const int in_per_group =
      one_tap ? random.Pick({1, 3, 8, 31, 32, 63, 64, 65, 127, 128, 129, 191, 192, 193, 257})
              : random.Pick({1, 2, 3, 5, 8, 16, 17, 24});
  const int out_per_group = random.Int(1, 5);
  const int taps = one_tap ? 1 : random.Pick({2, 3, 3, 4, 5});
  const int h = random.Int(taps, 9), w = random.Int(taps, 12);
  p.input = {random.Chance(20) ? 2 : 1, h, w, groups * in_per_group};
  p.filter = {groups * out_per_group, one_tap ? 1 : random.Int(1, taps), taps, in_per_group};
  p.stride_h = random.Chance(30) ? 2 : 1;
  p.stride_w = random.Chance(30) ? 2 : 1;
  p.pad_h = p.filter.h / 2;
  p.pad_w = p.filter.w / 2;
  p.output = {p.input.n, (h + 2 * p.pad_h - p.filter.h) / p.stride_h + 1,
              (w + 2 * p.pad_w - p.filter.w) / p.stride_w + 1, groups * out_per_group};
  p.input_offset = random.InputOffset();
  p.output_offset = random.OutputOffset();
  p.range = random.Range();
  Case c = {p, RandomOperands(random, p)};
  if (random.Chance(10)) {
    for (auto* values : {&c.x.input, &c.x.filter}) {
      for (int8_t& value : *values) value = random.Chance(90) ? -128 : value;
    }
  }
  // Half of the layers have nothing unusual in their scales, which is what fast ways ask for.
  if (random.Chance(50)) {
    for (int32_t& shift : c.x.shift) shift = random.Int(-20, -1);
    for (int32_t& multiplier : c.x.multiplier) multiplier = random.Int(1 << 30, INT32_MAX);
  }
  return c;
}

TEST(ConvolveS8, EveryVariantEqualsReferenceOnLayers) {
  for (const auto& variant : kConvolveS8) {
    for (uint32_t seed = 1; seed <= 600; ++seed) {
      SCOPED_TRACE(std::string(variant.name) + " seed " + std::to_string(seed));
      Case c = LayerCase(seed);
      const auto run = [&](auto ctx, auto params, auto quant, auto in, auto input, auto filter_dims,
                           auto filter, auto bias_dims, auto bias, auto out, auto output) {
        return variant.run(ctx, params, quant, in, input, filter_dims, filter, bias_dims, bias,
                           nullptr, out, output);
      };
      std::vector<int8_t> output;
      ASSERT_EQ(Call(run, c, VariantScratch(variant.code, c), &output), ARM_CMSIS_NN_SUCCESS);
      ASSERT_EQ(output, reference::Convolve(c.p, c.x));
    }
  }
}

// A case each specialised entry point accepts; the tests of its checks step outside.
Case PointwiseCase(int stride) {
  Random random(7);
  Convolution p;
  p.input = {2, 5, 7, 6};
  p.filter = {3, 1, 1, 6};
  p.output = {2, (5 - 1) / stride + 1, (7 - 1) / stride + 1, 3};
  p.stride_h = p.stride_w = stride;
  p.input_offset = 12;
  p.output_offset = -3;
  return {p, RandomOperands(random, p)};
}

Case RowCase() {
  Random random(8);
  Convolution p;
  p.input = {1, 1, 11, 4};
  p.filter = {5, 1, 3, 4};
  p.output = {1, 1, 6, 5};
  p.stride_w = 2;
  p.pad_w = 1;
  p.input_offset = -7;
  return {p, RandomOperands(random, p)};
}

template <typename Function>
void ExpectGood(Function&& function, Case c, int32_t scratch) {
  std::vector<int8_t> output;
  EXPECT_EQ(Call(function, c, scratch, &output), ARM_CMSIS_NN_SUCCESS);
  EXPECT_EQ(output, reference::Convolve(c.p, c.x));
}

template <typename Function>
void ExpectArgError(Function&& function, Case c, int32_t scratch) {
  std::vector<int8_t> output;
  EXPECT_EQ(Call(function, c, scratch, &output), ARM_CMSIS_NN_ARG_ERROR);
  EXPECT_EQ(output, std::vector<int8_t>(output.size(), 99)) << "an error wrote output";
}

arm_cmsis_nn_status ConvolveWithoutUpscaling(
    const cmsis_nn_context* ctx, const cmsis_nn_conv_params* params,
    const cmsis_nn_per_channel_quant_params* quant, const cmsis_nn_dims* in, const int8_t* input,
    const cmsis_nn_dims* filter_dims, const int8_t* filter, const cmsis_nn_dims* bias_dims,
    const int32_t* bias, const cmsis_nn_dims* out, int8_t* output) {
  return arm_convolve_s8(ctx, params, quant, in, input, filter_dims, filter, bias_dims, bias,
                         nullptr, out, output);
}

TEST(ConvolveS8, GeneralChecks) {
  const Case good = RowCase();
  ExpectGood(ConvolveWithoutUpscaling, good, 64);
  ExpectArgError(ConvolveWithoutUpscaling, good, 0);
  ExpectArgError(arm_convolve_wrapper_s8, good, 0);
  for (auto* function : {ConvolveWithoutUpscaling, arm_convolve_wrapper_s8}) {
    Case c = good;
    c.p.filter.c = 3;  // does not divide 4
    ExpectArgError(function, c, 64);
    c.p.filter.c = 0;
    ExpectArgError(function, c, 64);
    c.p.filter.c = 5;
    ExpectArgError(function, c, 64);
    c.p.filter.c = 2;  // two groups, five outputs
    ExpectArgError(function, c, 64);
    c = good;
    c.p.dilation_w = 0;
    ExpectArgError(function, c, 64);
    c = good;
    c.p.dilation_h = 0;
    ExpectArgError(function, c, 64);
  }
}

TEST(ConvolveS8, UpscaleIsOneOrTwo) {
  for (const cmsis_nn_dims& upscale :
       {cmsis_nn_dims{0, 0, 1, 0}, cmsis_nn_dims{0, 3, 1, 0}, cmsis_nn_dims{0, 1, 0, 0},
        cmsis_nn_dims{0, 1, 3, 0}}) {
    const auto run = [&](auto ctx, auto params, auto quant, auto in, auto input, auto filter_dims,
                         auto filter, auto bias_dims, auto bias, auto out, auto output) {
      return arm_convolve_s8(ctx, params, quant, in, input, filter_dims, filter, bias_dims, bias,
                             &upscale, out, output);
    };
    ExpectArgError(run, RowCase(), 64);
  }
}

TEST(ConvolveS8, GroupedPointwiseNeedsScratchPlainOneDoesNot) {
  ExpectGood(arm_convolve_wrapper_s8, PointwiseCase(1), 0);
  ExpectGood(arm_convolve_wrapper_s8, PointwiseCase(2), 0);
  Case grouped = PointwiseCase(1);
  grouped.p.filter.c = 2;
  ExpectGood(arm_convolve_wrapper_s8, grouped, 64);
  ExpectArgError(arm_convolve_wrapper_s8, grouped, 0);
}

TEST(Convolve1x1S8, Checks) {
  ExpectGood(arm_convolve_1x1_s8, PointwiseCase(1), 0);
  ExpectGood(arm_convolve_1x1_s8, PointwiseCase(2), 0);
  ExpectGood(arm_convolve_1x1_s8_fast, PointwiseCase(1), 0);
  ExpectArgError(arm_convolve_1x1_s8_fast, PointwiseCase(2), 0);
  for (auto* function : {arm_convolve_1x1_s8, arm_convolve_1x1_s8_fast}) {
    for (int Convolution::*member : {&Convolution::pad_h, &Convolution::pad_w}) {
      Case c = PointwiseCase(1);
      c.p.*member = 1;
      ExpectArgError(function, c, 0);
    }
    Case c = PointwiseCase(1);
    c.p.filter.w = 2;
    ExpectArgError(function, c, 0);
    c = PointwiseCase(1);
    c.p.filter.h = 2;
    ExpectArgError(function, c, 0);
    c = PointwiseCase(1);
    c.p.filter.c = 3;
    ExpectArgError(function, c, 0);
  }
  for (int Convolution::*member : {&Convolution::stride_h, &Convolution::stride_w}) {
    Case c = PointwiseCase(1);
    c.p.*member = 2;
    ExpectArgError(arm_convolve_1x1_s8_fast, c, 0);
  }
}

TEST(Convolve1xNS8, Checks) {
  const Case good = RowCase();
  ExpectGood(arm_convolve_1_x_n_s8, good, 64);
  ExpectArgError(arm_convolve_1_x_n_s8, good, 0);
  Case c = good;
  c.p.stride_w = 0;
  ExpectArgError(arm_convolve_1_x_n_s8, c, 64);
  c = good;
  c.p.dilation_w = 2;
  ExpectArgError(arm_convolve_1_x_n_s8, c, 64);
  c = good;
  c.p.input.h = 2;
  ExpectArgError(arm_convolve_1_x_n_s8, c, 64);
  c = good;
  c.p.filter.h = 2;
  ExpectArgError(arm_convolve_1_x_n_s8, c, 64);
  c = good;
  c.p.filter.c = 2;
  ExpectArgError(arm_convolve_1_x_n_s8, c, 64);
  c = good;
  c.p.input.c = c.p.filter.c = 3;  // 2 * 3 is not a multiple of 4
  ExpectArgError(arm_convolve_1_x_n_s8, c, 64);
}

// Padding 1 on the left and none on the right, because of a stride that leaves a remainder.
TEST(Convolve1xNS8, UnequalPaddingIsComputed) {
  Case c = RowCase();
  c.p.input.w = 12;
  c.x.input.resize(12 * 4);
  ExpectGood(arm_convolve_1_x_n_s8, c, 64);
  ExpectGood(arm_convolve_wrapper_s8, c, 64);
}

}  // namespace
}  // namespace cortico::kernels

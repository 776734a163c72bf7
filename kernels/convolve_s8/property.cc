#include "kernels/convolve_s8/convolve_s8.h"
#include "kernels/testing/property.h"

namespace cortico::testing {
namespace {

using kernels::Code;
using reference::Convolution;

struct Case {
  Convolution p;
  reference::Operands x;
  int misalignment;
};

constexpr auto kDepths = {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 32, 33, 48, 64, 100, 129};
constexpr auto kChannels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 20, 33};

void Finish(Draw& draw, Case& c) {
  Convolution& p = c.p;
  p.input_offset = draw.InputOffset();
  p.output_offset = draw.OutputOffset();
  p.range = draw.Range();
  c.x.input = draw.Bytes(p.input.size());
  c.x.filter = draw.Bytes(p.filter.size());
  if (draw.Chance(70)) c.x.bias = draw.Ints(p.output.c, -20000, 20000);
  c.x.multiplier = draw.Multipliers(p.output.c);
  c.x.shift = draw.Shifts(p.output.c);
  c.misalignment = draw.Int(0, 15);
}

Case General(Draw& draw) {
  Case c;
  Convolution& p = c.p;
  const int groups = draw.Chance(20) ? draw.Int(2, 4) : 1;
  const int depth = draw.Pick(kDepths);
  const int channels = draw.Pick(kChannels);
  const int batch = draw.Chance(20) ? draw.Pick({0, 2, 3}) : 1;
  // Deep filters have few taps, for the time it takes.
  const int most = depth > 33 ? 2 : 5;
  p.input = {batch, draw.Int(1, 8), draw.Chance(25) ? draw.Int(9, 24) : draw.Int(1, 9),
             groups * depth};
  p.filter = {groups * channels, std::min(most, draw.Pick({1, 3, 2, 5})),
              std::min(most, draw.Pick({1, 3, 2, 5})), depth};
  if (draw.Chance(5)) {
    p.filter.h = depth > 4 ? 3 : 10;
    p.filter.w = 4;
  }
  p.stride_h = draw.Int(1, 3);
  p.stride_w = draw.Int(1, 3);
  if (draw.Chance(20)) {
    p.dilation_h = draw.Int(1, 3);
    p.dilation_w = draw.Int(1, 3);
  }
  if (draw.Chance(65)) {
    p.pad_h = draw.Int(0, 3);
    p.pad_w = draw.Int(0, 3);
  }
  if (draw.Chance(10)) {
    p.upscale_h = draw.Int(1, 2);
    p.upscale_w = draw.Int(1, 2);
  }
  p.output = {batch,
              Outputs(draw, p.input.h * p.upscale_h, p.pad_h, p.filter.h, p.dilation_h, p.stride_h),
              Outputs(draw, p.input.w * p.upscale_w, p.pad_w, p.filter.w, p.dilation_w, p.stride_w),
              groups * channels};
  Limit(p.input, p.output, int64_t{p.filter.h} * p.filter.w * p.filter.c);
  Finish(draw, c);
  return c;
}

Case Pointwise(Draw& draw, int most_stride) {
  Case c;
  Convolution& p = c.p;
  const int depth = draw.Chance(20) ? draw.Int(1, 300) : draw.Pick(kDepths);
  const int channels = draw.Pick(kChannels);
  const int batch = draw.Chance(20) ? draw.Pick({0, 2, 3}) : 1;
  p.input = {batch, draw.Int(1, 5), draw.Int(1, 9), depth};
  p.filter = {channels, 1, 1, depth};
  p.stride_h = draw.Int(1, most_stride);
  p.stride_w = draw.Int(1, most_stride);
  p.output = {batch, (p.input.h - 1) / p.stride_h + 1, (p.input.w - 1) / p.stride_w + 1, channels};
  Limit(p.input, p.output, depth);
  if (most_stride == 1) {  // Arm's release takes input and output for equally many pixels
    p.input.h = p.output.h;
    p.input.w = p.output.w;
  }
  Finish(draw, c);
  return c;
}

Case OneRow(Draw& draw) {
  Case c;
  Convolution& p = c.p;
  const int depth = draw.Pick({4, 8, 12, 16, 20, 32, 48, 64, 1, 2, 6});
  const int channels = draw.Pick(kChannels);
  const int batch = draw.Chance(20) ? draw.Pick({0, 2, 3}) : 1;
  p.input = {batch, 1, draw.Int(1, 20), depth};
  p.filter = {channels, 1, draw.Pick({1, 3, 2, 5, 9}), depth};
  p.stride_w = depth % 4 == 0 ? draw.Int(1, 3) : depth % 2 == 0 ? 2 : 4;
  p.pad_w = draw.Chance(60) ? draw.Int(0, 4) : 0;
  p.output = {batch, 1, Outputs(draw, p.input.w, p.pad_w, p.filter.w, 1, p.stride_w), channels};
  Limit(p.input, p.output, int64_t{p.filter.w} * depth);
  Finish(draw, c);
  return c;
}

cmsis_nn_conv_params Params(const Convolution& p) {
  return {p.input_offset,
          p.output_offset,
          {p.stride_w, p.stride_h},
          {p.pad_w, p.pad_h},
          {p.dilation_w, p.dilation_h},
          Activation(p.range)};
}

// Runs functions on one case.
class Runner {
 public:
  Runner(Case& c, Verdict& verdict)
      : c_(c), verdict_(verdict), params_(Params(c.p)), expected_(reference::Convolve(c.p, c.x)) {
    in_ = {c.p.input.n, c.p.input.h * c.p.upscale_h, c.p.input.w * c.p.upscale_w, c.p.input.c};
    filter_ = Dims(c.p.filter);
    out_ = Dims(c.p.output);
  }

  template <typename Function>
  void Run(const char* name, int32_t scratch_size, Function function) {
    const cmsis_nn_per_channel_quant_params quant = {c_.x.multiplier.data(), c_.x.shift.data()};
    const cmsis_nn_dims bias_dims = {1, 1, 1, c_.p.output.c};
    const Guarded<int8_t> input(c_.x.input, c_.misalignment);
    const Guarded<int8_t> filter(c_.x.filter, c_.misalignment / 4);
    const Guarded<int8_t> output(c_.p.output.size(), 15 - c_.misalignment, 99);
    const Scratch scratch(scratch_size);
    const int32_t* bias = c_.x.bias.empty() ? nullptr : c_.x.bias.data();
    verdict_.Success(function(scratch.context(), &params_, &quant, &in_, input.data(), &filter_,
                              filter.data(), &bias_dims, bias, &out_, output.data()),
                     name);
    verdict_.Equal(output.data(), expected_, name);
    verdict_.Expect(output.Intact(), name, "wrote outside of its output");
    verdict_.Expect(scratch.Intact(), name, "wrote outside of its scratch");
  }

  template <typename Function>
  void RunUpscaling(const char* name, int32_t scratch_size, Function* function) {
    const cmsis_nn_dims upscale = {0, c_.p.upscale_h, c_.p.upscale_w, 0};
    const bool none = c_.p.upscale_h * c_.p.upscale_w == 1 && c_.misalignment % 2 == 0;
    Run(name, scratch_size, [&](auto ctx, auto params, auto quant, auto in, auto input,
                                auto filter_dims, auto filter, auto bias_dims, auto bias, auto out,
                                auto output) {
      return function(ctx, params, quant, in, input, filter_dims, filter, bias_dims, bias,
                      none ? nullptr : &upscale, out, output);
    });
  }

  void RunVariants() {
    // Upscaling comes by arm_convolve_s8, with its scratch: that of a filter with dilation.
    cmsis_nn_conv_params params = params_;
    if (c_.p.upscale_h * c_.p.upscale_w > 1) params.dilation = {2, 2};
    for (const auto& variant : kernels::kConvolveS8) {
      const auto size = variant.code == Code::kMve ? arm_convolve_wrapper_s8_get_buffer_size_mve
                                                   : arm_convolve_wrapper_s8_get_buffer_size_dsp;
      RunUpscaling(variant.name, size(&params, &in_, &filter_, &out_), variant.run);
    }
  }

  void RunWrapper() {
    Run("arm_convolve_wrapper_s8",
        arm_convolve_wrapper_s8_get_buffer_size(&params_, &in_, &filter_, &out_),
        arm_convolve_wrapper_s8);
  }

  void RunGeneral() {
    RunUpscaling("arm_convolve_s8", arm_convolve_s8_get_buffer_size(&in_, &filter_),
                 arm_convolve_s8);
  }

  int32_t OneRowScratch() const {
    return arm_convolve_1_x_n_s8_get_buffer_size(&params_, &in_, &filter_, &out_);
  }

 private:
  Case& c_;
  Verdict& verdict_;
  cmsis_nn_conv_params params_;
  std::vector<int8_t> expected_;
  cmsis_nn_dims in_, filter_, out_;
};

}  // namespace

void ConvolveS8(Draw& draw, Verdict& verdict) {
  Case c = General(draw);
  Runner runner(c, verdict);
  runner.RunVariants();
  runner.RunGeneral();
  if (c.p.upscale_h * c.p.upscale_w == 1) runner.RunWrapper();
}

void Convolve1x1S8(Draw& draw, Verdict& verdict) {
  Case c = Pointwise(draw, 3);
  Runner runner(c, verdict);
  runner.RunVariants();
  runner.RunWrapper();
  runner.Run("arm_convolve_1x1_s8", 0, arm_convolve_1x1_s8);
}

void Convolve1x1S8Fast(Draw& draw, Verdict& verdict) {
  Case c = Pointwise(draw, 1);
  Runner runner(c, verdict);
  runner.RunVariants();
  runner.RunWrapper();
  runner.Run("arm_convolve_1x1_s8_fast", 0, arm_convolve_1x1_s8_fast);
}

void Convolve1xNS8(Draw& draw, Verdict& verdict) {
  Case c = OneRow(draw);
  Runner runner(c, verdict);
  runner.RunVariants();
  runner.RunWrapper();
  runner.Run("arm_convolve_1_x_n_s8", runner.OneRowScratch(), arm_convolve_1_x_n_s8);
}

}  // namespace cortico::testing

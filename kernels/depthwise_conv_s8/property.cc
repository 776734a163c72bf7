#include "kernels/depthwise_conv_s8/depthwise_conv_s8.h"
#include "kernels/testing/property.h"

namespace cortico::testing {
namespace {

using kernels::Code;
using reference::Convolution;

struct Case {
  Convolution p;
  reference::Operands x;
  int multiplier;
  int misalignment;
  int out_misalignment;
};

constexpr auto kChannels = {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 64, 125, 129};

// What the entry point wants of a case.
struct Wanted {
  bool one_to_one;
  bool is_3x3;
};

Case Random(Draw& draw, Wanted wanted) {
  Case c;
  Convolution& p = c.p;
  c.multiplier = wanted.one_to_one || draw.Chance(60) ? 1 : draw.Pick({2, 3, 4, 5, 8, 17});
  const int channels = c.multiplier == 1  ? draw.Pick(kChannels)
                       : draw.Chance(40) ? 1
                                         : draw.Pick({1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17});
  const int batch = draw.Chance(20) ? draw.Pick({0, 2, 3}) : 1;
  p.input = {batch, draw.Int(1, 9), draw.Chance(20) ? draw.Int(10, 40) : draw.Int(1, 9), channels};
  const bool is_3x3 = wanted.is_3x3 || draw.Chance(50);
  p.filter = {1, is_3x3 ? 3 : draw.Int(1, 6), is_3x3 ? 3 : draw.Int(1, 6), channels * c.multiplier};
  p.stride_h = draw.Int(1, 3);
  p.stride_w = draw.Chance(60) ? p.stride_h : draw.Int(1, 3);
  if (draw.Chance(15)) {
    p.dilation_h = draw.Int(1, 3);
    p.dilation_w = draw.Int(1, 3);
  }
  if (draw.Chance(75)) {
    p.pad_h = draw.Pick({1, 0, 2, 3});
    p.pad_w = wanted.is_3x3 ? draw.Int(0, 1) : draw.Pick({1, 0, 2, 3});
  }
  p.output = {batch, Outputs(draw, p.input.h, p.pad_h, p.filter.h, p.dilation_h, p.stride_h),
              Outputs(draw, p.input.w, p.pad_w, p.filter.w, p.dilation_w, p.stride_w),
              channels * c.multiplier};
  Limit(p.input, p.output, int64_t{p.filter.h} * p.filter.w);
  p.input_offset = draw.InputOffset();
  p.output_offset = draw.OutputOffset();
  p.range = draw.Range();
  c.x.input = draw.Bytes(p.input.size());
  c.x.filter = draw.Bytes(p.filter.size());
  if (draw.Chance(70)) c.x.bias = draw.Ints(p.output.c, -20000, 20000);
  c.x.multiplier = draw.Multipliers(p.output.c);
  c.x.shift = draw.Shifts(p.output.c);
  // Vector variants take whole words only, of both.
  c.misalignment = draw.Chance(50) ? 0 : draw.Int(1, 15);
  c.out_misalignment = draw.Chance(80) && c.misalignment % 4 == 0 ? 0 : draw.Int(0, 15);
  return c;
}

class Runner {
 public:
  Runner(Case& c, Verdict& verdict)
      : c_(c),
        verdict_(verdict),
        params_{c.p.input_offset,
                c.p.output_offset,
                c.multiplier,
                {c.p.stride_w, c.p.stride_h},
                {c.p.pad_w, c.p.pad_h},
                {c.p.dilation_w, c.p.dilation_h},
                Activation(c.p.range)},
        in_(Dims(c.p.input)),
        filter_(Dims(c.p.filter)),
        out_(Dims(c.p.output)),
        expected_(reference::DepthwiseConvolve(c.p, c.x)) {}

  void Run(const char* name, int32_t scratch_size, kernels::DepthwiseConvS8* function) {
    const cmsis_nn_per_channel_quant_params quant = {c_.x.multiplier.data(), c_.x.shift.data()};
    const cmsis_nn_dims bias_dims = {1, 1, 1, c_.p.output.c};
    const Guarded<int8_t> input(c_.x.input, c_.misalignment);
    const Guarded<int8_t> filter(c_.x.filter, c_.misalignment / 4);
    const Guarded<int8_t> output(c_.p.output.size(), c_.out_misalignment, 99);
    const Scratch scratch(scratch_size);
    const int32_t* bias = c_.x.bias.empty() ? nullptr : c_.x.bias.data();
    verdict_.Success(function(scratch.context(), &params_, &quant, &in_, input.data(), &filter_,
                              filter.data(), &bias_dims, bias, &out_, output.data()),
                     name);
    verdict_.Equal(output.data(), expected_, name);
    verdict_.Expect(output.Intact(), name, "wrote outside of its output");
    verdict_.Expect(scratch.Intact(), name, "wrote outside of its scratch");
  }

  void RunVariants() {
    for (const auto& variant : kernels::kDepthwiseConvS8) {
      int32_t scratch = 0;
      if (variant.code == Code::kMve) {
        scratch =
            arm_depthwise_conv_wrapper_s8_get_buffer_size_mve(&params_, &in_, &filter_, &out_);
      } else if (variant.code == Code::kDsp) {
        scratch =
            arm_depthwise_conv_wrapper_s8_get_buffer_size_dsp(&params_, &in_, &filter_, &out_);
      }
      Run(variant.name, scratch, variant.run);
    }
  }

  void RunWrapper() {
    Run("arm_depthwise_conv_wrapper_s8",
        arm_depthwise_conv_wrapper_s8_get_buffer_size(&params_, &in_, &filter_, &out_),
        arm_depthwise_conv_wrapper_s8);
  }

  int32_t OptScratch() const { return arm_depthwise_conv_s8_opt_get_buffer_size(&in_, &filter_); }

 private:
  Case& c_;
  Verdict& verdict_;
  cmsis_nn_dw_conv_params params_;
  cmsis_nn_dims in_, filter_, out_;
  std::vector<int8_t> expected_;
};

}  // namespace

void DepthwiseConvS8(Draw& draw, Verdict& verdict) {
  Case c = Random(draw, {false, false});
  Runner runner(c, verdict);
  runner.RunVariants();
  runner.RunWrapper();
  runner.Run("arm_depthwise_conv_s8", Scratch::kNotRead, arm_depthwise_conv_s8);
}

void DepthwiseConvS8Opt(Draw& draw, Verdict& verdict) {
  Case c = Random(draw, {true, false});
  Runner runner(c, verdict);
  runner.RunVariants();
  runner.RunWrapper();
  runner.Run("arm_depthwise_conv_s8_opt", runner.OptScratch(), arm_depthwise_conv_s8_opt);
}

void DepthwiseConv3x3S8(Draw& draw, Verdict& verdict) {
  Case c = Random(draw, {true, true});
  Runner runner(c, verdict);
  runner.RunVariants();
  runner.RunWrapper();
  runner.Run("arm_depthwise_conv_3x3_s8", Scratch::kNotRead, arm_depthwise_conv_3x3_s8);
}

}  // namespace cortico::testing

#include "kernels/transpose_conv_s8/transpose_conv_s8.h"
#include "kernels/testing/property.h"

namespace cortico::testing {

void TransposeConvS8(Draw& draw, Verdict& verdict) {
  reference::Convolution p;
  const int batch = draw.Chance(20) ? draw.Pick({0, 2, 3}) : 1;
  const int channels = draw.Pick({1, 2, 3, 4, 5, 8, 15, 16, 17, 33});
  const int depth = draw.Pick({1, 2, 3, 4, 8, 15, 16, 17, 20, 31, 32, 33, 64});
  p.input = {batch, draw.Int(1, 5), draw.Int(1, 7), depth};
  p.filter = {channels, draw.Int(1, 5), draw.Int(1, 5), depth};
  p.stride_h = draw.Int(1, 3);
  p.stride_w = draw.Int(1, 3);
  p.pad_h = draw.Int(0, 3);
  p.pad_w = draw.Int(0, 3);
  // Also larger than anything an input reaches.
  p.output = {batch, draw.Int(0, 12), draw.Int(0, 12), channels};
  // The reference's time goes with the input.
  const int64_t per_pixel = int64_t{p.filter.h} * p.filter.w * depth * channels;
  while (p.input.h > 1 && p.input.h * p.input.w * batch * per_pixel > 6000) --p.input.h;
  while (p.input.w > 1 && p.input.h * p.input.w * batch * per_pixel > 6000) --p.input.w;
  p.input_offset = draw.InputOffset();
  p.output_offset = draw.OutputOffset();
  p.range = draw.Range();
  reference::Operands x;
  x.input = draw.Bytes(p.input.size());
  x.filter = draw.Bytes(p.filter.size());
  if (draw.Chance(70)) x.bias = draw.Ints(channels, -20000, 20000);
  x.multiplier = draw.Multipliers(channels);
  x.shift = draw.Shifts(channels);
  const int misalignment = draw.Int(0, 15);

  const cmsis_nn_transpose_conv_params params = {
      p.input_offset,     p.output_offset, {p.stride_w, p.stride_h},
      {p.pad_w, p.pad_h}, {0, 0},          {1, 1},
      Activation(p.range)};
  const cmsis_nn_per_channel_quant_params quant = {x.multiplier.data(), x.shift.data()};
  const cmsis_nn_dims in = Dims(p.input), filter_dims = Dims(p.filter), out = Dims(p.output);
  const cmsis_nn_dims bias_dims = {1, 1, 1, channels};
  const std::vector<int8_t> expected = reference::TransposeConvolve(p, x);
  const auto run = [&](const char* name, kernels::TransposeConvS8* function, int32_t size,
                       int32_t reverse_size) {
    const Guarded<int8_t> input(x.input, misalignment), filter(x.filter, misalignment / 4);
    const Guarded<int8_t> output(p.output.size(), 15 - misalignment, 99);
    const Scratch scratch(size), reverse(reverse_size);
    verdict.Success(function(scratch.context(), reverse.context(), &params, &quant, &in,
                             input.data(), &filter_dims, filter.data(), &bias_dims,
                             x.bias.empty() ? nullptr : x.bias.data(), &out, output.data()),
                    name);
    verdict.Equal(output.data(), expected, name);
    verdict.Expect(output.Intact(), name, "wrote outside of its output");
    verdict.Expect(scratch.Intact() && reverse.Intact(), name, "wrote outside of its scratch");
  };
  const int32_t size = arm_transpose_conv_s8_get_buffer_size(&params, &in, &filter_dims, &out);
  for (const auto& variant : kernels::kTransposeConvS8) {
    run(variant.name, variant.run,
        variant.code == kernels::Code::kMve
            ? arm_transpose_conv_s8_get_buffer_size_mve(&params, &in, &filter_dims, &out)
            : size,
        Scratch::kNotRead);
  }
  run("arm_transpose_conv_s8", arm_transpose_conv_s8, size, Scratch::kNotRead);
  run("arm_transpose_conv_wrapper_s8", arm_transpose_conv_wrapper_s8, size,
      arm_transpose_conv_s8_get_reverse_conv_buffer_size(&params, &in, &filter_dims));
}

}  // namespace cortico::testing

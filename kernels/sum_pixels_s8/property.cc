#include "kernels/sum_pixels_s8/sum_pixels_s8.h"
#include "kernels/testing/property.h"

namespace cortico::testing {

void SumPixelsS8(Draw& draw, Verdict& verdict) {
  const int images = draw.Pick({1, 2, 3});
  const int height = draw.Int(1, 9), width = draw.Int(1, 9);
  const int channels = draw.Chance(20) ? draw.Int(1, 70)
                                       : draw.Pick({1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32});
  const std::vector<int8_t> values = draw.Bytes(int64_t{images} * height * width * channels);
  const int start = draw.Int(-128, 127) * height * width;
  const int shift = draw.Shift();
  const cmsis_nn_per_tensor_quant_params quant = {draw.Multiplier(), shift < 8 ? shift : 8};
  const int output_offset = draw.OutputOffset();
  const int misalignment = draw.Int(0, 15);

  const std::vector<int8_t> expected = reference::SumPixels(
      images, height * width, channels, values, start, quant.multiplier, quant.shift,
      output_offset);
  const cmsis_nn_dims dims = {images, height, width, channels};
  const auto run = [&](const char* name, kernels::SumPixelsS8* function) {
    const Guarded<int8_t> input(values, misalignment);
    const Guarded<int8_t> output(images * channels, misalignment);
    verdict.Success(function(&dims, input.data(), start, &quant, output_offset, output.data()),
                    name);
    verdict.Equal(output.data(), expected, name);
    verdict.Expect(output.Intact(), name, "wrote outside of its output");
  };
  for (const auto& variant : kernels::kSumPixelsS8) run(variant.name, variant.run);
  run("cortico_sum_pixels_s8", cortico_sum_pixels_s8);
}

}  // namespace cortico::testing

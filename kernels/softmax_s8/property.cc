#include "kernels/softmax_s8/softmax_s8.h"
#include "kernels/testing/property.h"

namespace cortico::testing {

void SoftmaxS8(Draw& draw, Verdict& verdict) {
  const int rows = draw.Chance(30) ? draw.Pick({0, 2, 5}) : 1;
  const int size = draw.Chance(5) ? draw.Pick({257, 1000, 4095})
                                  : draw.Pick({1, 2, 3, 4, 5, 7, 8, 10, 12, 15, 16, 17, 33});
  const std::vector<int8_t> values =
      draw.Chance(20) ? std::vector<int8_t>(static_cast<size_t>(rows) * size, 7)
                      : draw.Bytes(int64_t{rows} * size);
  // beta * input scale in Q5.26: from less than 2^-20 to 1.
  const int32_t multiplier = draw.Int(1 << 30, INT32_MAX);
  const int shift = draw.Chance(80) ? draw.Int(18, 26) : draw.Int(0, 26);
  // What TensorFlow Lite takes, or anything nearer to 0.
  const int32_t least = static_cast<int32_t>(-((int64_t{31} << 26) >> shift));
  const int32_t diff_min = draw.Chance(20) ? draw.Int(least < -300 ? -300 : least, 0) : least;
  const int misalignment = draw.Int(0, 15);
  const bool in_place = draw.Chance(30);

  const std::vector<int8_t> expected =
      reference::Softmax(values, rows, size, multiplier, shift, diff_min);
  const auto run = [&](const char* name, kernels::SoftmaxS8* function) {
    const Guarded<int8_t> input(values, misalignment);
    const Guarded<int8_t> output(int64_t{rows} * size, 15 - misalignment, 99);
    int8_t* const target = in_place ? input.data() : output.data();
    function(input.data(), rows, size, multiplier, shift, diff_min, target);
    verdict.Equal(target, expected, name);
    verdict.Expect(output.Intact() && input.Intact(), name, "wrote outside of its output");
  };
  for (const auto& variant : kernels::kSoftmaxS8) run(variant.name, variant.run);
  run("arm_softmax_s8", arm_softmax_s8);
}

}  // namespace cortico::testing

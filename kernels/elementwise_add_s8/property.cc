#include "kernels/elementwise_add_s8/elementwise_add_s8.h"
#include "kernels/testing/property.h"

namespace cortico::testing {

void ElementwiseAddS8(Draw& draw, Verdict& verdict) {
  const int size = draw.Chance(30) ? draw.Int(0, 300)
                                   : draw.Pick({1, 0, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33});
  const std::vector<int8_t> a = draw.Bytes(size), b = draw.Bytes(size);
  // TensorFlow Lite brings the larger scale to a half, exactly; a model's two are often equal.
  const auto scale = [&] {
    reference::Scale s = {draw.InputOffset(), draw.Multiplier(), 0};
    s.shift = draw.Chance(30) ? draw.Int(-31, 0) : draw.Int(-4, 0);
    if (draw.Chance(40)) s = {s.offset, 1 << 30, 0};
    return s;
  };
  const reference::Scale x = scale();
  const reference::Scale y = draw.Chance(20) ? x : scale();
  const reference::Scale out = {draw.OutputOffset(), draw.Multiplier(),
                                draw.Chance(70) ? draw.Int(-20, -14) : draw.Shift()};
  const int left_shift = draw.Chance(70) ? 20 : draw.Int(0, 22);
  const reference::Range range = draw.Range();
  const int misalignment = draw.Int(0, 15);
  const int apart = draw.Chance(50) ? 0 : draw.Int(0, 3);
  const int place = draw.Pick({0, 1, 2});  // apart, over the first input, over the second

  const std::vector<int8_t> expected = reference::Add(a, x, b, y, left_shift, out, range);
  const auto run = [&](const char* name, kernels::ElementwiseAddS8* function) {
    const Guarded<int8_t> first(a, misalignment), second(b, (misalignment + apart) % 16);
    const Guarded<int8_t> output(size, (misalignment + 2 * apart) % 16, 99);
    int8_t* const target = place == 0 ? output.data() : place == 1 ? first.data() : second.data();
    verdict.Success(function(first.data(), second.data(), x.offset, x.multiplier, x.shift, y.offset,
                             y.multiplier, y.shift, left_shift, target, out.offset, out.multiplier,
                             out.shift, range.min, range.max, size),
                    name);
    verdict.Equal(target, expected, name);
    verdict.Expect(output.Intact() && first.Intact() && second.Intact(), name,
                   "wrote outside of its output");
  };
  for (const auto& variant : kernels::kElementwiseAddS8) run(variant.name, variant.run);
  run("arm_elementwise_add_s8", arm_elementwise_add_s8);
}

}  // namespace cortico::testing

#include "kernels/pad_s8/pad_s8.h"
#include "kernels/testing/property.h"

namespace cortico::testing {

void PadS8(Draw& draw, Verdict& verdict) {
  const auto axes = [&](int low, int high, int chance) {
    reference::Shape shape;
    for (int* axis : {&shape.n, &shape.h, &shape.w, &shape.c}) {
      *axis = draw.Chance(chance) ? draw.Int(low, high) : low;
    }
    return shape;
  };
  reference::Shape shape = axes(draw.Chance(10) ? 0 : 1, 5, 80);
  if (draw.Chance(30)) shape.c = draw.Pick({15, 16, 17, 33});
  const reference::Shape before = axes(0, 3, 40), after = axes(0, 3, 40);
  const std::vector<int8_t> values = draw.Bytes(shape.size());
  const int8_t value = static_cast<int8_t>(draw.Int(-128, 127));
  const int misalignment = draw.Int(0, 15);

  const std::vector<int8_t> expected = reference::Pad(shape, values, before, after, value);
  const cmsis_nn_dims size = Dims(shape), pre = Dims(before), post = Dims(after);
  const auto run = [&](const char* name, kernels::PadS8* function) {
    const Guarded<int8_t> input(values, misalignment);
    const Guarded<int8_t> output(static_cast<int64_t>(expected.size()), 15 - misalignment, 99);
    verdict.Success(function(input.data(), output.data(), value, &size, &pre, &post), name);
    verdict.Equal(output.data(), expected, name);
    verdict.Expect(output.Intact(), name, "wrote outside of its output");
  };
  for (const auto& variant : kernels::kPadS8) run(variant.name, variant.run);
  run("arm_pad_s8", arm_pad_s8);
}

}  // namespace cortico::testing

#include "kernels/testing/property.h"
#include "kernels/transpose_s8/transpose_s8.h"

namespace cortico::testing {

void TransposeS8(Draw& draw, Verdict& verdict) {
  const int axes = draw.Int(1, 4);
  std::array<int, 4> sizes = {1, 1, 1, 1};
  std::array<int, 4> order = {0, 1, 2, 3};
  for (int i = 0; i < axes; ++i) {
    sizes[i] = draw.Chance(20) ? draw.Pick({0, 15, 16, 17, 33}) : draw.Int(1, 7);
  }
  while (sizes[0] * sizes[1] * sizes[2] * sizes[3] > 4000) {
    for (int i = 0; i < axes; ++i) sizes[i] = (sizes[i] + 1) / 2;
  }
  for (int i = axes - 1; i > 0; --i) {
    const int j = i - draw.Int(0, i);
    const int kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  const std::vector<int8_t> values =
      draw.Bytes(int64_t{sizes[0]} * sizes[1] * sizes[2] * sizes[3]);
  const int misalignment = draw.Int(0, 15);

  const std::vector<int8_t> expected = reference::Transpose(sizes, order, values);
  // Axes that do not count hold rubbish.
  int32_t in_size[4], out_size[4];
  uint32_t permutation[4];
  for (int i = 0; i < 4; ++i) {
    in_size[i] = i < axes ? sizes[i] : 1234;
    out_size[i] = i < axes ? sizes[order[i]] : 1234;
    permutation[i] = i < axes ? static_cast<uint32_t>(order[i]) : 99;
  }
  const cmsis_nn_dims in = {in_size[0], in_size[1], in_size[2], in_size[3]};
  const cmsis_nn_dims out = {out_size[0], out_size[1], out_size[2], out_size[3]};
  const cmsis_nn_transpose_params params = {axes, permutation};
  const auto run = [&](const char* name, kernels::TransposeS8* function) {
    const Guarded<int8_t> input(values, misalignment);
    const Guarded<int8_t> output(static_cast<int64_t>(values.size()), 15 - misalignment, 99);
    verdict.Success(function(input.data(), output.data(), &in, &out, &params), name);
    verdict.Equal(output.data(), expected, name);
    verdict.Expect(output.Intact(), name, "wrote outside of its output");
  };
  for (const auto& variant : kernels::kTransposeS8) run(variant.name, variant.run);
  run("arm_transpose_s8", arm_transpose_s8);
}

}  // namespace cortico::testing

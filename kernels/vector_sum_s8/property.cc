#include "kernels/testing/property.h"
#include "kernels/vector_sum_s8/vector_sum_s8.h"

namespace cortico::testing {

void VectorSumS8(Draw& draw, Verdict& verdict) {
  const int rows = draw.Pick({1, 0, 2, 3, 4, 5, 6, 8, 13});
  const int columns = draw.Chance(20) ? draw.Int(0, 300)
                                      : draw.Pick({1, 0, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33});
  const std::vector<int8_t> values = draw.Bytes(int64_t{rows} * columns);
  std::vector<int32_t> bias;
  if (draw.Chance(50)) bias = draw.Ints(rows, -100000, 100000);
  const int lhs_offset = draw.InputOffset();
  const int rhs_offset = draw.Chance(50) ? draw.InputOffset() : 0;
  const int misalignment = draw.Int(0, 15);

  const std::vector<int32_t> expected =
      reference::RowSums(rows, columns, values, lhs_offset, rhs_offset, bias);
  const auto run = [&](const char* name, kernels::VectorSumS8* function) {
    const Guarded<int8_t> data(values, misalignment);
    const Guarded<int32_t> sums(rows, 0);
    verdict.Success(function(sums.data(), columns, rows, data.data(), lhs_offset, rhs_offset,
                             bias.empty() ? nullptr : bias.data()),
                    name);
    verdict.Equal(sums.data(), expected, name);
    verdict.Expect(sums.Intact(), name, "wrote outside of its output");
  };
  for (const auto& variant : kernels::kVectorSumS8) run(variant.name, variant.run);
  run("arm_vector_sum_s8", arm_vector_sum_s8);
}

}  // namespace cortico::testing

#include "kernels/testing/property.h"

namespace cortico::testing {

void BatchMatmulS8(Draw& draw, Verdict& verdict) {
  reference::BatchMatmul p;
  const int n = draw.Int(1, 3), h = draw.Int(1, 3);
  const int depth = draw.Pick({1, 0, 2, 3, 4, 7, 8, 9, 15, 16, 17, 33, 64});
  p.lhs = {draw.Chance(30) ? 1 : n, draw.Chance(30) ? 1 : h, draw.Pick({1, 2, 3, 4, 5}), depth};
  p.rhs = {draw.Chance(30) ? 1 : n, draw.Chance(30) ? 1 : h, draw.Pick({1, 2, 3, 4, 5, 8, 17}),
           depth};
  p.input_offset = draw.InputOffset();
  p.filter_offset = draw.InputOffset();
  p.output_offset = draw.OutputOffset();
  p.multiplier = draw.Multiplier();
  p.shift = draw.Shift();
  p.range = draw.Range();
  const std::vector<int8_t> lhs = draw.Bytes(p.lhs.size()), rhs = draw.Bytes(p.rhs.size());
  const int misalignment = draw.Int(0, 15);

  const cmsis_nn_bmm_params params = {
      false, false, {p.input_offset, p.filter_offset, p.output_offset, Activation(p.range)}};
  const cmsis_nn_per_tensor_quant_params quant = {p.multiplier, p.shift};
  const cmsis_nn_dims lhs_dims = Dims(p.lhs), rhs_dims = Dims(p.rhs), out = Dims(p.output());
  const cmsis_nn_dims sums = {p.rhs.c, 1, 1, p.rhs.w};
  const Guarded<int8_t> a(lhs, misalignment), b(rhs, misalignment / 4);
  const Guarded<int8_t> output(p.output().size(), 15 - misalignment, 99);
  const Scratch scratch(arm_fully_connected_s8_get_buffer_size(&sums));
  const char* name = "arm_batch_matmul_s8";
  verdict.Success(arm_batch_matmul_s8(scratch.context(), &params, &quant, &lhs_dims, a.data(),
                                      &rhs_dims, b.data(), &out, output.data()),
                  name);
  verdict.Equal(output.data(), reference::Matmul(p, lhs, rhs), name);
  verdict.Expect(output.Intact(), name, "wrote outside of its output");
  verdict.Expect(scratch.Intact(), name, "wrote outside of its scratch");
}

}  // namespace cortico::testing

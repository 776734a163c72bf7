// Batched matrix product: one call of the fully connected kernel per matrix, with the right operand
// as the weights. Its variants are those of fully_connected_s8.
//
// Arm's MVE code computes kernel sums of the right operand into ctx->buf first. Here the input
// offset is added in the inner loop instead, so the scratch is asked for but not touched.
#include "kernels/fully_connected_s8/fully_connected_s8.h"

extern "C" arm_cmsis_nn_status arm_batch_matmul_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_bmm_params* bmm_params,
    const cmsis_nn_per_tensor_quant_params* quant_params, const cmsis_nn_dims* input_lhs_dims,
    const int8_t* input_lhs, const cmsis_nn_dims* input_rhs_dims, const int8_t* input_rhs,
    const cmsis_nn_dims* output_dims, int8_t* output) {
  using cortico::kernels::Isa;
  using cortico::kernels::kIsa;
  constexpr auto* run = cortico::kernels::Select(cortico::kernels::kFullyConnectedS8);
  if (kIsa == Isa::kMve && ctx->buf == nullptr) return ARM_CMSIS_NN_ARG_ERROR;

  cortico::kernels::FullyConnectedArgs args = {};
  args.batches = input_lhs_dims->w;
  args.depth = input_lhs_dims->c;
  args.outputs = input_rhs_dims->w;
  args.input_offset = bmm_params->fc_params.input_offset;
  args.filter_offset = bmm_params->fc_params.filter_offset;
  args.output_offset = bmm_params->fc_params.output_offset;
  args.activation = bmm_params->fc_params.activation;
  args.multiplier = &quant_params->multiplier;
  args.shift = &quant_params->shift;
  const int32_t lhs_size = args.batches * args.depth;
  const int32_t rhs_size = args.outputs * args.depth;
  for (int32_t n = 0; n < output_dims->n; ++n) {
    for (int32_t h = 0; h < output_dims->h; ++h) {
      const auto matrix = [n, h](const cmsis_nn_dims* dims) {
        return (dims->n == 1 ? 0 : n) * dims->h + (dims->h == 1 ? 0 : h);
      };
      args.input = input_lhs + matrix(input_lhs_dims) * lhs_size;
      args.filter = input_rhs + matrix(input_rhs_dims) * rhs_size;
      args.output = output;
      run(args);
      output += args.batches * args.outputs;
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

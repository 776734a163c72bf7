// Cortico's own entry point. Apart from Arm's, so that it is there beside Arm's library too.
#include "kernels/cortico_nnfunctions.h"
#include "kernels/fully_connected_s8/fully_connected_s8.h"

extern "C" arm_cmsis_nn_status cortico_fully_connected_kernel_sum_s8(
    const int32_t* kernel_sum, const cmsis_nn_fc_params* fc_params,
    const cmsis_nn_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* output_dims, int8_t* output_data) {
  cortico::kernels::FullyConnectedArgs args;
  args.input = input_data;
  args.filter = filter_data;
  args.start = kernel_sum;
  args.output = output_data;
  args.batches = input_dims->n;
  args.depth = filter_dims->n;
  args.outputs = output_dims->c;
  args.input_offset = 0;
  args.filter_offset = fc_params->filter_offset;
  args.output_offset = fc_params->output_offset;
  args.activation = fc_params->activation;
  args.multiplier = quant_params->multiplier;
  args.shift = quant_params->shift;
  args.quant_step = quant_params->is_per_channel != 0 ? 1 : 0;
  constexpr auto* run = cortico::kernels::Select(cortico::kernels::kFullyConnectedS8);
  run(args);
  return ARM_CMSIS_NN_SUCCESS;
}

// Arm's entry points for the fully connected layer: all but the choice of where the sums start is the
// same.
#include "kernels/fully_connected_s8/fully_connected_s8.h"

namespace {

using cortico::kernels::FullyConnectedArgs;
using cortico::kernels::Isa;
using cortico::kernels::kIsa;

constexpr auto* kRun = cortico::kernels::Select(cortico::kernels::kFullyConnectedS8);

struct Start {
  const int32_t* start;
  int32_t input_offset;
};

arm_cmsis_nn_status Run(Start start, const cmsis_nn_fc_params* fc_params,
                        const int32_t* multiplier, const int32_t* shift, int32_t quant_step,
                        const cmsis_nn_dims* input_dims, const int8_t* input_data,
                        const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
                        const cmsis_nn_dims* output_dims, int8_t* output_data) {
  FullyConnectedArgs args;
  args.input = input_data;
  args.filter = filter_data;
  args.start = start.start;
  args.output = output_data;
  args.batches = input_dims->n;
  args.depth = filter_dims->n;
  args.outputs = output_dims->c;
  args.input_offset = start.input_offset;
  args.filter_offset = fc_params->filter_offset;
  args.output_offset = fc_params->output_offset;
  args.activation = fc_params->activation;
  args.multiplier = multiplier;
  args.shift = shift;
  args.quant_step = quant_step;
  kRun(args);
  return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status RunArm(const cmsis_nn_context* ctx, const int32_t* bias,
                           const cmsis_nn_fc_params* fc_params, const int32_t* multiplier,
                           const int32_t* shift, int32_t quant_step,
                           const cmsis_nn_dims* input_dims, const int8_t* input_data,
                           const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
                           const cmsis_nn_dims* output_dims, int8_t* output_data) {
  Start start = {bias, fc_params->input_offset};
  if (kIsa == Isa::kMve) {
    if (ctx->buf == nullptr) return ARM_CMSIS_NN_ARG_ERROR;
    start = {static_cast<const int32_t*>(ctx->buf), 0};
  }
  return Run(start, fc_params, multiplier, shift, quant_step, input_dims, input_data, filter_dims,
             filter_data, output_dims, output_data);
}

}  // namespace

extern "C" {

arm_cmsis_nn_status arm_fully_connected_s8(const cmsis_nn_context* ctx,
                                           const cmsis_nn_fc_params* fc_params,
                                           const cmsis_nn_per_tensor_quant_params* quant_params,
                                           const cmsis_nn_dims* input_dims,
                                           const int8_t* input_data,
                                           const cmsis_nn_dims* filter_dims,
                                           const int8_t* filter_data, const cmsis_nn_dims*,
                                           const int32_t* bias_data,
                                           const cmsis_nn_dims* output_dims, int8_t* output_data) {
  return RunArm(ctx, bias_data, fc_params, &quant_params->multiplier, &quant_params->shift, 0,
                input_dims, input_data, filter_dims, filter_data, output_dims, output_data);
}

arm_cmsis_nn_status arm_fully_connected_per_channel_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_fc_params* fc_params,
    const cmsis_nn_per_channel_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims*, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data) {
  return RunArm(ctx, bias_data, fc_params, quant_params->multiplier, quant_params->shift, 1,
                input_dims, input_data, filter_dims, filter_data, output_dims, output_data);
}

arm_cmsis_nn_status arm_fully_connected_wrapper_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_fc_params* fc_params,
    const cmsis_nn_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims*, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data) {
  return RunArm(ctx, bias_data, fc_params, quant_params->multiplier, quant_params->shift,
                quant_params->is_per_channel != 0 ? 1 : 0, input_dims, input_data, filter_dims,
                filter_data, output_dims, output_data);
}

}  // extern "C"

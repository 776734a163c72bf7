// Matrix of int8 rows times the transpose of another: the variants behind arm_fully_connected_*_s8
// and arm_batch_matmul_s8.
//
//   output(b, o) = clamp(output_offset + requantize_o(start(o) + sum over i < depth of
//                  (input(b, i) + input_offset) * (filter(o, i) + filter_offset)))
//
// Both of Arm's contracts are this one: DSP and scalar start from the bias; MVE starts from
// kernel_sum, where the bias and the input offset are in already, and passes input_offset 0.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

struct FullyConnectedArgs {
  const int8_t* input;   // [batches][depth]
  const int8_t* filter;  // [outputs][depth]
  const int32_t* start;  // [outputs], or null for zeros
  int8_t* output;        // [batches][outputs]
  int32_t batches;
  int32_t depth;
  int32_t outputs;
  int32_t input_offset;  // [-127, 128]
  int32_t filter_offset;
  int32_t output_offset;
  cmsis_nn_activation activation;
  const int32_t* multiplier;
  const int32_t* shift;
  int32_t quant_step;  // 1: one multiplier and shift per output; 0: one for all
};

using FullyConnectedS8 = void(const FullyConnectedArgs& args);

#define CORTICO_KERNEL(name, code) FullyConnectedS8 name;
#include "kernels/fully_connected_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<FullyConnectedS8> kFullyConnectedS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/fully_connected_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

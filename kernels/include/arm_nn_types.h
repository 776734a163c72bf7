// The argument types of the CMSIS-NN API, release 7.0.0: names, members and their order are Arm's,
// so that a caller may be compiled against this header and linked with either library.
//
// Only types of functions declared in arm_nnfunctions.h are here.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum {
  ARM_CMSIS_NN_SUCCESS = 0,
  ARM_CMSIS_NN_ARG_ERROR = -1,      // an argument breaks the contract; nothing was written
  ARM_CMSIS_NN_NO_IMPL_ERROR = -2,  // not available in this build
  ARM_CMSIS_NN_FAILURE = -3,
} arm_cmsis_nn_status;

typedef struct {
  int32_t w;
  int32_t h;
} cmsis_nn_tile;

// Memory a function may use besides its operands. `buf` has at least the bytes that the matching
// *_get_buffer_size reports and is 4-byte aligned; `size` is informative and never read.
typedef struct {
  void* buf;
  int32_t size;
} cmsis_nn_context;

// Sizes of a tensor whose last axis, c, is contiguous. What n means is said at each function.
typedef struct {
  int32_t n;
  int32_t h;
  int32_t w;
  int32_t c;
} cmsis_nn_dims;

// Requantization factors, multiplier * 2^(shift - 31); see kernels/common/requantize.h.
// One entry per output channel.
typedef struct {
  int32_t* multiplier;
  int32_t* shift;
} cmsis_nn_per_channel_quant_params;

typedef struct {
  int32_t multiplier;
  int32_t shift;
} cmsis_nn_per_tensor_quant_params;

// One entry when is_per_channel is 0, else one per output channel.
typedef struct {
  int32_t* multiplier;
  int32_t* shift;
  int32_t is_per_channel;
} cmsis_nn_quant_params;

// Closed range an output is clamped to, in output units: within [-128, 127], min <= max.
typedef struct {
  int32_t min;
  int32_t max;
} cmsis_nn_activation;

// In all structs below: input_offset is minus the zero point of the input, in [-127, 128];
// output_offset is the zero point of the output, in [-128, 127]; padding is what precedes the
// input (top, left), and what follows it is implied by the output's size.
typedef struct {
  int32_t input_offset;
  int32_t output_offset;
  cmsis_nn_tile stride;
  cmsis_nn_tile padding;
  cmsis_nn_tile dilation;
  cmsis_nn_activation activation;
} cmsis_nn_conv_params;

typedef struct {
  int32_t input_offset;
  int32_t output_offset;
  cmsis_nn_tile stride;
  cmsis_nn_tile padding;
  cmsis_nn_tile padding_offsets;  // not read
  cmsis_nn_tile dilation;         // not read: 1
  cmsis_nn_activation activation;
} cmsis_nn_transpose_conv_params;

typedef struct {
  int32_t input_offset;
  int32_t output_offset;
  int32_t ch_mult;  // output channels per input channel
  cmsis_nn_tile stride;
  cmsis_nn_tile padding;
  cmsis_nn_tile dilation;
  cmsis_nn_activation activation;
} cmsis_nn_dw_conv_params;

typedef struct {
  cmsis_nn_tile stride;
  cmsis_nn_tile padding;
  cmsis_nn_activation activation;
} cmsis_nn_pool_params;

typedef struct {
  int32_t input_offset;
  int32_t filter_offset;  // minus the zero point of the weights
  int32_t output_offset;
  cmsis_nn_activation activation;
} cmsis_nn_fc_params;

typedef struct {
  const bool adj_x;  // not read
  const bool adj_y;  // not read
  cmsis_nn_fc_params fc_params;
} cmsis_nn_bmm_params;

typedef struct {
  const int32_t num_dims;
  const uint32_t* permutations;  // output axis i is input axis permutations[i]
} cmsis_nn_transpose_params;

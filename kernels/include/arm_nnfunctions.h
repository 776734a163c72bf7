// The CMSIS-NN API, release 7.0.0, as far as Cortico needs it: int8 activations and weights.
// Names, argument order, return codes and buffer sizes are Arm's; the text and the code behind
// them are Cortico's. A program built against this header also links with Arm's library.
//
// For all functions:
//   tensors     channels last (N, H, W, C), dense; rows of one byte elements need no alignment
//   bias        may be null (zero); int32, 4-byte aligned, one per output channel
//   multiplier  in (-2^31, 2^31), shift in [-31, 30]: see kernels/common/requantize.h. The result
//               plus the output's offset is exact, whatever its size, before it is clamped
//   ctx         never null; ctx->buf may be null where the size function says 0
//   aliasing    output must not overlap an input or scratch, unless said otherwise
//   sums        accumulators are int32: the caller's sizes must not overflow them, as in any
//               model whose layers sum fewer than 2^15 products
//   errors      ARM_CMSIS_NN_ARG_ERROR for what "Errors" lists, before anything is written;
//               whatever else is said of an argument is the caller's to keep
//   sizes 0     a tensor with no elements is legal wherever the formula makes sense
//
// Buffer sizes come in three forms: `_mve` and `_dsp` are the figures for those ISA families on
// any machine (a compiler asks on the host), the bare name is the figure for this build.
#pragma once

#include "arm_nn_types.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---------------------------------------------------------------------------------------------
// Convolution
//
//   out(n, y, x, o) = clamp(output_offset + requantize_o(bias(o) +
//       sum over ky, kx, i of (in(n, y * stride.h - padding.h + ky * dilation.h,
//                                 x * stride.w - padding.w + kx * dilation.w, g * CK + i)
//                              + input_offset) * filter(o, ky, kx, i)))
//
// Positions outside the input contribute nothing. input [N, H, W, C_IN], filter
// [C_OUT, KH, KW, CK], output [N, OH, OW, C_OUT] with OH and OW as the caller likes: padding below
// and to the right is what they imply. CK < C_IN means C_IN / CK groups, g = o / (C_OUT / groups).
// bias_dims and filter_dims->n are not read. stride, dilation >= 1.
//
// Errors: CK does not divide C_IN into groups that divide C_OUT; a dilation below 1; ctx->buf null
// although scratch is due. The output may hold other bytes until the call returns.

// upscale_dims: null, or h and w in {1, 2}: the input is read as if zeros (of the real numbers)
// stood between its rows and columns; input_dims then holds the size with those zeros. Other
// values are an error. ctx->buf must not be null.
arm_cmsis_nn_status arm_convolve_s8(const cmsis_nn_context* ctx,
                                    const cmsis_nn_conv_params* conv_params,
                                    const cmsis_nn_per_channel_quant_params* quant_params,
                                    const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                    const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
                                    const cmsis_nn_dims* bias_dims, const int32_t* bias_data,
                                    const cmsis_nn_dims* upscale_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output_data);
int32_t arm_convolve_s8_get_buffer_size(const cmsis_nn_dims* input_dims,
                                        const cmsis_nn_dims* filter_dims);

// Any convolution without upscaling. Only a 1x1 filter without padding, dilation and groups needs
// no scratch. For groups the sizes are those of Arm's versions after 7.0.0: see buffer_size.cc.
arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context* ctx,
                                            const cmsis_nn_conv_params* conv_params,
                                            const cmsis_nn_per_channel_quant_params* quant_params,
                                            const cmsis_nn_dims* input_dims,
                                            const int8_t* input_data,
                                            const cmsis_nn_dims* filter_dims,
                                            const int8_t* filter_data,
                                            const cmsis_nn_dims* bias_dims,
                                            const int32_t* bias_data,
                                            const cmsis_nn_dims* output_dims,
                                            int8_t* output_data);
int32_t arm_convolve_wrapper_s8_get_buffer_size(const cmsis_nn_conv_params* conv_params,
                                                const cmsis_nn_dims* input_dims,
                                                const cmsis_nn_dims* filter_dims,
                                                const cmsis_nn_dims* output_dims);
int32_t arm_convolve_wrapper_s8_get_buffer_size_mve(const cmsis_nn_conv_params* conv_params,
                                                    const cmsis_nn_dims* input_dims,
                                                    const cmsis_nn_dims* filter_dims,
                                                    const cmsis_nn_dims* output_dims);
int32_t arm_convolve_wrapper_s8_get_buffer_size_dsp(const cmsis_nn_conv_params* conv_params,
                                                    const cmsis_nn_dims* input_dims,
                                                    const cmsis_nn_dims* filter_dims,
                                                    const cmsis_nn_dims* output_dims);

// 1x1 filter, one group, no padding, any stride. Errors: padding; another filter; groups.
arm_cmsis_nn_status arm_convolve_1x1_s8(const cmsis_nn_context* ctx,
                                        const cmsis_nn_conv_params* conv_params,
                                        const cmsis_nn_per_channel_quant_params* quant_params,
                                        const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                        const cmsis_nn_dims* filter_dims,
                                        const int8_t* filter_data,
                                        const cmsis_nn_dims* bias_dims, const int32_t* bias_data,
                                        const cmsis_nn_dims* output_dims, int8_t* output_data);

// The same with stride 1. Errors: as arm_convolve_1x1_s8; a stride other than 1.
arm_cmsis_nn_status arm_convolve_1x1_s8_fast(const cmsis_nn_context* ctx,
                                             const cmsis_nn_conv_params* conv_params,
                                             const cmsis_nn_per_channel_quant_params* quant_params,
                                             const cmsis_nn_dims* input_dims,
                                             const int8_t* input_data,
                                             const cmsis_nn_dims* filter_dims,
                                             const int8_t* filter_data,
                                             const cmsis_nn_dims* bias_dims,
                                             const int32_t* bias_data,
                                             const cmsis_nn_dims* output_dims,
                                             int8_t* output_data);
int32_t arm_convolve_1x1_s8_fast_get_buffer_size(const cmsis_nn_dims* input_dims);

// One row, one group, no dilation along it. Errors: input h or filter h not 1; dilation.w not 1;
// groups; ctx->buf null; stride.w 0; stride.w * C_IN not a multiple of 4. Arm's release also
// returns ARM_CMSIS_NN_FAILURE when the padding on the right is not that on the left or one more
// (a stride that leaves a remainder, for example); this one computes the result.
arm_cmsis_nn_status arm_convolve_1_x_n_s8(const cmsis_nn_context* ctx,
                                          const cmsis_nn_conv_params* conv_params,
                                          const cmsis_nn_per_channel_quant_params* quant_params,
                                          const cmsis_nn_dims* input_dims,
                                          const int8_t* input_data,
                                          const cmsis_nn_dims* filter_dims,
                                          const int8_t* filter_data,
                                          const cmsis_nn_dims* bias_dims,
                                          const int32_t* bias_data,
                                          const cmsis_nn_dims* output_dims, int8_t* output_data);
int32_t arm_convolve_1_x_n_s8_get_buffer_size(const cmsis_nn_conv_params* conv_params,
                                              const cmsis_nn_dims* input_dims,
                                              const cmsis_nn_dims* filter_dims,
                                              const cmsis_nn_dims* output_dims);

// ---------------------------------------------------------------------------------------------
// Depthwise convolution: each input channel i has its own ch_mult filters, output channels
// o = i * ch_mult .. i * ch_mult + ch_mult - 1.
//
//   out(n, y, x, o) = clamp(output_offset + requantize_o(bias(o) + sum over ky, kx of
//                     (in(n, .., .., o / ch_mult) + input_offset) * filter(ky, kx, o)))
//
// with positions, padding and sizes as in convolution. input [N, H, W, C_IN], filter
// [1, KH, KW, C_OUT], output [N, OH, OW, C_OUT], C_OUT = C_IN * ch_mult.
// Errors, for all four: C_OUT is not C_IN * ch_mult; a dilation below 1.

// Needs no scratch: ctx is not read.
arm_cmsis_nn_status arm_depthwise_conv_s8(const cmsis_nn_context* ctx,
                                          const cmsis_nn_dw_conv_params* dw_conv_params,
                                          const cmsis_nn_per_channel_quant_params* quant_params,
                                          const cmsis_nn_dims* input_dims,
                                          const int8_t* input_data,
                                          const cmsis_nn_dims* filter_dims,
                                          const int8_t* filter_data,
                                          const cmsis_nn_dims* bias_dims,
                                          const int32_t* bias_data,
                                          const cmsis_nn_dims* output_dims, int8_t* output_data);

// C_IN == C_OUT. Errors: otherwise; ctx->buf null although its size function says more than 0.
arm_cmsis_nn_status arm_depthwise_conv_s8_opt(const cmsis_nn_context* ctx,
                                              const cmsis_nn_dw_conv_params* dw_conv_params,
                                              const cmsis_nn_per_channel_quant_params* quant_params,
                                              const cmsis_nn_dims* input_dims,
                                              const int8_t* input_data,
                                              const cmsis_nn_dims* filter_dims,
                                              const int8_t* filter_data,
                                              const cmsis_nn_dims* bias_dims,
                                              const int32_t* bias_data,
                                              const cmsis_nn_dims* output_dims,
                                              int8_t* output_data);
int32_t arm_depthwise_conv_s8_opt_get_buffer_size(const cmsis_nn_dims* input_dims,
                                                  const cmsis_nn_dims* filter_dims);
int32_t arm_depthwise_conv_s8_opt_get_buffer_size_mve(const cmsis_nn_dims* input_dims,
                                                      const cmsis_nn_dims* filter_dims);
int32_t arm_depthwise_conv_s8_opt_get_buffer_size_dsp(const cmsis_nn_dims* input_dims,
                                                      const cmsis_nn_dims* filter_dims);

// C_IN == C_OUT, filter 3x3, padding.w <= 1. Errors: otherwise. ctx is not read.
arm_cmsis_nn_status arm_depthwise_conv_3x3_s8(const cmsis_nn_context* ctx,
                                              const cmsis_nn_dw_conv_params* dw_conv_params,
                                              const cmsis_nn_per_channel_quant_params* quant_params,
                                              const cmsis_nn_dims* input_dims,
                                              const int8_t* input_data,
                                              const cmsis_nn_dims* filter_dims,
                                              const int8_t* filter_data,
                                              const cmsis_nn_dims* bias_dims,
                                              const int32_t* bias_data,
                                              const cmsis_nn_dims* output_dims,
                                              int8_t* output_data);

// Any depthwise convolution. Errors: ctx->buf null although the case would go to
// arm_depthwise_conv_s8_opt, or on MVE to arm_convolve_s8 (one input channel), in Arm's library.
arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_dw_conv_params* dw_conv_params,
    const cmsis_nn_per_channel_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* bias_dims, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data);
int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size(const cmsis_nn_dw_conv_params* dw_conv_params,
                                                      const cmsis_nn_dims* input_dims,
                                                      const cmsis_nn_dims* filter_dims,
                                                      const cmsis_nn_dims* output_dims);
int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size_mve(
    const cmsis_nn_dw_conv_params* dw_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* output_dims);
int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size_dsp(
    const cmsis_nn_dw_conv_params* dw_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* output_dims);

// ---------------------------------------------------------------------------------------------
// Fully connected
//
//   out(b, o) = clamp(output_offset + requantize(bias(o) + sum over i of
//               (in(b, i) + input_offset) * (filter(o, i) + filter_offset)))
//
// b < input_dims->n, i < filter_dims->n (all of h, w, c of the input), o < output_dims->c. filter
// [C_OUT][depth], row by row.
//
// MVE builds take what is constant in that sum ready made, from ctx->buf, int32[C_OUT]:
//
//   kernel_sum(o) = bias(o) + input_offset * sum over i of (filter(o, i) + filter_offset)
//   accumulator   = kernel_sum(o) + sum over i of in(b, i) * (filter(o, i) + filter_offset)
//
// and read neither bias_data nor input_offset: whoever prepares ctx->buf has added the bias to it
// (arm_vector_sum_s8 does), and a bias passed as well is not added a second time. ctx->buf is read
// only and may lie in flash. DSP and scalar builds read bias_data and input_offset, never ctx->buf.
// The two are equal bit for bit as long as no int32 overflows.
//
// Errors: on MVE builds ctx->buf null.
arm_cmsis_nn_status arm_fully_connected_s8(const cmsis_nn_context* ctx,
                                           const cmsis_nn_fc_params* fc_params,
                                           const cmsis_nn_per_tensor_quant_params* quant_params,
                                           const cmsis_nn_dims* input_dims,
                                           const int8_t* input_data,
                                           const cmsis_nn_dims* filter_dims,
                                           const int8_t* filter_data,
                                           const cmsis_nn_dims* bias_dims,
                                           const int32_t* bias_data,
                                           const cmsis_nn_dims* output_dims, int8_t* output_data);

// requantize is that of channel o.
arm_cmsis_nn_status arm_fully_connected_per_channel_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_fc_params* fc_params,
    const cmsis_nn_per_channel_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* bias_dims, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data);

// One of the two, by quant_params->is_per_channel.
arm_cmsis_nn_status arm_fully_connected_wrapper_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_fc_params* fc_params,
    const cmsis_nn_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* bias_dims, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data);

// C_OUT is filter_dims->c: that of the output.
int32_t arm_fully_connected_s8_get_buffer_size(const cmsis_nn_dims* filter_dims);
int32_t arm_fully_connected_s8_get_buffer_size_dsp(const cmsis_nn_dims* filter_dims);
int32_t arm_fully_connected_s8_get_buffer_size_mve(const cmsis_nn_dims* filter_dims);

// vector_sum_buf(r) = bias(r) + lhs_offset * sum over c of (vector_data(r, c) + rhs_offset),
// r < vector_rows, c < vector_cols: the kernel_sum above, with lhs_offset the input's and
// rhs_offset the filter's offset. Always succeeds.
arm_cmsis_nn_status arm_vector_sum_s8(int32_t* vector_sum_buf, int32_t vector_cols,
                                      int32_t vector_rows, const int8_t* vector_data,
                                      int32_t lhs_offset, int32_t rhs_offset,
                                      const int32_t* bias_data);

// out(n, h, r, s) = clamp(output_offset + requantize(sum over i of
//     (lhs(n, h, r, i) + input_offset) * (rhs(n, h, s, i) + filter_offset)))
// lhs [N, H, rows, depth]; rhs [N, H, columns, depth], that is transposed already; output
// [N, H, rows, columns]. An operand with n or h 1 is used for all n or h of the output. The adj
// flags are not read. Scratch: arm_fully_connected_s8_get_buffer_size with c = columns.
// Errors: on MVE builds ctx->buf null.
arm_cmsis_nn_status arm_batch_matmul_s8(const cmsis_nn_context* ctx,
                                        const cmsis_nn_bmm_params* bmm_params,
                                        const cmsis_nn_per_tensor_quant_params* quant_params,
                                        const cmsis_nn_dims* input_lhs_dims,
                                        const int8_t* input_lhs,
                                        const cmsis_nn_dims* input_rhs_dims,
                                        const int8_t* input_rhs,
                                        const cmsis_nn_dims* output_dims, int8_t* output);

// ---------------------------------------------------------------------------------------------
// Element by element. output may be one of the inputs. Always succeed.

//   a   = requantize_1((input_1 + input_1_offset) * 2^left_shift), b likewise
//   out = clamp(out_offset + requantize_out(a + b))
// left_shift in [0, 22], the input shifts at most 0: TensorFlow Lite's scheme, where left_shift is
// 20 and both inputs are brought to twice the larger of their scales.
arm_cmsis_nn_status arm_elementwise_add_s8(const int8_t* input_1_vect, const int8_t* input_2_vect,
                                           int32_t input_1_offset, int32_t input_1_mult,
                                           int32_t input_1_shift, int32_t input_2_offset,
                                           int32_t input_2_mult, int32_t input_2_shift,
                                           int32_t left_shift, int8_t* output, int32_t out_offset,
                                           int32_t out_mult, int32_t out_shift,
                                           int32_t out_activation_min, int32_t out_activation_max,
                                           int32_t block_size);

// out = clamp(out_offset + requantize((input_1 + input_1_offset) * (input_2 + input_2_offset)))
arm_cmsis_nn_status arm_elementwise_mul_s8(const int8_t* input_1_vect, const int8_t* input_2_vect,
                                           int32_t input_1_offset, int32_t input_2_offset,
                                           int8_t* output, int32_t out_offset, int32_t out_mult,
                                           int32_t out_shift, int32_t out_activation_min,
                                           int32_t out_activation_max, int32_t block_size);

// out = min or max of the inputs. Every axis of an input is that of the output or 1, in which case
// its one element is used all along the axis. output may be an input of its own size. Always
// succeed; ctx is not read.
arm_cmsis_nn_status arm_minimum_s8(const cmsis_nn_context* ctx, const int8_t* input_1_data,
                                   const cmsis_nn_dims* input_1_dims, const int8_t* input_2_data,
                                   const cmsis_nn_dims* input_2_dims, int8_t* output_data,
                                   const cmsis_nn_dims* output_dims);
arm_cmsis_nn_status arm_maximum_s8(const cmsis_nn_context* ctx, const int8_t* input_1_data,
                                   const cmsis_nn_dims* input_1_dims, const int8_t* input_2_data,
                                   const cmsis_nn_dims* input_2_dims, int8_t* output_data,
                                   const cmsis_nn_dims* output_dims);

// ---------------------------------------------------------------------------------------------
// Pooling: input [N, H, W, C], output [N, OH, OW, C], window filter_dims->h x w at
// y * stride.h - padding.h. Only elements inside the input take part, and only they are counted.
// Errors: input_dims->n below 1. N of the output is not read.

// out = clamp(sum / count), rounded to nearest, halves away from zero. Fewer than 2^24 elements in
// a window. Errors: a window with no element; on DSP builds ctx->buf null although its size
// function says more than 0.
arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context* ctx,
                                   const cmsis_nn_pool_params* pool_params,
                                   const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                   const cmsis_nn_dims* filter_dims,
                                   const cmsis_nn_dims* output_dims, int8_t* output_data);
int32_t arm_avgpool_s8_get_buffer_size(int dim_dst_width, int ch_src);
int32_t arm_avgpool_s8_get_buffer_size_dsp(int dim_dst_width, int ch_src);
int32_t arm_avgpool_s8_get_buffer_size_mve(int dim_dst_width, int ch_src);

// out = clamp(max); -128, clamped, for a window with no element. ctx is not read.
arm_cmsis_nn_status arm_max_pool_s8(const cmsis_nn_context* ctx,
                                    const cmsis_nn_pool_params* pool_params,
                                    const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                    const cmsis_nn_dims* filter_dims,
                                    const cmsis_nn_dims* output_dims, int8_t* output_data);

// ---------------------------------------------------------------------------------------------
// Data movement

// Output axis = pre_pad + input axis + post_pad, all at least 0; what is not input is pad_value.
// Always succeeds.
arm_cmsis_nn_status arm_pad_s8(const int8_t* input, int8_t* output, int8_t pad_value,
                               const cmsis_nn_dims* input_size, const cmsis_nn_dims* pre_pad,
                               const cmsis_nn_dims* post_pad);

// output axis i = input axis permutations[i], i < num_dims. Fewer than four dimensions use the
// first of n, h, w, c. Errors: num_dims not in [1, 4]; permutations is not a permutation. (Arm's
// release does not read it for two dimensions, and takes it for a transposition.)
arm_cmsis_nn_status arm_transpose_s8(const int8_t* input_data, int8_t* output_data,
                                     const cmsis_nn_dims* input_dims,
                                     const cmsis_nn_dims* output_dims,
                                     const cmsis_nn_transpose_params* transpose_params);

// ---------------------------------------------------------------------------------------------
// Softmax of each row, in fixed point, output scale 1/256 and zero point -128. With
// d = (input - max of the row):
//   out = e(d) / sum of e, e(d) = exp(d * mult * 2^(shift - 31) / 2^26) for d >= diff_min, else 0
// mult and shift bring beta * input scale to 5 integer bits; shift in [0, 30]; diff_min keeps
// d * 2^shift within 32 bits. row_size in [1, 4095]. output may be input.
void arm_softmax_s8(const int8_t* input, int32_t num_rows, int32_t row_size, int32_t mult,
                    int32_t shift, int32_t diff_min, int8_t* output);

// ---------------------------------------------------------------------------------------------
// Transposed convolution: input (y, x) adds its product with tap (ky, kx) to output
// (y * stride.h - padding.h + ky, x * stride.w - padding.w + kx), if there is one; then as
// convolution. filter [C_OUT, KH, KW, C_IN]. stride >= 1, dilation 1, one group.
//
// ctx: arm_transpose_conv_s8_get_buffer_size bytes. The second context has
// arm_transpose_conv_s8_get_reverse_conv_buffer_size bytes for the wrapper, and is not read by
// arm_transpose_conv_s8. Errors: ctx->buf null; for the wrapper also the second one's, when its
// size is more than 0.
arm_cmsis_nn_status arm_transpose_conv_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_context* output_ctx,
    const cmsis_nn_transpose_conv_params* transpose_conv_params,
    const cmsis_nn_per_channel_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* bias_dims, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data);
arm_cmsis_nn_status arm_transpose_conv_wrapper_s8(
    const cmsis_nn_context* ctx, const cmsis_nn_context* reverse_conv_ctx,
    const cmsis_nn_transpose_conv_params* transpose_conv_params,
    const cmsis_nn_per_channel_quant_params* quant_params, const cmsis_nn_dims* input_dims,
    const int8_t* input_data, const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
    const cmsis_nn_dims* bias_dims, const int32_t* bias_data, const cmsis_nn_dims* output_dims,
    int8_t* output_data);
int32_t arm_transpose_conv_s8_get_buffer_size(
    const cmsis_nn_transpose_conv_params* transpose_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* out_dims);
int32_t arm_transpose_conv_s8_get_buffer_size_mve(
    const cmsis_nn_transpose_conv_params* transpose_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* out_dims);
int32_t arm_transpose_conv_s8_get_reverse_conv_buffer_size(
    const cmsis_nn_transpose_conv_params* transpose_conv_params, const cmsis_nn_dims* input_dims,
    const cmsis_nn_dims* filter_dims);

#ifdef __cplusplus
}
#endif

// Depthwise convolution, int8: the variants behind arm_depthwise_conv_s8 and its siblings.
//
// A variant has the signature and meaning of arm_depthwise_conv_s8 and can rely on its argument
// checks: C_OUT is C_IN * ch_mult, dilation is at least 1. It must accept any ch_mult, dilation and
// padding, may use arm_depthwise_conv_wrapper_s8_get_buffer_size bytes of ctx->buf for its ISA when
// ctx->buf is not null, and returns ARM_CMSIS_NN_SUCCESS.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using DepthwiseConvS8 = decltype(arm_depthwise_conv_s8);

#define CORTICO_KERNEL(name, code) DepthwiseConvS8 name;
#include "kernels/depthwise_conv_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<DepthwiseConvS8> kDepthwiseConvS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/depthwise_conv_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

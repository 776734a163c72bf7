// Transposed convolution, int8: the variants behind arm_transpose_conv_s8 and its wrapper.
//
// A variant has the signature and meaning of arm_transpose_conv_s8, finds ctx->buf not null, may
// use arm_transpose_conv_s8_get_buffer_size bytes of it and nothing of the second context, and
// returns ARM_CMSIS_NN_SUCCESS.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using TransposeConvS8 = decltype(arm_transpose_conv_s8);

#define CORTICO_KERNEL(name, code) TransposeConvS8 name;
#include "kernels/transpose_conv_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<TransposeConvS8> kTransposeConvS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/transpose_conv_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

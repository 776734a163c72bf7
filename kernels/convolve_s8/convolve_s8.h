// Convolution, int8: the variants behind arm_convolve_s8 and its siblings.
//
// A variant has the signature and meaning of arm_convolve_s8 (kernels/include/arm_nnfunctions.h)
// and can rely on its argument checks: CK divides C_IN into groups that divide C_OUT, dilation is
// at least 1 along any axis with more than one tap, upscale_dims is null or {1, 2}. It must accept
// everything the entry points do (groups, dilation, upscaling, any padding), may use
// arm_convolve_wrapper_s8_get_buffer_size bytes of ctx->buf for its ISA, or with upscaling
// arm_convolve_s8_get_buffer_size bytes, and returns ARM_CMSIS_NN_SUCCESS.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using ConvolveS8 = decltype(arm_convolve_s8);

#define CORTICO_KERNEL(name, code) ConvolveS8 name;
#include "kernels/convolve_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<ConvolveS8> kConvolveS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/convolve_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

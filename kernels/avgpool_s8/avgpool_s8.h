// Average pooling, int8: the variants behind arm_avgpool_s8.
//
// A variant has the signature and meaning of that function, finds at least one element in every
// window (the entry point has checked), may use arm_avgpool_s8_get_buffer_size bytes of ctx->buf
// and returns ARM_CMSIS_NN_SUCCESS.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using AvgpoolS8 = decltype(arm_avgpool_s8);

#define CORTICO_KERNEL(name, code) AvgpoolS8 name;
#include "kernels/avgpool_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<AvgpoolS8> kAvgpoolS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/avgpool_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

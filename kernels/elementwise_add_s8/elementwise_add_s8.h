// Sum of two int8 tensors of different scales: the variants behind arm_elementwise_add_s8.
//
// A variant has the signature and meaning of that function and always succeeds. Any block size, any
// alignment; output may be an input.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using ElementwiseAddS8 = decltype(arm_elementwise_add_s8);

#define CORTICO_KERNEL(name, code) ElementwiseAddS8 name;
#include "kernels/elementwise_add_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<ElementwiseAddS8> kElementwiseAddS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/elementwise_add_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

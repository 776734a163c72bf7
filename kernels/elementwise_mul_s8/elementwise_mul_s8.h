// Product of two int8 tensors: the variants behind arm_elementwise_mul_s8.
//
// A variant has the signature and meaning of that function and always succeeds. Any block size, any
// alignment; output may be an input.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using ElementwiseMulS8 = decltype(arm_elementwise_mul_s8);

#define CORTICO_KERNEL(name, code) ElementwiseMulS8 name;
#include "kernels/elementwise_mul_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<ElementwiseMulS8> kElementwiseMulS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/elementwise_mul_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

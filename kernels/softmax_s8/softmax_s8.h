// Softmax of rows, int8 to int8: the variants behind arm_softmax_s8, whose signature and meaning
// they have.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using SoftmaxS8 = decltype(arm_softmax_s8);

#define CORTICO_KERNEL(name, code) SoftmaxS8 name;
#include "kernels/softmax_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<SoftmaxS8> kSoftmaxS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/softmax_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

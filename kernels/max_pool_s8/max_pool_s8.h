// Maximum pooling, int8: the variants behind arm_max_pool_s8.
//
// A variant has the signature and meaning of that function; input_dims->n is at least 1. Windows
// may be empty. It returns ARM_CMSIS_NN_SUCCESS.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using MaxPoolS8 = decltype(arm_max_pool_s8);

#define CORTICO_KERNEL(name, code) MaxPoolS8 name;
#include "kernels/max_pool_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<MaxPoolS8> kMaxPoolS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/max_pool_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

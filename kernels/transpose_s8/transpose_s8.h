// Permutation of up to four axes: the variants behind arm_transpose_s8.
//
// A variant has the signature and meaning of that function. The entry point has checked that
// num_dims is in [1, 4] and permutations a permutation.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using TransposeS8 = decltype(arm_transpose_s8);

#define CORTICO_KERNEL(name, code) TransposeS8 name;
#include "kernels/transpose_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<TransposeS8> kTransposeS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/transpose_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

// Row sums of a matrix of weights: the variants behind arm_vector_sum_s8, whose signature and
// meaning they have.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using VectorSumS8 = decltype(arm_vector_sum_s8);

#define CORTICO_KERNEL(name, code) VectorSumS8 name;
#include "kernels/vector_sum_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<VectorSumS8> kVectorSumS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/vector_sum_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

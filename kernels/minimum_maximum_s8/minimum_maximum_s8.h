// Smaller or larger of two int8 tensors, axes of size 1 stretched: the variants behind
// arm_minimum_s8 and arm_maximum_s8, whose meaning and argument rules they have. output may be an
// input of the output's size.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

enum class Extreme : uint8_t { kMinimum, kMaximum };

using MinimumMaximumS8 = void(Extreme extreme, const int8_t* input_1,
                              const cmsis_nn_dims& input_1_dims, const int8_t* input_2,
                              const cmsis_nn_dims& input_2_dims, int8_t* output,
                              const cmsis_nn_dims& output_dims);

#define CORTICO_KERNEL(name, code) MinimumMaximumS8 name;
#include "kernels/minimum_maximum_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<MinimumMaximumS8> kMinimumMaximumS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/minimum_maximum_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

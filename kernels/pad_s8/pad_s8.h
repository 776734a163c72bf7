// Padding with a constant: the variants behind arm_pad_s8, whose signature and meaning they have.
#pragma once

#include "arm_nnfunctions.h"
#include "kernels/common/variants.h"

namespace cortico::kernels {

using PadS8 = decltype(arm_pad_s8);

#define CORTICO_KERNEL(name, code) PadS8 name;
#include "kernels/pad_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<PadS8> kPadS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/pad_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

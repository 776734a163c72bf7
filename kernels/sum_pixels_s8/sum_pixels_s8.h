// Sums over the pixels of images: the variants behind cortico_sum_pixels_s8, whose signature and
// meaning they have.
#pragma once

#include "kernels/common/variants.h"
#include "kernels/cortico_nnfunctions.h"

namespace cortico::kernels {

using SumPixelsS8 = decltype(cortico_sum_pixels_s8);

#define CORTICO_KERNEL(name, code) SumPixelsS8 name;
#include "kernels/sum_pixels_s8/kernels.inc"
#undef CORTICO_KERNEL

inline constexpr Variant<SumPixelsS8> kSumPixelsS8[] = {
#define CORTICO_KERNEL(name, code) {#name, Code::code, name},
#include "kernels/sum_pixels_s8/kernels.inc"
#undef CORTICO_KERNEL
};

}  // namespace cortico::kernels

// Vectors of the M55 and M85 (MVE): what the kernels share of it. Blocks of assembly with a plain
// twin each; a twin gives the same bytes for the same arguments, and is what runs where the
// compiler's target has no MVE.
//
// Requantization of lanes. VQRDMULH by the multiplier rounds half up, as the reference does; VRSHL
// by the shift rounds half up as well, where the reference rounds half away from zero. The two
// differ for negative values that lie half way, so one is taken off negative values first
// (CORTICO_MVE_TIES), or nothing is done where the clamp maps both to the same byte
// (TiesClampAlike). CORTICO_MVE_TIES is wrong for shift 0, and neither form shifts left:
// ShiftsAreBelow tells.
#pragma once

#include <cstdint>

#if defined(__ARM_FEATURE_MVE)
#define CORTICO_HAS_MVE 1
#else
#define CORTICO_HAS_MVE 0
#endif

namespace cortico::kernels::mve {

// Whether half up and half away from zero give the same byte: every negative value clamps to min.
constexpr bool TiesClampAlike(int32_t output_offset, int32_t min) { return min >= output_offset; }

// Whether output = saturate_u8(x) - 128, which narrowing does by itself.
constexpr bool IsFullRelu(int32_t output_offset, int32_t min, int32_t max) {
  return output_offset == -128 && min == -128 && max == 127;
}

inline bool ShiftsAreBelow(const int32_t* shift, int32_t count, int32_t limit) {
  for (int32_t i = 0; i < count; ++i) {
    if (shift[i] >= limit) return false;
  }
  return true;
}

}  // namespace cortico::kernels::mve

// Text of assembly. q is a register of int32 lanes, t a free one.
// clang-format off
#define CORTICO_MVE_TIES(q, t)                \
  "vshr.s32 " t ", " q ", #31            \n"  \
  "vadd.i32 " q ", " q ", " t "          \n"

// Eight accumulators to lanes, two at a time: {a0, a1, a2, a3} to q.
#define CORTICO_MVE_TO_LANES(q, a0, a1, a2, a3)          \
  "vmov " q "[2], " q "[0], " a0 ", " a2 "          \n"  \
  "vmov " q "[3], " q "[1], " a1 ", " a3 "          \n"
// clang-format on

// The vocabulary of kernels written for v6-M (Cortex-M0, M0+; M23): what pays there, and a plain
// twin of each for every other target. A twin computes the same, bit for bit, from the same
// arguments.
//
// What v6-M has: eight low registers for all arithmetic, a 32-bit product that overwrites one of
// its factors, loads of bytes with sign only from [register + register], LDM and STM. What it has
// not: a long product, a division, a branch on condition over more than 256 bytes. High registers
// can be added to and compared with, so they hold accumulators and ends of loops.
//
// Here is what all of these kernels share, requantization; v6m_dense.h and v6m_depthwise.h have the
// products.
#pragma once

#include <cstdint>

#include "arm_nn_types.h"
#include "kernels/common/requantize.h"

// Without optimization a frame pointer takes one of the eight registers that a tile needs.
#if defined(__thumb__) && defined(__OPTIMIZE__)
#define CORTICO_V6M_ASM 1
#else
#define CORTICO_V6M_ASM 0
#endif

namespace cortico::kernels::v6m {

// ---------------------------------------------------------------------------------------------
// Requantization by 16-bit halves

// One output channel's scale: multiplier, shift and output offset.
struct Scale {
  uint32_t low;       // of the multiplier: 16 bits
  uint32_t high;      // 15 bits
  uint32_t high_x2;   // twice that
  int32_t rounding;   // half a unit of the output plus the output offset, both before the shift
  int32_t exponent;
};

// The outputs' range and offset.
struct OutputRange {
  int32_t low;
  int32_t high;
  int32_t offset;
};

// The output of a sum that has no Scale or is too large for one.
[[gnu::noinline]] inline int8_t RequantizeAny(int32_t sum, int32_t multiplier, int32_t shift,
                                              const OutputRange& range) {
  return ToOutput(kernels::Requantize(sum, multiplier, shift), range.offset, range.low, range.high);
}

// Where Scale is exact: for sums below kScaleMaxSum in magnitude.
inline bool HasScale(int32_t multiplier, int32_t shift, int32_t output_offset) {
  return multiplier >= 0 && static_cast<uint32_t>(-shift - 1) < 20 &&  // shift in [-20, -1]
         output_offset >= -128 && output_offset <= 127;
}
constexpr int32_t kScaleMaxSum = 1 << 30;

// The middle products are kept positive by 2^30, which makes 2^15 of the result.
constexpr uint32_t kScaleBias = (1u << 30) + (1u << 14);

inline Scale MakeScale(int32_t multiplier, int32_t shift, int32_t output_offset) {
  const uint32_t high = static_cast<uint32_t>(multiplier) >> 16;
  const int32_t half_and_offset = ShiftLeft(2 * output_offset + 1, -shift) >> 1;
  return {static_cast<uint32_t>(multiplier) & 0xffff, high, 2 * high,
          half_and_offset - (1 << 15), -shift};
}

// Requantize(x, multiplier, shift) + output_offset, for |x| < kScaleMaxSum.
//
//   x * m + 2^30 = 2^32 xh mh + 2^16 (xl mh + xh ml) + xl ml + 2^30
//
// and floor by 2^31 in steps: what is dropped of a lower term never carries. The sign of x is that
// of the product, or the product rounds to 0, where it does not matter.
inline int32_t Requantize(int32_t x, const Scale& scale) {
  const uint32_t x_low = static_cast<uint16_t>(x);
  const uint32_t x_high = static_cast<uint32_t>(x >> 16);
  uint32_t y = (x_low * scale.low) >> 16;
  y += x_low * scale.high + x_high * scale.low + kScaleBias;
  y = (y >> 15) + x_high * scale.high_x2;
  y += static_cast<uint32_t>(x >> 31) + static_cast<uint32_t>(scale.rounding);
  return static_cast<int32_t>(y) >> scale.exponent;
}

namespace plain {

template <typename AnyScale>
inline void RequantizeRun(const int32_t* sums, int32_t count, const AnyScale& scale,
                          const OutputRange& range, int8_t* output, int32_t step) {
  for (int32_t i = 0; i < count; ++i) {
    *output = static_cast<int8_t>(Clamp(Requantize(sums[i], scale), range.low, range.high));
    output += step;
  }
}

}  // namespace plain

// output[i * step] = the output of sums[i], i < count, count > 0. 30 instructions for each.
inline void RequantizeRun(const int32_t* sums, int32_t count, const Scale& scale,
                          const OutputRange& range, int8_t* output, int32_t step) {
#if CORTICO_V6M_ASM
  // r2 sum, r3-r5 multiplier: low, high, 2 * high; r6, r7 the sum's halves, lr kScaleBias. LDM
  // brings a fresh copy of the scale for each sum, since a product overwrites a factor.
  const Scale* from = &scale;
  const int32_t* const end = sums + count;
  asm volatile(
      ".syntax unified\n\t"
      "movs r2, #1\n\t"
      "lsls r2, r2, #16\n\t"
      "adds r2, r2, #1\n\t"
      "lsls r2, r2, #14\n\t"
      "mov lr, r2\n"
      "1:\n\t"
      "ldm %[sums]!, {r2}\n\t"
      "ldm %[from]!, {r3, r4, r5}\n\t"
      "uxth r6, r2\n\t"
      "asrs r7, r2, #16\n\t"
      "muls r5, r7, r5\n\t"
      "muls r4, r6, r4\n\t"
      "muls r6, r3, r6\n\t"
      "muls r3, r7, r3\n\t"
      "lsrs r6, r6, #16\n\t"
      "adds r4, r4, r6\n\t"
      "adds r4, r4, r3\n\t"
      "add r4, lr\n\t"
      "lsrs r4, r4, #15\n\t"
      "adds r4, r4, r5\n\t"
      "asrs r2, r2, #31\n\t"
      "adds r4, r4, r2\n\t"
      "ldm %[from]!, {r2, r3}\n\t"
      "adds r4, r4, r2\n\t"
      "asrs r4, r4, r3\n\t"
      "cmp r4, %[low]\n\t"
      "bge 2f\n\t"
      "mov r4, %[low]\n"
      "2:\n\t"
      "cmp r4, %[high]\n\t"
      "ble 3f\n\t"
      "mov r4, %[high]\n"
      "3:\n\t"
      "mov r2, %[output]\n\t"
      "strb r4, [r2, #0]\n\t"
      "add %[output], %[step]\n\t"
      "subs %[from], #20\n\t"
      "cmp %[sums], %[end]\n\t"
      "bne 1b\n\t"
      : [sums] "+l"(sums), [from] "+l"(from), [output] "+h"(output)
      : [end] "h"(end), [step] "h"(step), [low] "h"(range.low), [high] "h"(range.high)
      : "r2", "r3", "r4", "r5", "r6", "r7", "lr", "cc", "memory");
#else
  plain::RequantizeRun(sums, count, scale, range, output, step);
#endif
}

// The same for small sums, by pieces of 9, 11 and 11 bits of the multiplier.
struct ShortScale {
  int32_t low;
  int32_t middle;
  int32_t high;
  int32_t rounding;  // like Scale's, but 2^9 times that, and with the rounding of the product
  int32_t exponent;  // 9 more than the shift
};

constexpr uint32_t kShortScaleMaxSum = 1 << 20;

// Beside HasScale.
inline bool HasShortScale(int32_t shift) { return shift >= -14; }

inline ShortScale MakeShortScale(int32_t multiplier, int32_t shift, int32_t output_offset) {
  return {multiplier & 0x7ff, multiplier >> 11 & 0x7ff, multiplier >> 22,
          ShiftLeft(2 * output_offset + 1, 8 - shift) + 256, 9 - shift};
}

// Requantize(x, multiplier, shift) + output_offset, for |x| < kShortScaleMaxSum.
inline int32_t Requantize(int32_t x, const ShortScale& scale) {
  const int32_t middle = x * scale.middle + ((x * scale.low) >> 11);
  const int32_t y = x * scale.high + (middle >> 11);
  return (y + scale.rounding + (x >> 31) * 512) >> scale.exponent;
}

// Like the above, 24 instructions for each.
inline void RequantizeRun(const int32_t* sums, int32_t count, const ShortScale& scale,
                          const OutputRange& range, int8_t* output, int32_t step) {
#if CORTICO_V6M_ASM
  // r2 sum, r3-r7 a fresh copy of the scale.
  const ShortScale* from = &scale;
  const int32_t* const end = sums + count;
  asm volatile(
      ".syntax unified\n"
      "1:\n\t"
      "ldm %[sums]!, {r2}\n\t"
      "ldm %[from]!, {r3, r4, r5, r6, r7}\n\t"
      "muls r3, r2, r3\n\t"
      "asrs r3, r3, #11\n\t"
      "muls r4, r2, r4\n\t"
      "adds r4, r4, r3\n\t"
      "asrs r4, r4, #11\n\t"
      "muls r5, r2, r5\n\t"
      "adds r4, r4, r5\n\t"
      "adds r4, r4, r6\n\t"
      "asrs r2, r2, #31\n\t"
      "lsls r2, r2, #9\n\t"
      "adds r4, r4, r2\n\t"
      "asrs r4, r4, r7\n\t"
      "cmp r4, %[low]\n\t"
      "bge 2f\n\t"
      "mov r4, %[low]\n"
      "2:\n\t"
      "cmp r4, %[high]\n\t"
      "ble 3f\n\t"
      "mov r4, %[high]\n"
      "3:\n\t"
      "mov r2, %[output]\n\t"
      "strb r4, [r2, #0]\n\t"
      "add %[output], %[step]\n\t"
      "subs %[from], #20\n\t"
      "cmp %[sums], %[end]\n\t"
      "bne 1b\n\t"
      : [sums] "+l"(sums), [from] "+l"(from), [output] "+h"(output)
      : [end] "h"(end), [step] "h"(step), [low] "h"(range.low), [high] "h"(range.high)
      : "r2", "r3", "r4", "r5", "r6", "r7", "cc", "memory");
#else
  plain::RequantizeRun(sums, count, scale, range, output, step);
#endif
}

// Whichever of the scales holds.
struct OutputScale {
  enum class Kind : uint8_t { kShort, kLong, kAny } kind;
  union {
    ShortScale short_scale;
    Scale long_scale;
    struct {
      int32_t multiplier;
      int32_t shift;
    } any;
  };
};

// For sums with |sum| <= max_sum.
inline OutputScale MakeOutputScale(uint32_t max_sum, int32_t multiplier, int32_t shift,
                                   int32_t output_offset) {
  OutputScale scale;
  if (max_sum >= static_cast<uint32_t>(kScaleMaxSum) ||
      !HasScale(multiplier, shift, output_offset)) {
    scale.kind = OutputScale::Kind::kAny;
    scale.any = {multiplier, shift};
  } else if (max_sum < kShortScaleMaxSum && HasShortScale(shift)) {
    scale.kind = OutputScale::Kind::kShort;
    scale.short_scale = MakeShortScale(multiplier, shift, output_offset);
  } else {
    scale.kind = OutputScale::Kind::kLong;
    scale.long_scale = MakeScale(multiplier, shift, output_offset);
  }
  return scale;
}

// count > 0
inline void RequantizeRun(const int32_t* sums, int32_t count, const OutputScale& scale,
                          const OutputRange& range, int8_t* output, int32_t step) {
  if (scale.kind == OutputScale::Kind::kShort) {
    RequantizeRun(sums, count, scale.short_scale, range, output, step);
  } else if (scale.kind == OutputScale::Kind::kLong) {
    RequantizeRun(sums, count, scale.long_scale, range, output, step);
  } else {
    for (; count > 0; --count) {
      *output = RequantizeAny(*sums++, scale.any.multiplier, scale.any.shift, range);
      output += step;
    }
  }
}

inline uint32_t Magnitude(int32_t x) {
  return x < 0 ? 0u - static_cast<uint32_t>(x) : static_cast<uint32_t>(x);
}

}  // namespace cortico::kernels::v6m

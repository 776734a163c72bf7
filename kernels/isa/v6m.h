// The vocabulary of kernels written for v6-M (Cortex-M0, M0+; M23): what pays there, and a plain
// twin of each for every other target. A twin computes the same, bit for bit, from the same
// arguments.
//
// What v6-M has: eight low registers for all arithmetic, a 32-bit product that overwrites one of
// its factors, loads of bytes with sign only from [register + register], LDM and STM. What it has
// not: a long product, a division, a branch on condition over more than 256 bytes. High registers
// can be added to and compared with, so they hold accumulators and ends of loops.
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
  uint32_t low;      // of the multiplier: 16 bits
  uint32_t high;     // 15 bits
  int32_t rounding;  // half a unit of the output plus the output offset, both before the shift
  int32_t exponent;
};

// Where Scale is exact: for sums below 2^30 in magnitude.
inline bool HasScale(int32_t multiplier, int32_t shift) {
  return multiplier >= 0 && static_cast<uint32_t>(-shift - 1) < 20;  // shift in [-20, -1]
}
constexpr int32_t kScaleMaxSum = 1 << 30;

// The sum of the products is kept positive by 2^30, which makes 2^15 of the result.
constexpr uint32_t kScaleBias = (1u << 30) + (1u << 14);

inline Scale MakeScale(int32_t multiplier, int32_t shift, int32_t output_offset) {
  const int32_t unit_and_offsets = 2 * output_offset + 1;
  return {static_cast<uint32_t>(multiplier) & 0xffff, static_cast<uint32_t>(multiplier) >> 16,
          (ShiftLeft(unit_and_offsets, -shift) >> 1) - (1 << 15), -shift};
}

// Requantize(x, multiplier, shift) + output_offset.
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
  y = (y >> 15) + 2 * (x_high * scale.high);
  y += static_cast<uint32_t>(scale.rounding) + static_cast<uint32_t>(x >> 31);
  return static_cast<int32_t>(y) >> scale.exponent;
}

// ---------------------------------------------------------------------------------------------
// Two pixels in the lanes of a word
//
// A panel word is -(x0 + 2^16 x1), for elements x0 and x1 of two pixels. A weight multiplies both.
// Of the sum of two such products the low lane fits 16 bits: with the signs turned it is in
// [-32768, 32512], even for two weights of -128. (As they are, it could be 32768.)

inline uint32_t PackLanes(int32_t x0, int32_t x1) {
  return 0u - (static_cast<uint32_t>(x0) + (static_cast<uint32_t>(x1) << 16));
}

struct LaneSums {
  uint32_t all;  // sum of weight * word
  int32_t high;  // sum of the high lanes, each rounded free of what the low lane borrowed

  int32_t First() const { return static_cast<int32_t>((static_cast<uint32_t>(high) << 16) - all); }
  int32_t Second() const { return -high; }
};

namespace plain {

inline void DotLanes(const uint32_t* panel, const int8_t* weights, int32_t count, LaneSums* sums) {
  for (int32_t k = 0; k < count; k += 2) {
    const uint32_t sum = panel[k] * static_cast<uint32_t>(weights[k]) +
                         panel[k + 1] * static_cast<uint32_t>(weights[k + 1]);
    sums->all += sum;
    sums->high += static_cast<int32_t>(sum + 0x8000) >> 16;
  }
}

}  // namespace plain

// Adds the products of `count` (even) panel words and weights. 10 instructions for 4 products.
inline void DotLanes(const uint32_t* panel, const int8_t* weights, int32_t count, LaneSums* sums) {
#if CORTICO_V6M_ASM
  // r2, r3 panel words, r3 is the second weight's address first; ASRS leaves the low lane's sign in
  // the carry, so that ADCS rounds the high lane.
#define CORTICO_V6M_STEP                    \
  "ldm %[panel]!, {r2, r3}\n\t"             \
  "ldrsb %[w], [%[weights], %[zero]]\n\t"   \
  "muls %[w], r2, %[w]\n\t"                 \
  "ldrsb r2, [%[weights], %[one]]\n\t"      \
  "muls r2, r3, r2\n\t"                     \
  "adds %[w], %[w], r2\n\t"                 \
  "add %[all], %[w]\n\t"                    \
  "asrs %[w], %[w], #16\n\t"                \
  "adcs %[high], %[high], %[w]\n\t"         \
  "adds %[weights], #2\n\t"
  const uint32_t* const end_of_eights = panel + (count & ~7);
  const uint32_t* const end = panel + count;
  uint32_t all = sums->all;
  int32_t high = sums->high;
  int32_t w, zero, one;
  asm volatile(
      ".syntax unified\n\t"
      "movs %[zero], #0\n\t"
      "movs %[one], #1\n\t"
      "cmp %[panel], %[end_of_eights]\n\t"
      "beq 2f\n"
      "1:\n\t"  //
      CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP
      "cmp %[panel], %[end_of_eights]\n\t"
      "bne 1b\n"
      "2:\n\t"
      "cmp %[panel], %[end]\n\t"
      "beq 4f\n"
      "3:\n\t"  //
      CORTICO_V6M_STEP
      "cmp %[panel], %[end]\n\t"
      "bne 3b\n"
      "4:\n\t"
      : [panel] "+l"(panel), [weights] "+l"(weights), [high] "+l"(high), [all] "+h"(all),
        [w] "=&l"(w), [zero] "=&l"(zero), [one] "=&l"(one)
      : [end_of_eights] "h"(end_of_eights), [end] "h"(end)
      : "r2", "r3", "cc", "memory");
#undef CORTICO_V6M_STEP
  sums->all = all;
  sums->high = high;
#else
  plain::DotLanes(panel, weights, count, sums);
#endif
}

// ---------------------------------------------------------------------------------------------
// Depthwise: six neighbouring outputs of one channel

// One tap of the filter: where its input lies, in bytes from that of the first, and its weight.
struct Tap {
  int32_t offset;
  int32_t weight;
};

constexpr int32_t kDepthwiseColumns = 6;
constexpr int32_t kDepthwiseTaps = 3;  // taps come in multiples of this

struct DepthwiseTile {
  const Tap* end;
  int32_t bias;
  int32_t sums[kDepthwiseColumns];
};

namespace plain {

inline void Depthwise(const Tap* taps, const int32_t* input, DepthwiseTile* tile) {
  for (int32_t& sum : tile->sums) sum = tile->bias;
  for (; taps != tile->end; ++taps) {
    const int32_t* x = input + taps->offset / static_cast<int32_t>(sizeof(int32_t));
    for (int32_t& sum : tile->sums) sum += *x++ * taps->weight;
  }
}

}  // namespace plain

// sums[j] = bias + sum over taps of input[offset / 4 + j] * weight. 16 instructions for the 6
// products of a tap.
inline void Depthwise(const Tap* taps, const int32_t* input, DepthwiseTile* tile) {
#if CORTICO_V6M_ASM
  // r2 input of the tap, r3 weight, r4-r6 elements; r8-r12, lr sums.
#define CORTICO_V6M_THREE(a, b, c)                                                            \
  "ldm r2!, {r4, r5, r6}\n\t"                                                                 \
  "muls r4, r3, r4\n\t"                                                                       \
  "muls r5, r3, r5\n\t"                                                                       \
  "muls r6, r3, r6\n\t"                                                                       \
  "add " #a ", r4\n\t"                                                                        \
  "add " #b ", r5\n\t"                                                                        \
  "add " #c ", r6\n\t"
#define CORTICO_V6M_TAP          \
  "ldm %[taps]!, {r2, r3}\n\t"   \
  "add r2, %[input]\n\t"         \
  CORTICO_V6M_THREE(r8, r9, r10) \
  CORTICO_V6M_THREE(r11, r12, lr)
  asm volatile(
      ".syntax unified\n\t"
      "ldr r4, [%[tile], #4]\n\t"
      "mov r8, r4\n\t"
      "mov r9, r4\n\t"
      "mov r10, r4\n\t"
      "mov r11, r4\n\t"
      "mov r12, r4\n\t"
      "mov lr, r4\n"
      "1:\n\t"  //
      CORTICO_V6M_TAP CORTICO_V6M_TAP CORTICO_V6M_TAP
      "ldr r4, [%[tile], #0]\n\t"
      "cmp %[taps], r4\n\t"
      "bne 1b\n\t"
      "mov r4, r8\n\t"
      "mov r5, r9\n\t"
      "mov r6, r10\n\t"
      "mov r2, %[tile]\n\t"
      "adds r2, #8\n\t"
      "stm r2!, {r4, r5, r6}\n\t"
      "mov r4, r11\n\t"
      "mov r5, r12\n\t"
      "mov r6, lr\n\t"
      "stm r2!, {r4, r5, r6}\n\t"
      : [taps] "+l"(taps)
      : [input] "l"(input), [tile] "l"(tile)
      : "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#undef CORTICO_V6M_TAP
#undef CORTICO_V6M_THREE
#else
  plain::Depthwise(taps, input, tile);
#endif
}

// ---------------------------------------------------------------------------------------------
// Fully connected: one input times four rows of weights

constexpr int32_t kDotRows = 4;

namespace plain {

inline void DotRows(const int8_t* input, const int8_t* weights, int32_t pitch, int32_t count,
                    int32_t offset, int32_t (&sums)[kDotRows]) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t x = input[i] + offset;
    for (int32_t row = 0; row < kDotRows; ++row) sums[row] += x * weights[row * pitch + i];
  }
}

}  // namespace plain

// sums[r] += sum over i < count of (input[i] + offset) * weights[r * pitch + i]; count a multiple
// of 2. 15 instructions for 4 products.
inline void DotRows(const int8_t* input, const int8_t* weights, int32_t pitch, int32_t count,
                    int32_t offset, int32_t (&sums)[kDotRows]) {
#if CORTICO_V6M_ASM
  // All pointers are to the ends, and i counts up to 0.
#define CORTICO_V6M_ROW(row)              \
  "ldrsb %[w], [%[w" #row "], %[i]]\n\t"  \
  "muls %[w], %[x], %[w]\n\t"             \
  "add %[s" #row "], %[w]\n\t"
#define CORTICO_V6M_STEP         \
  "ldrsb %[x], [%[in], %[i]]\n\t" \
  "add %[x], %[offset]\n\t"      \
  CORTICO_V6M_ROW(0)             \
  CORTICO_V6M_ROW(1)             \
  CORTICO_V6M_ROW(2)             \
  CORTICO_V6M_ROW(3)             \
  "adds %[i], #1\n\t"
  if (count == 0) return;
  const int8_t* const w0 = weights + count;
  const int8_t* const w1 = w0 + pitch;
  const int8_t* const w2 = w1 + pitch;
  const int8_t* const w3 = w2 + pitch;
  int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  int32_t i = -count;
  int32_t x, w;
  asm volatile(
      ".syntax unified\n"
      "1:\n\t"  //
      CORTICO_V6M_STEP CORTICO_V6M_STEP
      "bne 1b\n\t"
      : [i] "+l"(i), [s0] "+h"(s0), [s1] "+h"(s1), [s2] "+h"(s2), [s3] "+h"(s3), [x] "=&l"(x),
        [w] "=&l"(w)
      : [in] "l"(input + count), [w0] "l"(w0), [w1] "l"(w1), [w2] "l"(w2), [w3] "l"(w3),
        [offset] "h"(offset)
      : "cc", "memory");
#undef CORTICO_V6M_STEP
#undef CORTICO_V6M_ROW
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
#else
  plain::DotRows(input, weights, pitch, count, offset, sums);
#endif
}

}  // namespace cortico::kernels::v6m

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
  // r2 sum, r3-r5 multiplier: low, high, 2 * high; r6, r7 the sum's halves, lr kScaleBias. LDM brings a fresh copy
  // of the scale for each sum, since a product overwrites a factor.
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

// ---------------------------------------------------------------------------------------------
// Two channels in the lanes of a word
//
// A panel word is -(w0 + 2^16 w1), for weights w0 and w1 of two channels. An input element
// multiplies both. Of the sum of two such products each lane is in [-32768, 32512]: with the signs
// turned it fits 16 bits even if all are -128. (As they are, the sum could be 32768.) The word
// overflows only if the high lane is -32768 and the low one negative, so w1 must not be -128.

inline uint32_t PackLanes(int32_t w0, int32_t w1) {
  return 0u - (static_cast<uint32_t>(w0) + (static_cast<uint32_t>(w1) << 16));
}

struct LaneSums {
  uint32_t all;  // sum of words times elements
  int32_t high;  // sum of the high lanes, each rounded free of what the low lane borrowed

  void Add(uint32_t products) {
    all += products;
    high += (static_cast<int32_t>(products) >> 16) + static_cast<int32_t>(products >> 15 & 1);
  }
  // As if these had been added up.
  static LaneSums Of(int32_t first, int32_t second) {
    return {PackLanes(first, second), -second};
  }
  int32_t First() const { return static_cast<int32_t>((static_cast<uint32_t>(high) << 16) - all); }
  int32_t Second() const { return -high; }
};

constexpr int32_t kNoSecond = -128;  // that is no weight for the high lane

namespace plain {

inline LaneSums PackRun(const int8_t* first, const int8_t* second, int32_t count, uint32_t* panel,
                        int32_t* clash) {
  LaneSums sums = {0, 0};
  for (int32_t i = 0; i < count; ++i) {
    panel[i] = PackLanes(first[i], second[i]);
    sums.all += panel[i];
    sums.high -= second[i];
    if (second[i] == kNoSecond) *clash = kNoSecond;
  }
  return sums;
}

}  // namespace plain

// Packs `count` > 0 weights of both channels and returns their sums. Sets *clash to kNoSecond if
// that is among the second's. 12 instructions a word.
inline LaneSums PackRun(const int8_t* first, const int8_t* second, int32_t count, uint32_t* panel,
                        int32_t* clash) {
#if CORTICO_V6M_ASM
  uint32_t all = 0;
  int32_t high = 0;
  int32_t i = -count;
  int32_t found = *clash;
  int32_t w0, w1;
  asm volatile(
      ".syntax unified\n"
      "1:\n\t"
      "ldrsb %[w0], [%[first], %[i]]\n\t"
      "ldrsb %[w1], [%[second], %[i]]\n\t"
      "cmp %[w1], %[no_second]\n\t"
      "beq 3f\n"
      "2:\n\t"
      "subs %[high], %[high], %[w1]\n\t"
      "lsls %[w1], %[w1], #16\n\t"
      "adds %[w0], %[w0], %[w1]\n\t"
      "negs %[w0], %[w0]\n\t"
      "adds %[all], %[all], %[w0]\n\t"
      "stm %[panel]!, {%[w0]}\n\t"
      "adds %[i], %[i], #1\n\t"
      "bne 1b\n\t"
      "b 4f\n"
      "3:\n\t"
      "mov %[found], %[w1]\n\t"
      "b 2b\n"
      "4:\n\t"
      : [panel] "+l"(panel), [i] "+l"(i), [all] "+l"(all), [high] "+l"(high), [w0] "=&l"(w0),
        [w1] "=&l"(w1), [found] "+h"(found)
      : [first] "l"(first + count), [second] "l"(second + count), [no_second] "h"(kNoSecond)
      : "cc", "memory");
  *clash = found;
  return {all, high};
#else
  return plain::PackRun(first, second, count, panel, clash);
#endif
}

constexpr int32_t kLanePixels = 10;

// The windows of neighbouring pixels: each is some runs of input elements, whose words lie in the
// panel in the same order. `input` and `sums` move while it is worked on.
struct LaneTile {
  const uint32_t* panel;
  const int8_t* input;  // of the first pixel
  uint32_t all;         // the sums' start
  int32_t step;         // in the input, from a pixel to the next
  int32_t high;
  const uint32_t* end;
  uint16_t pairs;      // of elements in a run: bytes of the panel
  uint8_t entry;       // into the loop over eight pairs: bytes of code
  uint8_t odd;         // elements of a run beside the pairs: 0 or 1
  int32_t input_skip;  // from the end of a run to the next
  int32_t panel_skip;  // in bytes
  int32_t* sums;
  int32_t* last;

  // `rows` > 0 runs of 0 < `run` < 2^14 elements; a row of the panel is `words` apart from the next.
  void SetRuns(const uint32_t* words_begin, int32_t run, int32_t rows, int32_t words) {
    constexpr int32_t kStepBytes = 20;
    panel = words_begin;
    pairs = static_cast<uint16_t>(8 * (run >> 1));
    entry = static_cast<uint8_t>(kStepBytes * (run < 2 ? 8 : -(run >> 1) & 7));
    end = panel + (rows - 1) * words + run;
    odd = static_cast<uint8_t>(run & 1);
    panel_skip = 4 * (words - run);
  }
  // sums[i] and sums[kLanePixels + i] are for the two channels of pixel i < `pixels`; 0 < pixels.
  void SetSums(int32_t* begin, int32_t pixels) {
    sums = begin;
    last = begin + pixels;
  }
};

namespace plain {

inline void DotLanes(LaneTile* tile) {
  for (; tile->sums != tile->last; ++tile->sums) {
    const int8_t* input = tile->input;
    const uint32_t* panel = tile->panel;
    LaneSums lanes = {tile->all, tile->high};
    for (;;) {
      const uint32_t* const end_of_pairs = panel + tile->pairs / 4;
      while (panel != end_of_pairs) {
        const uint32_t sum = panel[0] * static_cast<uint32_t>(input[0]) +
                             panel[1] * static_cast<uint32_t>(input[1]);
        lanes.Add(sum);
        panel += 2;
        input += 2;
      }
      if (tile->odd != 0) {
        lanes.Add(*panel++ * static_cast<uint32_t>(*input++));
      }
      if (panel == tile->end) break;
      panel += tile->panel_skip / 4;
      input += tile->input_skip;
    }
    tile->sums[0] = lanes.First();
    tile->sums[kLanePixels] = lanes.Second();
    tile->input += tile->step;
  }
}

}  // namespace plain

// 10 instructions for 4 products.
[[gnu::noinline]] inline void DotLanes(LaneTile* tile) {
#if CORTICO_V6M_ASM
  // r0 panel, r1 input, r2, r3 words, r4 element, r5 and r6 the constants 0 and 1, r7 high; r8 all,
  // r9 end of the run's pairs, r11 pairs, r12 entry, lr end of the panel.
  // ASRS leaves the low lane's sign in the carry, so that ADCS rounds the high lane. The loop over
  // eight pairs is entered in the middle, for the pairs that are not a multiple of eight.
#define CORTICO_V6M_STEP     \
  "ldm r0!, {r2, r3}\n\t"    \
  "ldrsb r4, [r1, r5]\n\t"   \
  "muls r4, r2, r4\n\t"      \
  "ldrsb r2, [r1, r6]\n\t"   \
  "muls r2, r3, r2\n\t"      \
  "adds r4, r4, r2\n\t"      \
  "add r8, r4\n\t"           \
  "asrs r4, r4, #16\n\t"     \
  "adcs r7, r7, r4\n\t"      \
  "adds r1, r1, #2\n\t"
  asm volatile(
      ".syntax unified\n\t"
      "movs r5, #0\n\t"
      "movs r6, #1\n\t"
      "mov r2, %[tile]\n\t"
      "ldrh r3, [r2, #24]\n\t"
      "mov r11, r3\n\t"
      "ldrb r3, [r2, #26]\n\t"
      "mov r12, r3\n\t"
      "ldr r3, [r2, #20]\n\t"
      "mov lr, r3\n"
      "1:\n\t"  // a pixel
      "mov r2, %[tile]\n\t"
      "ldm r2, {r0, r1, r2, r3, r7}\n\t"
      "mov r8, r2\n\t"
      "adds r3, r3, r1\n\t"
      "mov r2, %[tile]\n\t"
      "str r3, [r2, #4]\n"
      "2:\n\t"  // a run
      "mov r2, r0\n\t"
      "add r2, r11\n\t"
      "mov r9, r2\n\t"
      "mov r2, r12\n\t"
      "add pc, r2\n\t"
      "nop\n"
      "3:\n\t"  //
      CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP
      CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP
      "cmp r0, r9\n\t"
      "bne 3b\n\t"
      "mov r2, %[tile]\n\t"
      "ldrb r3, [r2, #27]\n\t"
      "cmp r3, #0\n\t"
      "beq 4f\n\t"
      "ldm r0!, {r3}\n\t"
      "ldrsb r4, [r1, r5]\n\t"
      "adds r1, r1, #1\n\t"
      "muls r4, r3, r4\n\t"
      "add r8, r4\n\t"
      "asrs r4, r4, #16\n\t"
      "adcs r7, r7, r4\n"
      "4:\n\t"
      "cmp r0, lr\n\t"
      "beq 5f\n\t"
      "ldr r3, [r2, #28]\n\t"
      "adds r1, r1, r3\n\t"
      "ldr r3, [r2, #32]\n\t"
      "adds r0, r0, r3\n\t"
      "b 2b\n"
      "5:\n\t"
      "lsls r3, r7, #16\n\t"
      "mov r4, r8\n\t"
      "subs r3, r3, r4\n\t"
      "negs r4, r7\n\t"
      "ldr r0, [r2, #36]\n\t"
      "stm r0!, {r3}\n\t"
      "str r4, [r0, %[second]]\n\t"
      "str r0, [r2, #36]\n\t"
      "ldr r3, [r2, #40]\n\t"
      "cmp r0, r3\n\t"
      "beq 6f\n\t"
      "b 1b\n"
      "6:\n\t"
      :
      : [tile] "h"(tile), [second] "i"(4 * (kLanePixels - 1))
      : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r11", "r12", "lr", "cc",
        "memory");
#undef CORTICO_V6M_STEP
#else
  plain::DotLanes(tile);
#endif
}

// ---------------------------------------------------------------------------------------------
// Depthwise: a channel's plane of words, and six neighbouring outputs at a time

// A part of the input that becomes words of the plane: every step-th element of `columns`, in rows.
struct PlanePart {
  const int8_t* input;
  int32_t* plane;
  int32_t columns;
  int32_t rows;
  int32_t step;         // of the input, between columns
  int32_t input_pitch;  // between rows
  int32_t plane_pitch;
};

namespace plain {

inline void PackPlane(const PlanePart& part, int32_t offset) {
  for (int32_t row = 0; row < part.rows; ++row) {
    for (int32_t i = 0; i < part.columns; ++i) {
      part.plane[row * part.plane_pitch + i] =
          part.input[row * part.input_pitch + i * part.step] + offset;
    }
  }
}

}  // namespace plain

// Packs the part with `offset` added; columns and rows > 0. 4 instructions an element.
inline void PackPlane(const PlanePart& part, int32_t offset) {
#if CORTICO_V6M_ASM
  const int8_t* input = part.input;
  int32_t* plane = part.plane;
  int32_t rows = part.rows;
  int32_t left, zero;
  asm volatile(
      ".syntax unified\n\t"
      "movs %[zero], #0\n"
      "1:\n\t"
      "mov %[left], %[columns]\n\t"
      "subs %[left], %[left], #1\n\t"
      "beq 3f\n"
      "2:\n\t"
      "ldrsb r2, [%[input], %[zero]]\n\t"
      "ldrsb r3, [%[input], %[step]]\n\t"
      "add r2, %[offset]\n\t"
      "add r3, %[offset]\n\t"
      "stm %[plane]!, {r2, r3}\n\t"
      "add %[input], %[step_x2]\n\t"
      "subs %[left], %[left], #2\n\t"
      "bgt 2b\n\t"
      "bne 4f\n"
      "3:\n\t"
      "ldrsb r2, [%[input], %[zero]]\n\t"
      "add r2, %[offset]\n\t"
      "stm %[plane]!, {r2}\n\t"
      "add %[input], %[step]\n"
      "4:\n\t"
      "add %[input], %[input_skip]\n\t"
      "add %[plane], %[plane_skip]\n\t"
      "subs %[rows], %[rows], #1\n\t"
      "bne 1b\n\t"
      : [input] "+l"(input), [plane] "+l"(plane), [rows] "+l"(rows), [left] "=&l"(left),
        [zero] "=&l"(zero)
      : [step] "l"(part.step), [step_x2] "h"(2 * part.step), [offset] "h"(offset),
        [columns] "h"(part.columns), [input_skip] "h"(part.input_pitch - part.columns * part.step),
        [plane_skip] "h"(4 * (part.plane_pitch - part.columns))
      : "r2", "r3", "cc", "memory");
#else
  plain::PackPlane(part, offset);
#endif
}

// Moves an even number of words to a lower address. (As a loop in C++, compilers make it a call of
// the library's memmove, which is one of bytes.)
inline void MoveDown(const int32_t* from, int32_t* to, int32_t count) {
#if CORTICO_V6M_ASM
  const int32_t* const end = from + count;
  asm volatile(
      ".syntax unified\n\t"
      "b 2f\n"
      "1:\n\t"
      "ldm %[from]!, {r2, r3}\n\t"
      "stm %[to]!, {r2, r3}\n"
      "2:\n\t"
      "cmp %[from], %[end]\n\t"
      "bne 1b\n\t"
      : [from] "+l"(from), [to] "+l"(to)
      : [end] "r"(end)
      : "r2", "r3", "cc", "memory");
#else
  for (int32_t i = 0; i < count; ++i) to[i] = from[i];
#endif
}

// One tap of the filter: where its input lies, in bytes from that of the first, and its weight.
struct Tap {
  int32_t offset;
  int32_t weight;
};

constexpr int32_t kDepthwiseColumns = 6;
constexpr int32_t kDepthwiseTaps = 3;  // taps come in multiples of this

// The sums of several tiles of six outputs. What a tile leaves behind its `sums_step` outputs, the
// next one overwrites.
struct DepthwiseTiles {
  const Tap* taps;
  const Tap* end;
  int32_t bias;
  const int32_t* input;
  int32_t* sums;
  int32_t count;       // of tiles, > 0
  int32_t input_step;  // in bytes
  int32_t sums_step;   // in bytes, at most 24
};

namespace plain {

inline void Depthwise(const DepthwiseTiles& tiles) {
  constexpr int32_t kWord = sizeof(int32_t);
  const int32_t* input = tiles.input;
  int32_t* sums = tiles.sums;
  for (int32_t i = 0; i < tiles.count; ++i) {
    for (int32_t j = 0; j < kDepthwiseColumns; ++j) {
      sums[j] = tiles.bias;
      for (const Tap* tap = tiles.taps; tap != tiles.end; ++tap) {
        sums[j] += input[tap->offset / kWord + j] * tap->weight;
      }
    }
    input += tiles.input_step / kWord;
    sums += tiles.sums_step / kWord;
  }
}

}  // namespace plain

// sums[j] = bias + sum over taps of input[offset / 4 + j] * weight, for six j in each tile. 16
// instructions for the 6 products of a tap. Spends *tiles.
inline void Depthwise(DepthwiseTiles* tiles) {
#if CORTICO_V6M_ASM
  // r0 taps, r1 input of the tile, r2 of the tap, r3 weight, r4-r6 elements, r7 tiles; r8-r12, lr
  // sums.
#define CORTICO_V6M_THREE(a, b, c) \
  "ldm r2!, {r4, r5, r6}\n\t"      \
  "muls r4, r3, r4\n\t"            \
  "muls r5, r3, r5\n\t"            \
  "muls r6, r3, r6\n\t"            \
  "add " #a ", r4\n\t"             \
  "add " #b ", r5\n\t"             \
  "add " #c ", r6\n\t"
#define CORTICO_V6M_TAP          \
  "ldm r0!, {r2, r3}\n\t"        \
  "adds r2, r2, r1\n\t"          \
  CORTICO_V6M_THREE(r8, r9, r10) \
  CORTICO_V6M_THREE(r11, r12, lr)
  register DepthwiseTiles* r7 asm("r7") = tiles;
  asm volatile(
      ".syntax unified\n"
      "1:\n\t"  // a tile
      "ldr r0, [r7, #0]\n\t"
      "ldr r1, [r7, #12]\n\t"
      "ldr r4, [r7, #8]\n\t"
      "mov r8, r4\n\t"
      "mov r9, r4\n\t"
      "mov r10, r4\n\t"
      "mov r11, r4\n\t"
      "mov r12, r4\n\t"
      "mov lr, r4\n"
      "2:\n\t"  // three taps
      CORTICO_V6M_TAP CORTICO_V6M_TAP CORTICO_V6M_TAP
      "ldr r4, [r7, #4]\n\t"
      "cmp r0, r4\n\t"
      "bne 2b\n\t"
      "mov r4, r8\n\t"
      "mov r5, r9\n\t"
      "mov r6, r10\n\t"
      "ldr r2, [r7, #16]\n\t"
      "mov r0, r2\n\t"
      "stm r2!, {r4, r5, r6}\n\t"
      "mov r4, r11\n\t"
      "mov r5, r12\n\t"
      "mov r6, lr\n\t"
      "stm r2!, {r4, r5, r6}\n\t"
      "ldr r2, [r7, #28]\n\t"
      "adds r0, r0, r2\n\t"
      "str r0, [r7, #16]\n\t"
      "ldr r2, [r7, #24]\n\t"
      "adds r1, r1, r2\n\t"
      "str r1, [r7, #12]\n\t"
      "ldr r2, [r7, #20]\n\t"
      "subs r2, r2, #1\n\t"
      "str r2, [r7, #20]\n\t"
      "bne 1b\n\t"
      : [tiles] "+l"(r7)
      :
      : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc",
        "memory");
#undef CORTICO_V6M_TAP
#undef CORTICO_V6M_THREE
#else
  plain::Depthwise(*tiles);
#endif
}

// ---------------------------------------------------------------------------------------------
// Fully connected: one input times four rows of weights

constexpr int32_t kDotRows = 4;
constexpr int32_t kDotSteps = 4;  // elements come in multiples of this; 0 is one

namespace plain {

inline void DotRows(const int8_t* input, const int8_t* weights, int32_t pitch, int32_t count,
                    int32_t offset, int32_t* sums) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t x = input[i] + offset;
    for (int32_t row = 0; row < kDotRows; ++row) sums[row] += x * weights[row * pitch + i];
  }
}

inline int32_t DotRow(const int8_t* input, const int8_t* weights, int32_t count, int32_t offset) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += (input[i] + offset) * weights[i];
  return sum;
}

}  // namespace plain

// sums[r] += sum over i < count of (input[i] + offset) * weights[r * pitch + i]. 15 instructions
// for 4 products.
inline void DotRows(const int8_t* input, const int8_t* weights, int32_t pitch, int32_t count,
                    int32_t offset, int32_t* sums) {
#if CORTICO_V6M_ASM
  // All pointers are to the ends, and i counts up to 0.
#define CORTICO_V6M_ROW(row)             \
  "ldrsb %[w], [%[w" #row "], %[i]]\n\t" \
  "muls %[w], %[x], %[w]\n\t"            \
  "add %[s" #row "], %[w]\n\t"
#define CORTICO_V6M_STEP          \
  "ldrsb %[x], [%[in], %[i]]\n\t" \
  "add %[x], %[offset]\n\t"       \
  CORTICO_V6M_ROW(0)              \
  CORTICO_V6M_ROW(1)              \
  CORTICO_V6M_ROW(2)              \
  CORTICO_V6M_ROW(3)              \
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
      CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP
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

// The same with one row, whose sum is returned.
inline int32_t DotRow(const int8_t* input, const int8_t* weights, int32_t count, int32_t offset) {
#if CORTICO_V6M_ASM
#define CORTICO_V6M_STEP           \
  "ldrsb %[x], [%[in], %[i]]\n\t"  \
  "ldrsb %[w], [%[row], %[i]]\n\t" \
  "add %[x], %[offset]\n\t"        \
  "muls %[w], %[x], %[w]\n\t"      \
  "adds %[sum], %[sum], %[w]\n\t"  \
  "adds %[i], #1\n\t"
  int32_t sum = 0;
  if (count == 0) return sum;
  int32_t i = -count;
  int32_t x, w;
  asm volatile(
      ".syntax unified\n"
      "1:\n\t"  //
      CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP CORTICO_V6M_STEP
      "bne 1b\n\t"
      : [i] "+l"(i), [sum] "+l"(sum), [x] "=&l"(x), [w] "=&l"(w)
      : [in] "l"(input + count), [row] "l"(weights + count), [offset] "r"(offset)
      : "cc", "memory");
#undef CORTICO_V6M_STEP
  return sum;
#else
  return plain::DotRow(input, weights, count, offset);
#endif
}

}  // namespace cortico::kernels::v6m

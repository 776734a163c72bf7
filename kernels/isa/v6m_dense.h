// Products for v6-M of layers that sum over channels: two channels in the lanes of a word, for the
// weights that many pixels use, and plain ones for those that are used once.
#pragma once

#include <cstdint>

#include "kernels/isa/v6m.h"

namespace cortico::kernels::v6m {

// ---------------------------------------------------------------------------------------------
// Two channels in the lanes of a word
//
// A panel word is -(w0 + 2^16 w1), for weights w0 and w1 of two channels. An input element
// multiplies both. Of the sum of two such products each lane is in [-32768, 32512]: with the signs
// turned it fits 16 bits even if all are -128. (As they are, the sum could be 32768.) The word
// overflows only if the high lane is -32768 and the low one negative, so w1 must not be -128; the
// second channel's sum is then off by a multiple of 2^16, the first one's is right.

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

  // `rows` > 0 runs of 0 < `run` < 2^14 elements; from row to row of the panel it is `words`.
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

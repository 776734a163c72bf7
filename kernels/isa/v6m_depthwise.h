// Products for v6-M of one channel with a window: packing of the input, and six outputs at a time.
#pragma once

#include <cstdint>

#include "kernels/isa/v6m.h"

namespace cortico::kernels::v6m {

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

}  // namespace cortico::kernels::v6m

// Armv7-M: the tiles that the int8 kernels of M3 consist of. Each is one asm statement with a plain
// twin beside it, which gives the same bits and serves where the compiler's target lacks Thumb-2.
//
// MLA makes one product an instruction and takes 2 cycles. SMLAL could hold two pixels in one
// 64-bit accumulator and needs fewer instructions (7 for 8 products instead of 12), but an M3 takes
// 4 to 7 cycles for it: no gain on a real core. Two pixels in the halves of a word (MUL and MLA,
// then ADD, ASRS, ADC to part them) take 13 for 8 and the sums of all weights, so more
// instructions, though by the documented timings fewer cycles: not measured.
//
// A loop enters its unrolled body in the middle to do n % unroll steps first, so there is no second
// loop for what is left: `add pc, t` jumps t bytes past the `nop` behind it, and every instruction
// of a body is 4 bytes long (.w where the assembler could choose).
//
// The tiles need 14 registers: compile with -fomit-frame-pointer.
#pragma once

#include <cstdint>

#include "kernels/common/requantize.h"

#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB >= 2
#define CORTICO_V7M 1
#else
#define CORTICO_V7M 0
#endif

namespace cortico::kernels::v7m {

// A compiler takes the text of a tile for its size and would call it.
#define CORTICO_TILE __attribute__((always_inline)) inline
// For what must not share a frame with others, or must be there once.
#define CORTICO_NOINLINE __attribute__((noinline))

// sums[c][p] += sum over k < n of panel[k][p] * row(c)[k] for three pixels p and `pairs` pairs of
// output channels, whose rows of weights are at filter, filter + second, filter + 2 * second ...
// With second == 0 there is one pair, whose channels are the same. n, pairs >= 1.
//
// 9 instructions for 6 products; r0 panel, r1 and r2 rows of two channels, r3 and lr a weight of
// each, r4-r9 sums, r10-r12 the pixels at k. On the stack: the panel, its end, where to enter the
// loop, from the end of two rows to the next two, the sums, their end.
CORTICO_TILE void Dot3(const int32_t* panel, int32_t n, const int8_t* filter, int32_t second,
                       int32_t* sums, int32_t pairs) {
#if CORTICO_V7M
  register const int32_t* r0 asm("r0") = panel;
  register const int8_t* r1 asm("r1") = filter;
  register const int8_t* r2 asm("r2") = filter + second;
  register const int32_t* r3 asm("r3") = panel + 3 * n;
  register int32_t r4 asm("r4") = (-n & 15) * 36;
  register int32_t r5 asm("r5") = 2 * second - n;
  register int32_t* r6 asm("r6") = sums;
  register int32_t* r8 asm("r8") = sums + 6 * pairs;
#define CORTICO_STEP               \
  "ldm.w r0!, {r10, r11, r12}\n\t" \
  "ldrsb.w r3, [r1], #1\n\t"       \
  "ldrsb.w lr, [r2], #1\n\t"       \
  "mla r4, r10, r3, r4\n\t"        \
  "mla r5, r11, r3, r5\n\t"        \
  "mla r6, r12, r3, r6\n\t"        \
  "mla r7, r10, lr, r7\n\t"        \
  "mla r8, r11, lr, r8\n\t"        \
  "mla r9, r12, lr, r9\n\t"
  asm volatile(
      "push {r0, r3, r4, r5, r6, r8}\n"
      "2:\n\t"
      "ldr r3, [sp, #16]\n\t"
      "ldr r0, [sp]\n\t"
      "ldm r3, {r4-r9}\n\t"
      "ldr r3, [sp, #8]\n\t"
      "add pc, r3\n\t"
      "nop\n"
      "1:\n\t"
      // clang-format off
      CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP
      CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP
      CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP
      CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP
      // clang-format on
      "ldr r3, [sp, #4]\n\t"
      "cmp r0, r3\n\t"
      "bne 1b\n\t"
      "ldrd r0, r3, [sp, #12]\n\t"
      "stm r3!, {r4-r9}\n\t"
      "ldr r4, [sp, #20]\n\t"
      "str r3, [sp, #16]\n\t"
      "add r1, r1, r0\n\t"
      "add r2, r2, r0\n\t"
      "cmp r3, r4\n\t"
      "bne 2b\n\t"
      "add sp, #24"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r8)
      :
      : "r7", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#undef CORTICO_STEP
#else
  for (int32_t c = 0; c < 2 * pairs; ++c, sums += 3, filter += second) {
    for (int32_t k = 0; k < n; ++k) {
      for (int32_t p = 0; p < 3; ++p) sums[p] += panel[3 * k + p] * filter[k];
    }
  }
#endif
}

// panel[k][p] = source<p>[k] + offset for k < n; n >= 1. Returns the end of the panel.
// 7 instructions for 3 elements.
CORTICO_TILE int32_t* Widen3(int32_t* panel, const int8_t* source0, const int8_t* source1,
                             const int8_t* source2, int32_t n, int32_t offset) {
#if CORTICO_V7M
  const int32_t* const end = panel + 3 * n;
  const int32_t skip = (-n & 3) * 28;
#define CORTICO_STEP                     \
  "ldrsb.w r10, [%[s0]], #1\n\t"         \
  "ldrsb.w r11, [%[s1]], #1\n\t"         \
  "ldrsb.w r12, [%[s2]], #1\n\t"         \
  "add.w r10, r10, %[offset]\n\t"        \
  "add.w r11, r11, %[offset]\n\t"        \
  "add.w r12, r12, %[offset]\n\t"        \
  "stm.w %[d]!, {r10, r11, r12}\n\t"
  asm volatile(
      "add pc, %[skip]\n\t"
      "nop\n"
      "1:\n\t" CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP
      "cmp %[d], %[end]\n\t"
      "bne 1b"
      : [d] "+r"(panel), [s0] "+r"(source0), [s1] "+r"(source1), [s2] "+r"(source2)
      : [skip] "r"(skip), [offset] "r"(offset), [end] "r"(end)
      : "r10", "r11", "r12", "cc", "memory");
#undef CORTICO_STEP
#else
  for (; n > 0; --n, panel += 3) {
    panel[0] = *source0++ + offset;
    panel[1] = *source1++ + offset;
    panel[2] = *source2++ + offset;
  }
#endif
  return panel;
}

// lane[3 * k] = source[k] + offset for k < n: one pixel of a panel. n >= 1. Returns its end.
CORTICO_TILE int32_t* WidenLane3(int32_t* lane, const int8_t* source, int32_t n, int32_t offset) {
#if CORTICO_V7M
  const int32_t* const end = lane + 3 * n;
  int32_t x = (-n & 3) * 12;
#define CORTICO_STEP                  \
  "ldrsb.w %[x], [%[source]], #1\n\t" \
  "add.w %[x], %[x], %[offset]\n\t"   \
  "str.w %[x], [%[lane]], #12\n\t"
  asm volatile(
      "add pc, %[x]\n\t"
      "nop\n"
      "1:\n\t" CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP
      "cmp %[lane], %[end]\n\t"
      "bne 1b"
      : [lane] "+r"(lane), [source] "+r"(source), [x] "+r"(x)
      : [offset] "r"(offset), [end] "r"(end)
      : "cc", "memory");
#undef CORTICO_STEP
#else
  for (; n > 0; --n, lane += 3) *lane = *source++ + offset;
#endif
  return lane;
}

// sums[o] += sum over k < n of panel[k] * filter[o * pitch + k] for `quads` times four outputs o.
// panel[-1] is read, too. n, quads >= 1.
//
// 17 instructions for 8 products; r0 panel, r1 row of the first output, r2-r4 from it to the
// others, r5-r8 sums, r9 and r10 two inputs, r11 and r12 weights, lr end of the panel. On the
// stack: the panel, where to enter the loop, the sums, from the end of a row to the next quad, the
// sums' end. With an odd n the first step begins at its second half.
CORTICO_TILE void Dot1x4(const int32_t* panel, int32_t n, const int8_t* filter, int32_t pitch,
                         int32_t* sums, int32_t quads) {
#if CORTICO_V7M
  register const int32_t* r0 asm("r0") = panel - (~n & 1);
  register const int8_t* r1 asm("r1") = filter;
  register int32_t r2 asm("r2") = pitch;
  register int32_t r3 asm("r3") = 2 * pitch;
  register int32_t r4 asm("r4") = 3 * pitch;
  register int32_t r5 asm("r5") = (-((n + 1) >> 1) & 3) * 68 + (n & 1) * 36;
  register int32_t* r6 asm("r6") = sums;
  register int32_t r7 asm("r7") = 4 * pitch - n;
  register int32_t* r8 asm("r8") = sums + 4 * quads;
  register const int32_t* lr asm("lr") = panel + n;
#define CORTICO_HALF(x)            \
  "ldrsb.w r11, [r1, r2]\n\t"      \
  "ldrsb.w r12, [r1, r3]\n\t"      \
  "mla r6, " x ", r11, r6\n\t"     \
  "ldrsb.w r11, [r1, r4]\n\t"      \
  "mla r7, " x ", r12, r7\n\t"     \
  "ldrsb.w r12, [r1], #1\n\t"      \
  "mla r8, " x ", r11, r8\n\t"     \
  "mla r5, " x ", r12, r5\n\t"
#define CORTICO_STEP "ldrd r9, r10, [r0], #8\n\t" CORTICO_HALF("r9") CORTICO_HALF("r10")
  asm volatile(
      "push {r0, r5, r6, r7, r8}\n"
      "2:\n\t"
      "ldr r9, [sp, #8]\n\t"
      "ldrd r0, r10, [sp]\n\t"
      "ldm r9, {r5-r8}\n\t"
      "mov r9, r10\n\t"
      "ldr r10, [r0], #4\n\t"
      "add pc, r9\n\t"
      "nop\n"
      "1:\n\t" CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP
      "cmp r0, lr\n\t"
      "bne 1b\n\t"
      "ldrd r9, r10, [sp, #8]\n\t"
      "stm r9!, {r5-r8}\n\t"
      "add r1, r1, r10\n\t"
      "ldr r10, [sp, #16]\n\t"
      "str r9, [sp, #8]\n\t"
      "cmp r9, r10\n\t"
      "bne 2b\n\t"
      "add sp, #20"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8),
        "+r"(lr)
      :
      : "r9", "r10", "r11", "r12", "cc", "memory");
#undef CORTICO_STEP
#undef CORTICO_HALF
#else
  for (int32_t o = 0; o < 4 * quads; ++o, filter += pitch) {
    for (int32_t k = 0; k < n; ++k) sums[o] += panel[k] * filter[k];
  }
#endif
}

// Saturates to int8.
inline int32_t Saturate8(int32_t x) {
#if CORTICO_V7M
  asm("ssat %0, #8, %0" : "+r"(x));
  return x;
#else
  return x < -128 ? -128 : x > 127 ? 127 : x;
#endif
}

// Requantization (kernels/common/requantize.h) to int8, by a functor per kind of scale. With
// multiplier m, shift -e, output offset z and y = floor((x * m + 2^30) / 2^31), TensorFlow Lite's
// result before clamping is, for e >= 1,
//   (y + (y >> 31) + 2^(e-1) + (z << e)) >> e.
struct OutputRange {
  int32_t offset, min, max;
};

// Where negative y are clamped to z anyway (z is the activation minimum: a fused ReLU), the term
// y >> 31 can go and the floors nest: with P = x * m, for e >= 2,
//   (P + 2^30 + 2^31 * (2^(e-1) + (z << e))) >> (31 + e)
//     = ((P >> 32) + carry of (P mod 2^32 + 2^30) + (2z + 1) * 2^(e-2)) >> (e - 1).
struct ReluScale {
  int32_t multiplier, shift, add;

  static ReluScale Make(int32_t multiplier, int32_t shift, const OutputRange& range) {
    return {multiplier, ~shift, (2 * range.offset + 1) * (1 << ~shift)};
  }

  int32_t operator()(int32_t x) const {
#if CORTICO_V7M
    int32_t low;
    asm("smull %[low], %[x], %[x], %[m]\n\t"
        "cmn %[low], #0x40000000\n\t"
        "adc %[x], %[x], %[add], asr #1"
        : [x] "+r"(x), [low] "=&r"(low)
        : [m] "r"(multiplier), [add] "r"(add)
        : "cc");
#else
    x = static_cast<int32_t>((int64_t{x} * multiplier + (int64_t{1} << 30)) >> 32) + (add >> 1);
#endif
    return Saturate8(x >> shift);
  }
};

// Any z, e >= 1. P is doubled so that y is its upper half.
struct SignedScale {
  int32_t multiplier, shift, add;

  static SignedScale Make(int32_t multiplier, int32_t shift, const OutputRange& range) {
    return {multiplier, -shift, (2 * range.offset + 1) * (1 << ~shift)};
  }

  int32_t operator()(int32_t x) const {
#if CORTICO_V7M
    int32_t low;
    int32_t t;
    asm("smull %[low], %[x], %[x], %[m]\n\t"
        "adds %[low], %[low], %[low]\n\t"
        "adc %[x], %[x], %[x]\n\t"
        "add %[t], %[add], %[x], asr #31\n\t"
        "cmn %[low], #0x80000000\n\t"
        "adc %[x], %[x], %[t]"
        : [x] "+r"(x), [low] "=&r"(low), [t] "=&r"(t)
        : [m] "r"(multiplier), [add] "r"(add)
        : "cc");
#else
    const int64_t product = int64_t{x} * multiplier;
    x = static_cast<int32_t>((product + (int64_t{1} << 30)) >> 31) + (product < 0 ? -1 : 0) + add;
#endif
    return Saturate8(x >> shift);
  }
};

// Any scale, any activation range.
struct GeneralScale {
  int32_t multiplier, shift;
  const OutputRange& range;

  static GeneralScale Make(int32_t multiplier, int32_t shift, const OutputRange& range) {
    return {multiplier, shift, range};
  }

  int32_t operator()(int32_t x) const {
    return ToOutput(Requantize(x, multiplier, shift), range.offset, range.min, range.max);
  }
};

enum class ScaleKind : uint8_t { kRelu, kSigned, kGeneral };

// The kind that serves `shifts` shifts and `outputs` outputs. Sums of fewer than 2^15 products are
// below 2^30 in size, so a bias below 2^29 leaves room for SignedScale's additions.
inline ScaleKind ChooseScale(const int32_t* shift, int32_t shifts, const int32_t* bias,
                             int32_t outputs, const OutputRange& range) {
  if (range.min != -128 || range.max != 127) return ScaleKind::kGeneral;
  ScaleKind kind = range.offset == -128 ? ScaleKind::kRelu : ScaleKind::kSigned;
  for (int32_t i = 0; i < shifts; ++i) {
    const uint32_t below = static_cast<uint32_t>(~shift[i]);  // e - 1
    if (below >= 20) return ScaleKind::kGeneral;
    if (below == 0) kind = ScaleKind::kSigned;
  }
  if (bias == nullptr) return kind;
  uint32_t top = 0;  // bits 31 and 30: where a bias differs in its upper three bits
  for (int32_t i = 0; i < outputs; ++i) {
    const uint32_t b = static_cast<uint32_t>(bias[i]);
    top |= b ^ (b << 1);
  }
  return top >> 30 == 0 ? kind : ScaleKind::kGeneral;
}

}  // namespace cortico::kernels::v7m

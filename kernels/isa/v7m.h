// Armv7-M: the tiles that the int8 kernels of M3 consist of. Each is one asm statement with a plain
// twin beside it, which gives the same bits and serves where the compiler's target lacks Thumb-2.
//
// MLA makes one product an instruction and takes 2 cycles. SMLAL could hold two pixels in one 64-bit
// accumulator and needs fewer instructions (7 for 8 products instead of 12), but an M3 takes 4 to 7
// cycles for it: no gain on a real core.
//
// A loop enters its unrolled body in the middle to do n % unroll steps first, so there is no second
// loop for what is left: `add pc, t` jumps t bytes past the `nop` behind it, and every instruction
// of a body is 4 bytes long (.w where the assembler could choose).
//
// The tiles need 14 registers: compile with -fomit-frame-pointer.
#pragma once

#include <cstdint>

#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB >= 2
#define CORTICO_V7M 1
#else
#define CORTICO_V7M 0
#endif

namespace cortico::kernels::v7m {

// A compiler takes the text of a tile for its size and would call it.
#define CORTICO_TILE __attribute__((always_inline)) inline

// Sums of three pixels and two output channels: a for the first channel, b for the second.
struct Sums3x2 {
  int32_t a0, a1, a2, b0, b1, b2;
};

// sums.a<p> += sum over k < n of panel[k][p] * a[k], likewise b. n >= 1.
// 9 instructions for 6 products: r10-r12 the pixels at k, w and v the weights. The end of the panel
// waits on the stack.
CORTICO_TILE void Dot3x2(const int32_t* panel, int32_t n, const int8_t* a, const int8_t* b,
                         Sums3x2& sums) {
#if CORTICO_V7M
  const int32_t* v = panel + 3 * n;
  int32_t w = (-n & 7) * 36;
#define CORTICO_STEP                  \
  "ldm.w %[x]!, {r10, r11, r12}\n\t"  \
  "ldrsb.w %[w], [%[a]], #1\n\t"      \
  "ldrsb.w %[v], [%[b]], #1\n\t"      \
  "mla %[a0], r10, %[w], %[a0]\n\t"   \
  "mla %[a1], r11, %[w], %[a1]\n\t"   \
  "mla %[a2], r12, %[w], %[a2]\n\t"   \
  "mla %[b0], r10, %[v], %[b0]\n\t"   \
  "mla %[b1], r11, %[v], %[b1]\n\t"   \
  "mla %[b2], r12, %[v], %[b2]\n\t"
  asm volatile(
      "str %[v], [sp, #-4]!\n\t"
      "add pc, %[w]\n\t"
      "nop\n"
      "1:\n\t" CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP CORTICO_STEP
          CORTICO_STEP CORTICO_STEP
      "ldr %[w], [sp]\n\t"
      "cmp %[x], %[w]\n\t"
      "bne 1b\n\t"
      "add sp, #4"
      : [x] "+r"(panel), [a] "+r"(a), [b] "+r"(b), [a0] "+r"(sums.a0), [a1] "+r"(sums.a1),
        [a2] "+r"(sums.a2), [b0] "+r"(sums.b0), [b1] "+r"(sums.b1), [b2] "+r"(sums.b2),
        [w] "+r"(w), [v] "+r"(v)
      :
      : "r10", "r11", "r12", "cc", "memory");
#undef CORTICO_STEP
#else
  for (; n > 0; --n, panel += 3, ++a, ++b) {
    sums.a0 += panel[0] * *a;
    sums.a1 += panel[1] * *a;
    sums.a2 += panel[2] * *a;
    sums.b0 += panel[0] * *b;
    sums.b1 += panel[1] * *b;
    sums.b2 += panel[2] * *b;
  }
#endif
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

// Saturates to int8.
inline int32_t Saturate8(int32_t x) {
#if CORTICO_V7M
  asm("ssat %0, #8, %0" : "+r"(x));
  return x;
#else
  return x < -128 ? -128 : x > 127 ? 127 : x;
#endif
}

// Requantization with a right shift e (kernels/common/requantize.h), output offset z and
// saturation to int8. With y = floor((x * m + 2^30) / 2^31), TensorFlow Lite's result is
//   (y + (y >> 31) + 2^(e-1) + (z << e)) >> e.
//
// Where negative results are clamped to z anyway (z <= activation minimum: a fused ReLU), the term
// y >> 31 can go and the floors nest: with P = x * m, for e >= 2,
//   (P + 2^30 + 2^31 * (2^(e-1) + (z << e))) >> (31 + e)
//     = ((P >> 32) + carry of (P mod 2^32 + 2^30) + (2z + 1) * 2^(e-2)) >> (e - 1).
struct ReluScale {
  int32_t multiplier, shift, add;

  // odd: 2z + 1.
  ReluScale(int32_t m, int32_t s, int32_t odd)
      : multiplier(m), shift(~s), add(static_cast<int32_t>(static_cast<uint32_t>(odd) << (shift - 1))) {}

  int32_t operator()(int32_t x) const {
#if CORTICO_V7M
    int32_t low;
    asm("smull %[low], %[x], %[x], %[m]\n\t"
        "cmn %[low], #0x40000000\n\t"
        "adc %[x], %[x], %[add]"
        : [x] "+r"(x), [low] "=&r"(low)
        : [m] "r"(multiplier), [add] "r"(add)
        : "cc");
#else
    x = static_cast<int32_t>((int64_t{x} * multiplier + (int64_t{1} << 30)) >> 32) + add;
#endif
    return Saturate8(x >> shift);
  }
};

// The same with the term y >> 31, for any z and e >= 1. P is doubled so that y is its upper half.
struct SignedScale {
  int32_t multiplier, shift, add;

  SignedScale(int32_t m, int32_t s, int32_t odd)
      : multiplier(m), shift(-s), add(static_cast<int32_t>(static_cast<uint32_t>(odd) << ~s)) {}

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

enum class ScaleKind { kRelu, kSigned, kGeneral };

// The kind that is exact for all `count` channels (kernels/common/requantize.h is for any). Sums of
// products are below 2^30.5 in size, so a bias of at most 2^29 leaves room for SignedScale's add.
inline ScaleKind ChooseScale(const int32_t* shift, const int32_t* bias, int32_t count,
                             int32_t offset, int32_t min, int32_t max) {
  if (min != -128 || max != 127) {
    // Saturating ReLU's results to int8 clamps them to z = -128 as well.
    return ScaleKind::kGeneral;
  }
  ScaleKind kind = offset == -128 ? ScaleKind::kRelu : ScaleKind::kSigned;
  for (int32_t i = 0; i < count; ++i) {
    if (shift[i] == -1) kind = ScaleKind::kSigned;
    const bool small = bias == nullptr || (bias[i] <= (1 << 29) && bias[i] >= -(1 << 29));
    if (shift[i] > -1 || shift[i] < -20 || !small) return ScaleKind::kGeneral;
  }
  return kind;
}

}  // namespace cortico::kernels::v7m

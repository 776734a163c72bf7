// The DSP extension (Cortex-M4, M7, M33): the instructions and tiles of dense kernels, each with a
// plain twin that gives the same bits. The twins run where the compiler's target lacks the
// extension (the host under its sanitizers, an M0) and without optimization, where the compiler
// keeps a frame pointer and the tiles' fourteen registers are not to be had.
//
// Arithmetic: four int8 at one address are one word. SXTB16 takes bytes 0 and 2 of it as two
// int16, the even pair; with a rotation by 8 it takes 1 and 3, the odd pair. Activations are
// widened once, into panels; weights in the loop, one row serving three pixels.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__OPTIMIZE__)
#define CORTICO_DSP_INSTRUCTIONS 1
#else
#define CORTICO_DSP_INSTRUCTIONS 0
#endif

// A tile's sums stay in registers from the code before to the code after it.
#define CORTICO_DSP_TILE inline __attribute__((always_inline))

namespace cortico::kernels::dsp {

inline uint32_t Load4(const int8_t* p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

// ---------------------------------------------------------------------------------------------
// Single instructions

#if CORTICO_DSP_INSTRUCTIONS

inline uint32_t Sxtb16(uint32_t x) {
  uint32_t r;
  asm("sxtb16 %0, %1" : "=r"(r) : "r"(x));
  return r;
}
inline uint32_t Sxtab16(uint32_t a, uint32_t x) {
  uint32_t r;
  asm("sxtab16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(x));
  return r;
}
inline uint32_t Sxtab16Odd(uint32_t a, uint32_t x) {
  uint32_t r;
  asm("sxtab16 %0, %1, %2, ror #8" : "=r"(r) : "r"(a), "r"(x));
  return r;
}
inline int32_t Smlad(uint32_t x, uint32_t y, int32_t a) {
  int32_t r;
  asm("smlad %0, %1, %2, %3" : "=r"(r) : "r"(x), "r"(y), "r"(a));
  return r;
}
inline int32_t Smmlar(int32_t x, int32_t y, int32_t a) {
  int32_t r;
  asm("smmlar %0, %1, %2, %3" : "=r"(r) : "r"(x), "r"(y), "r"(a));
  return r;
}
inline int32_t SsatHalf8(int32_t x) {
  int32_t r;
  asm("ssat %0, #8, %1, asr #1" : "=r"(r) : "r"(x));
  return r;
}

#else

inline uint32_t Halves(int32_t low, int32_t high) {
  return (static_cast<uint32_t>(low) & 0xffff) | static_cast<uint32_t>(high) << 16;
}
inline int32_t Half(uint32_t x, int i) { return static_cast<int16_t>(x >> 16 * i); }
inline int32_t Byte(uint32_t x, int i) { return static_cast<int8_t>(x >> 8 * i); }
inline int32_t Wrap(int64_t x) { return static_cast<int32_t>(static_cast<uint64_t>(x)); }

// Sign-extends bytes 0 and 2.
inline uint32_t Sxtb16(uint32_t x) { return Halves(Byte(x, 0), Byte(x, 2)); }
// Adds bytes 0 and 2, sign-extended, to the halves of a.
inline uint32_t Sxtab16(uint32_t a, uint32_t x) {
  return Halves(Half(a, 0) + Byte(x, 0), Half(a, 1) + Byte(x, 2));
}
// The same with bytes 1 and 3: SXTAB16 with ROR #8.
inline uint32_t Sxtab16Odd(uint32_t a, uint32_t x) { return Sxtab16(a, x >> 8 | x << 24); }
// Dot product of two pairs of int16, plus a.
inline int32_t Smlad(uint32_t x, uint32_t y, int32_t a) {
  return Wrap(int64_t{a} + Half(x, 0) * Half(y, 0) + int64_t{Half(x, 1)} * Half(y, 1));
}
// a + x * y * 2^-32, rounded half up.
inline int32_t Smmlar(int32_t x, int32_t y, int32_t a) {
  return Wrap(a + ((int64_t{x} * y + (int64_t{1} << 31)) >> 32));
}
// x >> 1, saturated to int8: SSAT with a shift.
inline int32_t SsatHalf8(int32_t x) {
  x >>= 1;
  return x < -128 ? -128 : x > 127 ? 127 : x;
}

#endif

// ---------------------------------------------------------------------------------------------
// Three columns times two rows
//
// The panel: three columns of activations (an input window each) as int16, in the order in which
// the tile reads them.
//
//   header     how many of the first four groups are missing, -groups mod 4; pitch
//   per group  even pair of columns 0, 1, 2; odd pair of columns 0, 1, 2; pitch
//
// A group is four consecutive elements of each column. The pitch is the distance in bytes from one
// row of weights to the next, 0 or more; in the last group kEndOfPanel stands for it. It is in the
// panel because the tile has no register left for it, and a load of four costs no more
// instructions than a load of three.
inline constexpr uint32_t kEndOfPanel = 0xffffffff;
inline constexpr int32_t kPanelHeader = 2;  // words
inline constexpr int32_t kPanelGroup = 7;   // words

struct Sums3x2 {
  int32_t a0, a1, a2;  // row 0 with columns 0, 1, 2
  int32_t b0, b1, b2;  // row 1
};

#if CORTICO_DSP_INSTRUCTIONS

inline uint32_t* WidenGroups3(uint32_t* panel, const int8_t* x0, const int8_t* x1,
                              const int8_t* x2, int32_t groups, uint32_t offset, int32_t pitch) {
  // r4-r6 even pairs; r7-r9 the bytes, then the odd pairs; r10 pitch
  register int32_t r10 asm("r10") = pitch;
  asm volatile(
      "1:\n\t"
      "ldr r7, [%[x0]], #4\n\t"
      "ldr r8, [%[x1]], #4\n\t"
      "ldr r9, [%[x2]], #4\n\t"
      "subs %[groups], #1\n\t"
      "sxtab16 r4, %[offset], r7\n\t"
      "sxtab16 r5, %[offset], r8\n\t"
      "sxtab16 r6, %[offset], r9\n\t"
      "sxtab16 r7, %[offset], r7, ror #8\n\t"
      "sxtab16 r8, %[offset], r8, ror #8\n\t"
      "sxtab16 r9, %[offset], r9, ror #8\n\t"
      "stm %[panel]!, {r4, r5, r6, r7, r8, r9, r10}\n\t"
      "bne 1b\n\t"
      : [panel] "+r"(panel), [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [groups] "+r"(groups)
      : [offset] "r"(offset), "r"(r10)
      : "r4", "r5", "r6", "r7", "r8", "r9", "cc", "memory");
  return panel;
}

// 20 instructions for 24 products.
#define CORTICO_DOT_3X2_GROUP         \
  "ldr %[w1], [%[w], lr]\n\t"         \
  "ldr %[w0], [%[w]], #4\n\t"         \
  "ldm %[x]!, {r10, r11, r12}\n\t"    \
  "sxtb16 lr, %[w0]\n\t"              \
  "smlad %[a0], r10, lr, %[a0]\n\t"   \
  "smlad %[a1], r11, lr, %[a1]\n\t"   \
  "smlad %[a2], r12, lr, %[a2]\n\t"   \
  "sxtb16 lr, %[w1]\n\t"              \
  "smlad %[b0], r10, lr, %[b0]\n\t"   \
  "smlad %[b1], r11, lr, %[b1]\n\t"   \
  "smlad %[b2], r12, lr, %[b2]\n\t"   \
  "ldm %[x]!, {r10, r11, r12, lr}\n\t" \
  "sxtb16 %[w0], %[w0], ror #8\n\t"   \
  "sxtb16 %[w1], %[w1], ror #8\n\t"   \
  "smlad %[a0], r10, %[w0], %[a0]\n\t" \
  "smlad %[b0], r10, %[w1], %[b0]\n\t" \
  "smlad %[a1], r11, %[w0], %[a1]\n\t" \
  "smlad %[b1], r11, %[w1], %[b1]\n\t" \
  "smlad %[a2], r12, %[w0], %[a2]\n\t" \
  "smlad %[b2], r12, %[w1], %[b2]\n\t"

CORTICO_DSP_TILE void Dot3x2(const uint32_t*& panel, const int8_t*& weights, Sums3x2& s) {
  // r10-r12 activations; lr pitch, then the even pair of a row; w0, w1 weights of the rows
  uint32_t w0, w1;
  asm volatile(
      "ldm %[x]!, {r10, lr}\n\t"
      "tbb [pc, r10]\n\t"  // into the loop, past the groups that are missing
      "0: .byte (1f-0b)/2, (2f-0b)/2, (3f-0b)/2, (4f-0b)/2\n\t"
      "1:\n\t" CORTICO_DOT_3X2_GROUP
      "2:\n\t" CORTICO_DOT_3X2_GROUP
      "3:\n\t" CORTICO_DOT_3X2_GROUP
      "4:\n\t" CORTICO_DOT_3X2_GROUP
      "cmp lr, #0\n\t"
      "bge 1b\n\t"
      : [x] "+r"(panel), [w] "+r"(weights), [a0] "+r"(s.a0), [a1] "+r"(s.a1), [a2] "+r"(s.a2),
        [b0] "+r"(s.b0), [b1] "+r"(s.b1), [b2] "+r"(s.b2), [w0] "=&r"(w0), [w1] "=&r"(w1)
      :
      : "r10", "r11", "r12", "lr", "cc", "memory");
}
#undef CORTICO_DOT_3X2_GROUP

#else

// Appends groups, at least one, of three columns plus offset (a pair of int16) to a panel; returns
// its new end.
inline uint32_t* WidenGroups3(uint32_t* panel, const int8_t* x0, const int8_t* x1,
                              const int8_t* x2, int32_t groups, uint32_t offset, int32_t pitch) {
  for (; groups != 0; --groups, panel += kPanelGroup) {
    const int8_t** const columns[] = {&x0, &x1, &x2};
    for (int i = 0; i < 3; ++i) {
      const uint32_t bytes = Load4(*columns[i]);
      *columns[i] += 4;
      panel[i] = Sxtab16(offset, bytes);
      panel[3 + i] = Sxtab16Odd(offset, bytes);
    }
    panel[6] = static_cast<uint32_t>(pitch);
  }
  return panel;
}

// Adds to s the products of a panel's columns with two rows of weights; leaves panel at the end of
// the panel and weights after what it has read of row 0.
inline void Dot3x2(const uint32_t*& panel, const int8_t*& weights, Sums3x2& s) {
  uint32_t pitch = panel[1];
  panel += kPanelHeader;
  do {
    const uint32_t w0 = Load4(weights);
    const uint32_t w1 = Load4(weights + pitch);
    for (int odd = 0; odd < 2; ++odd) {
      const uint32_t p0 = odd != 0 ? Sxtab16Odd(0, w0) : Sxtb16(w0);
      const uint32_t p1 = odd != 0 ? Sxtab16Odd(0, w1) : Sxtb16(w1);
      const uint32_t* x = panel + 3 * odd;
      s.a0 = Smlad(x[0], p0, s.a0);
      s.a1 = Smlad(x[1], p0, s.a1);
      s.a2 = Smlad(x[2], p0, s.a2);
      s.b0 = Smlad(x[0], p1, s.b0);
      s.b1 = Smlad(x[1], p1, s.b1);
      s.b2 = Smlad(x[2], p1, s.b2);
    }
    pitch = panel[6];
    panel += kPanelGroup;
    weights += 4;
  } while (pitch != kEndOfPanel);
}

#endif

// ---------------------------------------------------------------------------------------------
// One column times four rows
//
// The column: per group of four elements its even and its odd pair, as int16.

struct Sums1x4 {
  int32_t a0, a1, a2, a3;  // rows 0 to 3
};

#if CORTICO_DSP_INSTRUCTIONS

// 21 instructions for 16 products; no load is used by the instruction after it.
#define CORTICO_DOT_1X4_GROUP           \
  "ldrd %[xe], %[xo], [%[x]], #8\n\t"   \
  "ldr %[u], [%[w], %[pitch3]]\n\t"     \
  "ldr %[v], [%[w], %[pitch], lsl #1]\n\t" \
  "sxtb16 %[t], %[u]\n\t"               \
  "smlad %[a3], %[xe], %[t], %[a3]\n\t" \
  "sxtb16 %[u], %[u], ror #8\n\t"       \
  "smlad %[a3], %[xo], %[u], %[a3]\n\t" \
  "ldr %[u], [%[w], %[pitch]]\n\t"      \
  "sxtb16 %[t], %[v]\n\t"               \
  "smlad %[a2], %[xe], %[t], %[a2]\n\t" \
  "sxtb16 %[v], %[v], ror #8\n\t"       \
  "smlad %[a2], %[xo], %[v], %[a2]\n\t" \
  "ldr %[v], [%[w]], #4\n\t"            \
  "sxtb16 %[t], %[u]\n\t"               \
  "smlad %[a1], %[xe], %[t], %[a1]\n\t" \
  "sxtb16 %[u], %[u], ror #8\n\t"       \
  "smlad %[a1], %[xo], %[u], %[a1]\n\t" \
  "sxtb16 %[t], %[v]\n\t"               \
  "smlad %[a0], %[xe], %[t], %[a0]\n\t" \
  "sxtb16 %[v], %[v], ror #8\n\t"       \
  "smlad %[a0], %[xo], %[v], %[a0]\n\t"

CORTICO_DSP_TILE void Dot1x4(const uint32_t*& column, int32_t groups, const int8_t*& weights,
                             int32_t pitch, Sums1x4& s) {
  // u, v weights of two rows; t the even pair of one
  uint32_t xe, xo, t, u = -static_cast<uint32_t>(groups) & 3, v;
  asm volatile(
      "tbb [pc, %[u]]\n\t"  // into the loop, past the groups that are missing
      "0: .byte (1f-0b)/2, (2f-0b)/2, (3f-0b)/2, (4f-0b)/2\n\t"
      "1:\n\t" CORTICO_DOT_1X4_GROUP
      "2:\n\t" CORTICO_DOT_1X4_GROUP
      "3:\n\t" CORTICO_DOT_1X4_GROUP
      "4:\n\t" CORTICO_DOT_1X4_GROUP
      "cmp %[x], %[end]\n\t"
      "bne 1b\n\t"
      : [x] "+r"(column), [w] "+r"(weights), [a0] "+r"(s.a0), [a1] "+r"(s.a1), [a2] "+r"(s.a2),
        [a3] "+r"(s.a3), [u] "+r"(u), [v] "=&r"(v), [t] "=&r"(t), [xe] "=&r"(xe), [xo] "=&r"(xo)
      : [pitch] "r"(pitch), [pitch3] "r"(3 * pitch), [end] "r"(column + 2 * groups)
      : "cc", "memory");
}
#undef CORTICO_DOT_1X4_GROUP

#else

// Adds to s the products of a column of groups, at least one, with four rows of weights that are
// pitch bytes apart; leaves column and weights after what it has read of the column and of row 0.
inline void Dot1x4(const uint32_t*& column, int32_t groups, const int8_t*& weights, int32_t pitch,
                   Sums1x4& s) {
  for (; groups != 0; --groups, column += 2, weights += 4) {
    int32_t* const sums[] = {&s.a0, &s.a1, &s.a2, &s.a3};
    for (int i = 0; i < 4; ++i) {
      const uint32_t bytes = Load4(weights + i * pitch);
      *sums[i] = Smlad(column[0], Sxtb16(bytes), *sums[i]);
      *sums[i] = Smlad(column[1], Sxtab16Odd(0, bytes), *sums[i]);
    }
  }
}

#endif

#undef CORTICO_DSP_TILE

}  // namespace cortico::kernels::dsp

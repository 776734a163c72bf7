// MVE in lanes, with plain twins: four int32, eight int16 or sixteen int8 at a time. Loads and
// stores of bytes widen, narrow and stop after `count` elements, so that nothing outside a tensor
// is touched.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/common/requantize.h"
#include "kernels/isa/mve_predicate.h"

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

namespace cortico::kernels::mve {

#if defined(__ARM_FEATURE_MVE)

using Int32x4 = int32x4_t;

inline Int32x4 Splat(int32_t x) { return vdupq_n_s32(x); }
inline Int32x4 LoadBytes(const int8_t* p) { return vldrbq_s32(p); }
// Without a predicate where the compiler sees that all lanes count: gcc 12 moves predicates to core
// registers and back around every use.
inline Int32x4 LoadBytes(const int8_t* p, int32_t count) {
  if (__builtin_constant_p(count) && count >= 4) return vldrbq_s32(p);
  return vldrbq_z_s32(p, vctp32q(static_cast<uint32_t>(count)));
}
inline Int32x4 LoadWords(const int32_t* p, int32_t count) {
  return vldrwq_z_s32(p, vctp32q(static_cast<uint32_t>(count)));
}
inline void StoreBytes(int8_t* p, Int32x4 x, int32_t count) {
  if (__builtin_constant_p(count) && count >= 4) return vstrbq_s32(p, x);
  vstrbq_p_s32(p, x, vctp32q(static_cast<uint32_t>(count)));
}
inline Int32x4 Add(Int32x4 a, Int32x4 b) { return vaddq_s32(a, b); }
inline Int32x4 Add(Int32x4 a, int32_t b) { return vaddq_n_s32(a, b); }
inline Int32x4 ShiftLeft(Int32x4 x, int32_t left) { return vshlq_r_s32(x, left); }
inline Int32x4 Multiply(Int32x4 a, Int32x4 b) { return vmulq_s32(a, b); }
inline Int32x4 MultiplyAdd(Int32x4 sum, Int32x4 a, Int32x4 b) {
  return vaddq_s32(sum, vmulq_s32(a, b));
}
inline Int32x4 MultiplyAdd(Int32x4 sum, Int32x4 a, int32_t b) { return vmlaq_n_s32(sum, a, b); }

// kernels::Requantize. VRSHL rounds half up; -1 for negative numbers makes it half away from zero,
// if anything is shifted at all.
inline Int32x4 Requantize(Int32x4 x, Int32x4 multiplier, Int32x4 shift) {
  const Int32x4 zero = vdupq_n_s32(0);
  const Int32x4 right = vminq_s32(shift, zero);
  x = vqrdmulhq_s32(vshlq_s32(x, vmaxq_s32(shift, zero)), multiplier);
  const Int32x4 nudge = vshrq_n_s32(vandq_s32(x, right), 31);
  return vrshlq_s32(vaddq_s32(x, nudge), right);
}

// clamp(x + offset), without overflow.
inline Int32x4 ToOutput(Int32x4 x, int32_t offset, int32_t low, int32_t high) {
  x = vqaddq_n_s32(x, offset);
  return vminq_s32(vmaxq_s32(x, vdupq_n_s32(low)), vdupq_n_s32(high));
}

// Steps of the exponential function.
inline Int32x4 And(Int32x4 a, int32_t b) { return vandq_s32(a, vdupq_n_s32(b)); }
inline Int32x4 Subtract(Int32x4 a, Int32x4 b) { return vsubq_s32(a, b); }
inline Int32x4 MultiplyHigh(Int32x4 a, Int32x4 b) { return vqrdmulhq_s32(a, b); }
inline Int32x4 MultiplyHigh(Int32x4 a, int32_t b) { return vqrdmulhq_n_s32(a, b); }
template <int n>
inline Int32x4 RoundingDivide(Int32x4 x) {  // by 2^n, n > 0
  return vrshrq_n_s32(vaddq_s32(x, vshrq_n_s32(x, 31)), n);
}
// MultiplyHigh where bit n of `bits` is set.
template <int n>
inline Int32x4 MultiplyHighIf(Int32x4 a, int32_t b, Int32x4 bits) {
  return vqrdmulhq_m_n_s32(a, a, b, vcmpltq_n_s32(vshlq_n_s32(bits, 31 - n), 0));
}
template <int n>
inline Int32x4 ShiftRight(Int32x4 x) { return vshrq_n_s32(x, n); }
// a where test is at least limit, else b.
inline Int32x4 Select(Int32x4 test, int32_t limit, Int32x4 a, Int32x4 b) {
  return vpselq_s32(a, b, vcmpgeq_n_s32(test, limit));
}
inline Int32x4 KeepFirst(Int32x4 x, int32_t count) {
  return vpselq_s32(x, vdupq_n_s32(0), vctp32q(static_cast<uint32_t>(count)));
}
inline int32_t Sum(Int32x4 x) { return vaddvq_s32(x); }

using Int16x8 = int16x8_t;

inline Int16x8 Zero16() { return vdupq_n_s16(0); }
inline Int16x8 LoadBytes16(const int8_t* p) { return vldrbq_s16(p); }
inline Int16x8 LoadBytes16(const int8_t* p, int32_t count) {
  return vldrbq_z_s16(p, vctp16q(static_cast<uint32_t>(count)));
}
inline void StoreBytes16(int8_t* p, Int16x8 x, int32_t count) {
  vstrbq_p_s16(p, x, vctp16q(static_cast<uint32_t>(count)));
}
inline Int16x8 Add(Int16x8 a, Int16x8 b) { return vaddq_s16(a, b); }
inline Int16x8 Clamp(Int16x8 x, int32_t low, int32_t high) {
  x = vmaxq_s16(x, vdupq_n_s16(static_cast<int16_t>(low)));
  return vminq_s16(x, vdupq_n_s16(static_cast<int16_t>(high)));
}
// Away from zero by `half`, then by multiplier / 2^16 / 2^right towards zero.
inline Int16x8 ScaleMagnitude(Int16x8 x, int32_t half, int32_t multiplier, int32_t right) {
  const Int16x8 sign = vshrq_n_s16(x, 15);
  uint16x8_t size = vreinterpretq_u16_s16(vabsq_s16(x));
  size = vaddq_n_u16(size, static_cast<uint16_t>(half));
  size = vmulhq_u16(size, vdupq_n_u16(static_cast<uint16_t>(multiplier)));
  size = vshlq_r_u16(size, -right);
  return vsubq_s16(veorq_s16(vreinterpretq_s16_u16(size), sign), sign);
}

using Int8x16 = int8x16_t;

inline Int8x16 Splat8(int32_t x) { return vdupq_n_s8(static_cast<int8_t>(x)); }
inline Int8x16 LoadBytes8(const int8_t* p, int32_t count) {
  return vldrbq_z_s8(p, vctp8q(static_cast<uint32_t>(count)));
}
inline void StoreBytes8(int8_t* p, Int8x16 x, int32_t count) {
  vstrbq_p_s8(p, x, vctp8q(static_cast<uint32_t>(count)));
}
inline Int8x16 Larger(Int8x16 a, Int8x16 b) { return vmaxq_s8(a, b); }
inline Int8x16 Smaller(Int8x16 a, Int8x16 b) { return vminq_s8(a, b); }
// The largest of the first `count` lanes and a.
inline int32_t Largest(int32_t a, Int8x16 x, int32_t count) {
  return vmaxvq_p_s8(static_cast<int8_t>(a), x, vctp8q(static_cast<uint32_t>(count)));
}

#else

struct Int32x4 {
  int32_t lane[4];
};

inline Int32x4 Splat(int32_t x) { return {{x, x, x, x}}; }
inline Int32x4 LoadBytes(const int8_t* p, int32_t count) {
  Int32x4 x = {};
  for (int i = 0; i < 4 && i < count; ++i) x.lane[i] = p[i];
  return x;
}
inline Int32x4 LoadBytes(const int8_t* p) { return LoadBytes(p, 4); }
inline Int32x4 LoadWords(const int32_t* p, int32_t count) {
  Int32x4 x = {};
  for (int i = 0; i < 4 && i < count; ++i) x.lane[i] = p[i];
  return x;
}
inline void StoreBytes(int8_t* p, const Int32x4& x, int32_t count) {
  for (int i = 0; i < 4 && i < count; ++i) p[i] = static_cast<int8_t>(x.lane[i]);
}
// Modulo 2^32, as the instructions.
inline int32_t Wrap(uint32_t x) { return static_cast<int32_t>(x); }
inline Int32x4 MultiplyAdd(Int32x4 sum, const Int32x4& a, const Int32x4& b) {
  for (int i = 0; i < 4; ++i) {
    sum.lane[i] = Wrap(static_cast<uint32_t>(sum.lane[i]) +
                       static_cast<uint32_t>(a.lane[i]) * static_cast<uint32_t>(b.lane[i]));
  }
  return sum;
}
inline Int32x4 MultiplyAdd(const Int32x4& sum, const Int32x4& a, int32_t b) {
  return MultiplyAdd(sum, a, Splat(b));
}
inline Int32x4 Multiply(const Int32x4& a, const Int32x4& b) { return MultiplyAdd({}, a, b); }
inline Int32x4 ShiftLeft(Int32x4 x, int32_t left) {
  for (int32_t& lane : x.lane) lane = kernels::ShiftLeft(lane, left);
  return x;
}
inline Int32x4 Add(const Int32x4& a, const Int32x4& b) { return MultiplyAdd(a, b, Splat(1)); }
inline Int32x4 Add(const Int32x4& a, int32_t b) { return Add(a, Splat(b)); }
inline Int32x4 Requantize(Int32x4 x, const Int32x4& multiplier, const Int32x4& shift) {
  for (int i = 0; i < 4; ++i) {
    x.lane[i] = kernels::Requantize(x.lane[i], multiplier.lane[i], shift.lane[i]);
  }
  return x;
}
inline Int32x4 ToOutput(Int32x4 x, int32_t offset, int32_t low, int32_t high) {
  for (int32_t& lane : x.lane) lane = kernels::ToOutput(lane, offset, low, high);
  return x;
}

inline Int32x4 And(Int32x4 a, int32_t b) {
  for (int32_t& lane : a.lane) lane &= b;
  return a;
}
inline Int32x4 Subtract(const Int32x4& a, const Int32x4& b) {
  return MultiplyAdd(a, b, Splat(-1));
}
inline Int32x4 MultiplyHigh(Int32x4 a, const Int32x4& b) {
  for (int i = 0; i < 4; ++i) a.lane[i] = DoublingHighMultiply(a.lane[i], b.lane[i]);
  return a;
}
inline Int32x4 MultiplyHigh(const Int32x4& a, int32_t b) { return MultiplyHigh(a, Splat(b)); }
template <int n>
inline Int32x4 RoundingDivide(Int32x4 x) {
  for (int32_t& lane : x.lane) lane = RoundingDivideByPowerOfTwo(lane, n);
  return x;
}
template <int n>
inline Int32x4 MultiplyHighIf(Int32x4 a, int32_t b, const Int32x4& bits) {
  for (int i = 0; i < 4; ++i) {
    if ((bits.lane[i] >> n) & 1) a.lane[i] = DoublingHighMultiply(a.lane[i], b);
  }
  return a;
}
template <int n>
inline Int32x4 ShiftRight(Int32x4 x) {
  for (int32_t& lane : x.lane) lane >>= n;
  return x;
}
inline Int32x4 Select(const Int32x4& test, int32_t limit, Int32x4 a, const Int32x4& b) {
  for (int i = 0; i < 4; ++i) {
    if (test.lane[i] < limit) a.lane[i] = b.lane[i];
  }
  return a;
}
inline Int32x4 KeepFirst(Int32x4 x, int32_t count) {
  for (int i = 0; i < 4; ++i) {
    if (i >= count) x.lane[i] = 0;
  }
  return x;
}
inline int32_t Sum(const Int32x4& x) {
  uint32_t sum = 0;
  for (int32_t lane : x.lane) sum += static_cast<uint32_t>(lane);
  return Wrap(sum);
}

struct Int16x8 {
  int16_t lane[8];
};

inline Int16x8 Zero16() { return {}; }
inline Int16x8 LoadBytes16(const int8_t* p, int32_t count) {
  Int16x8 x = {};
  for (int i = 0; i < 8 && i < count; ++i) x.lane[i] = p[i];
  return x;
}
inline Int16x8 LoadBytes16(const int8_t* p) { return LoadBytes16(p, 8); }
inline void StoreBytes16(int8_t* p, const Int16x8& x, int32_t count) {
  for (int i = 0; i < 8 && i < count; ++i) p[i] = static_cast<int8_t>(x.lane[i]);
}
inline Int16x8 Add(Int16x8 a, const Int16x8& b) {
  for (int i = 0; i < 8; ++i) a.lane[i] = static_cast<int16_t>(a.lane[i] + b.lane[i]);
  return a;
}
inline Int16x8 Clamp(Int16x8 x, int32_t low, int32_t high) {
  for (int16_t& lane : x.lane) lane = static_cast<int16_t>(kernels::Clamp(lane, low, high));
  return x;
}
inline Int16x8 ScaleMagnitude(Int16x8 x, int32_t half, int32_t multiplier, int32_t right) {
  for (int16_t& lane : x.lane) {
    uint32_t size = static_cast<uint16_t>((lane < 0 ? -lane : lane) + half);
    size = (size * static_cast<uint32_t>(multiplier) >> 16) >> right;
    const int32_t scaled = static_cast<int32_t>(size);
    lane = static_cast<int16_t>(lane < 0 ? -scaled : scaled);
  }
  return x;
}

struct Int8x16 {
  int8_t lane[16];
};

inline Int8x16 Splat8(int32_t x) {
  Int8x16 result;
  for (int8_t& lane : result.lane) lane = static_cast<int8_t>(x);
  return result;
}
inline Int8x16 LoadBytes8(const int8_t* p, int32_t count) {
  Int8x16 x = {};
  for (int i = 0; i < 16 && i < count; ++i) x.lane[i] = p[i];
  return x;
}
inline void StoreBytes8(int8_t* p, const Int8x16& x, int32_t count) {
  for (int i = 0; i < 16 && i < count; ++i) p[i] = x.lane[i];
}
inline Int8x16 Larger(Int8x16 a, const Int8x16& b) {
  for (int i = 0; i < 16; ++i) a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
  return a;
}
inline Int8x16 Smaller(Int8x16 a, const Int8x16& b) {
  for (int i = 0; i < 16; ++i) a.lane[i] = a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i];
  return a;
}
inline int32_t Largest(int32_t a, const Int8x16& x, int32_t count) {
  for (int i = 0; i < 16 && i < count; ++i) a = x.lane[i] > a ? x.lane[i] : a;
  return a;
}

#endif

inline void Copy(int8_t* to, const int8_t* from, int32_t size) {
#if defined(__ARM_FEATURE_MVE)
  __asm volatile(
      "wlstp.8 lr, %[size], 2f\n"
      "1:\n"
      "vldrb.u8 q0, [%[from]], #16\n"
      "vstrb.8 q0, [%[to]], #16\n"
      "letp lr, 1b\n"
      "2:\n"
      : [to] "+r"(to), [from] "+r"(from)
      : [size] "r"(size)
      : "lr", "q0", "memory");
#else
  std::memcpy(to, from, static_cast<size_t>(size));
#endif
}

inline void Fill(int8_t* to, int8_t value, int32_t size) {
#if defined(__ARM_FEATURE_MVE)
  __asm volatile(
      "vdup.8 q0, %[value]\n"
      "wlstp.8 lr, %[size], 2f\n"
      "1:\n"
      "vstrb.8 q0, [%[to]], #16\n"
      "letp lr, 1b\n"
      "2:\n"
      : [to] "+r"(to)
      : [value] "r"(value), [size] "r"(size)
      : "lr", "q0", "memory");
#else
  std::memset(to, value, static_cast<size_t>(size));
#endif
}

// block[4 * x + y] = row y [x] for four rows, `step` apart, and x < lanes <= 16. block: 64 bytes.
inline void Interleave4(const int8_t* rows, int32_t step, int32_t lanes, int8_t* block) {
#if defined(__ARM_FEATURE_MVE)
  __asm volatile(
      "vctp.8 %[lanes]\n"
      "vpst\n"
      "vldrbt.u8 q0, [%[p]]\n"
      "add %[p], %[p], %[step]\n"
      "vpst\n"
      "vldrbt.u8 q1, [%[p]]\n"
      "add %[p], %[p], %[step]\n"
      "vpst\n"
      "vldrbt.u8 q2, [%[p]]\n"
      "add %[p], %[p], %[step]\n"
      "vpst\n"
      "vldrbt.u8 q3, [%[p]]\n"
      "vst40.8 {q0, q1, q2, q3}, [%[block]]\n"
      "vst41.8 {q0, q1, q2, q3}, [%[block]]\n"
      "vst42.8 {q0, q1, q2, q3}, [%[block]]\n"
      "vst43.8 {q0, q1, q2, q3}, [%[block]]\n"
      : [p] "+r"(rows)
      : [step] "r"(step), [lanes] "r"(lanes), [block] "r"(block)
      : "q0", "q1", "q2", "q3", "memory" CORTICO_CHANGES_P0);
#else
  for (int y = 0; y < 4; ++y) {
    for (int32_t x = 0; x < lanes; ++x) block[4 * x + y] = rows[y * step + x];
  }
#endif
}

// Sixteen sums at a time in the scheme of TensorFlow Lite: a left shift of 20, one input of
// multiplier 2^30 and shift 0, that is 2^19 times its value, exactly.
struct AddTerms {
  int32_t exact_offset;   // both times 2^7
  int32_t scaled_offset;
  int32_t multiplier;     // of the other input
  int32_t right;          // shift, at most 0
  int32_t nudge;          // -1 for a shift to the right, whose ties go away from zero; else 0
  int32_t out_multiplier;
  int32_t out_right;      // at most 0; below 0 unless is_unsigned
  int32_t out_offset;     // 128 if is_unsigned
  int32_t blocks;         // of 16 elements, at least 1
  int8_t low[16];
  int8_t high[16];
};

// is_unsigned: the output offset is -128 and nothing but int8 clamps, so that what is below 0
// saturates, and ties of negative numbers, the only ones VRSHL gets wrong, do not matter.
template <bool is_unsigned>
inline void AddBlocks(const AddTerms& terms, const int8_t* exact, const int8_t* scaled,
                      int8_t* output) {
#if defined(__ARM_FEATURE_MVE)
// r0 exact_offset, r2 scaled_offset, r4 multiplier, r6 right, r8 nudge, r9 out_multiplier,
// r10 out_right, r12 out_offset. q2 to q5 sums, lanes as bytes b/t and then halfwords b/t; q6 a
// term. Widening by steps keeps the order that narrowing restores.
#define CORTICO_TERM(half, from, sum)             \
  "vshll" half ".s16 q6, " from ", #13\n"         \
  "vqrdmulh.s32 q6, q6, r4\n"                     \
  "vpt.s32 lt, q6, zr\n"                          \
  "vaddt.i32 q6, q6, r8\n"                        \
  "vrshl.s32 q6, r6\n"                            \
  "vadd.i32 " sum ", " sum ", q6\n"
#define CORTICO_ADD_SUMS                          \
  "ldm %[terms], {r0, r2, r4, r6, r8, r9, r10, r12, lr}\n" \
  "dls lr, lr\n"                                  \
  "1:\n"                                          \
  "vldrb.u8 q0, [%[x]], #16\n"                    \
  "vshllb.s8 q1, q0, #7\n"                        \
  "vshllt.s8 q0, q0, #7\n"                        \
  "vadd.i16 q1, q1, r0\n"                         \
  "vadd.i16 q0, q0, r0\n"                         \
  "vshllb.s16 q2, q1, #12\n"                      \
  "vshllt.s16 q3, q1, #12\n"                      \
  "vldrb.u8 q1, [%[y]], #16\n"                    \
  "vshllb.s16 q4, q0, #12\n"                      \
  "vshllt.s16 q5, q0, #12\n"                      \
  "vshllt.s8 q0, q1, #7\n"                        \
  "vshllb.s8 q1, q1, #7\n"                        \
  "vadd.i16 q0, q0, r2\n"                         \
  "vadd.i16 q1, q1, r2\n"                         \
  CORTICO_TERM("b", "q1", "q2") CORTICO_TERM("t", "q1", "q3") \
  CORTICO_TERM("b", "q0", "q4") CORTICO_TERM("t", "q0", "q5") \
  "vqrdmulh.s32 q2, q2, r9\n"                     \
  "vqrdmulh.s32 q3, q3, r9\n"                     \
  "vqrdmulh.s32 q4, q4, r9\n"                     \
  "vqrdmulh.s32 q5, q5, r9\n"
#define CORTICO_AWAY(q, t) "vshr.s32 " t ", " q ", #31\n" "vadd.i32 " q ", " q ", " t "\n"
#define CORTICO_ADD_SHIFT                         \
  "vrshl.s32 q2, r10\n"                           \
  "vrshl.s32 q3, r10\n"                           \
  "vrshl.s32 q4, r10\n"                           \
  "vrshl.s32 q5, r10\n"
#define CORTICO_ADD_OPERANDS                                                             \
  : [x] "+r"(exact), [y] "+r"(scaled), [o] "+r"(output)                                  \
  : [terms] "r"(&terms)                                                                  \
  : "r0", "r2", "r4", "r6", "r8", "r9", "r10", "r12", "lr", "q0", "q1", "q2", "q3",      \
    "q4", "q5", "q6", "memory" CORTICO_CHANGES_P0
  if constexpr (is_unsigned) {
    __asm volatile(CORTICO_ADD_SUMS CORTICO_ADD_SHIFT
                   "vqmovunb.s32 q2, q2\n"
                   "vqmovunb.s32 q4, q4\n"
                   "vqmovunt.s32 q2, q3\n"
                   "vqmovunt.s32 q4, q5\n"
                   "vqmovnb.u16 q2, q2\n"
                   "vqmovnt.u16 q2, q4\n"
                   "vadd.i8 q2, q2, r12\n"
                   "vstrb.8 q2, [%[o]], #16\n"
                   "le lr, 1b\n" CORTICO_ADD_OPERANDS);
  } else {
    __asm volatile(CORTICO_ADD_SUMS
                   CORTICO_AWAY("q2", "q0") CORTICO_AWAY("q3", "q1")
                   CORTICO_AWAY("q4", "q0") CORTICO_AWAY("q5", "q1") CORTICO_ADD_SHIFT
                   "vqmovnb.s32 q2, q2\n"
                   "vqmovnb.s32 q4, q4\n"
                   "vqmovnt.s32 q2, q3\n"
                   "vqmovnt.s32 q4, q5\n"
                   "vldrw.u32 q0, [%[terms], #36]\n"  // low
                   "vqadd.s16 q2, q2, r12\n"
                   "vqadd.s16 q4, q4, r12\n"
                   "vldrw.u32 q1, [%[terms], #52]\n"  // high
                   "vqmovnb.s16 q2, q2\n"
                   "vqmovnt.s16 q2, q4\n"
                   "vmax.s8 q2, q2, q0\n"
                   "vmin.s8 q2, q2, q1\n"
                   "vstrb.8 q2, [%[o]], #16\n"
                   "le lr, 1b\n" CORTICO_ADD_OPERANDS);
  }
#undef CORTICO_TERM
#undef CORTICO_ADD_SUMS
#undef CORTICO_AWAY
#undef CORTICO_ADD_SHIFT
#undef CORTICO_ADD_OPERANDS
#else
  for (int32_t i = 0; i < 16 * terms.blocks; ++i) {
    const int32_t a = (exact[i] * 128 + terms.exact_offset) * (1 << 12);
    const int32_t b = (scaled[i] * 128 + terms.scaled_offset) * (1 << 13);
    const int32_t sum = a + kernels::Requantize(b, terms.multiplier, terms.right);
    const int32_t scaled_sum = kernels::Requantize(sum, terms.out_multiplier, terms.out_right);
    output[i] = is_unsigned
                    ? kernels::ToOutput(scaled_sum, -128, -128, 127)
                    : kernels::ToOutput(scaled_sum, terms.out_offset, terms.low[0], terms.high[0]);
  }
#endif
}

}  // namespace cortico::kernels::mve

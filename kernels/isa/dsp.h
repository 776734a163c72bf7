// The DSP extension (Cortex-M4, M7, M33): its instructions, each with a plain twin that gives the
// same bits and says what it does. The twins run where the compiler's target lacks the extension
// (the host under its sanitizers, an M0) and without optimization.
//
// Four int8 at one address are one word. SXTB16 takes bytes 0 and 2 of it as two int16, the even
// pair; with a rotation by 8 it takes 1 and 3, the odd pair.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__OPTIMIZE__)
#define CORTICO_DSP_INSTRUCTIONS 1
#else
#define CORTICO_DSP_INSTRUCTIONS 0
#endif

namespace cortico::kernels::dsp {

inline uint32_t Load4(const int8_t* p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

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
inline uint32_t Sxtb16Odd(uint32_t x) {
  uint32_t r;
  asm("sxtb16 %0, %1, ror #8" : "=r"(r) : "r"(x));
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
// Sign-extends bytes 1 and 3: SXTB16 with ROR #8.
inline uint32_t Sxtb16Odd(uint32_t x) { return Halves(Byte(x, 1), Byte(x, 3)); }
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

}  // namespace cortico::kernels::dsp

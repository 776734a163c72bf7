// The DSP extension on elements: clamping, maxima and minima of four bytes, and the tile of
// addition, each with a plain twin.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/isa/dsp.h"

namespace cortico::kernels::dsp {

inline void Store4(int8_t* to, uint32_t word) { std::memcpy(to, &word, sizeof(word)); }
inline uint32_t FillBytes(int32_t value) {
  return (static_cast<uint32_t>(value) & 0xff) * 0x01010101u;
}

#if CORTICO_DSP_INSTRUCTIONS

// sum plus the product of the low, or high, halfwords.
inline int32_t Smlabb(uint32_t a, uint32_t b, int32_t sum) {
  asm("smlabb %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}
inline int32_t Smlatt(uint32_t a, uint32_t b, int32_t sum) {
  asm("smlatt %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}

inline int32_t Ssat8(int32_t x) {
  int32_t result;
  asm("ssat %0, #8, %1" : "=r"(result) : "r"(x) : "cc");
  return result;
}

// SEL takes the bytes of the first where SSUB8 has found a difference of at least 0.
inline uint32_t MaxBytes(uint32_t a, uint32_t b) {
  uint32_t result;
  asm("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
}
inline uint32_t MinBytes(uint32_t a, uint32_t b) {
  uint32_t result;
  asm("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
}

#else

inline int32_t Smlabb(uint32_t a, uint32_t b, int32_t sum) {
  return sum + Half(a, 0) * Half(b, 0);
}
inline int32_t Smlatt(uint32_t a, uint32_t b, int32_t sum) {
  return sum + Half(a, 1) * Half(b, 1);
}
inline int32_t Ssat8(int32_t x) { return x < -128 ? -128 : x > 127 ? 127 : x; }
inline uint32_t MaxBytes(uint32_t a, uint32_t b) {
  uint32_t result = 0;
  for (int i = 0; i < 4; ++i) {
    result |= (Byte(a, i) >= Byte(b, i) ? a : b) & 0xffu << 8 * i;
  }
  return result;
}
inline uint32_t MinBytes(uint32_t a, uint32_t b) { return MaxBytes(a, b) ^ a ^ b; }

#endif

// Addition of a halved and a rounded input, both at 2^20 times their value; int32 throughout:
//
//   y      = ((x2 * 2^21 + offset_2) * multiplier_2 / 2^32 + rounding_2) >> shift_2
//   twice  = x1 * 2^20 + offset_1 + 2 * y
//   output = (twice * multiplier / 2^32 + rounding) >> shift, as int8
//
// where quotients are rounded half up, and rounding terms are 1 less when what is multiplied is
// negative. size is a multiple of 4 and not 0. output may be an input.
struct Sum {
  static constexpr int32_t kLeftShift = 20;
  int32_t offset_1;
  int32_t offset_2;
  int32_t multiplier_2;
  int32_t rounding_2;
  int32_t shift_2;
  int32_t multiplier;
  int32_t rounding;
  int32_t shift;
};

#if CORTICO_DSP_INSTRUCTIONS

// r0, r1    inputs
// r2        output
// r3 to r6  offset_1, offset_2, multiplier_2, rounding_2; r8 shift_2
// r9 to r11 multiplier, rounding, shift
// r12, lr   x2, x1; r7 rounding term. r7, perhaps the frame pointer, waits on the stack.
[[gnu::always_inline]] inline void Add(const Sum& sum, const int8_t* input_1,
                                       const int8_t* input_2, int8_t* output, int32_t size) {
  register const int8_t* r0 asm("r0") = input_1;
  register const int8_t* r1 asm("r1") = input_2;
  register int8_t* r2 asm("r2") = output;
  register int32_t r3 asm("r3") = sum.offset_1;
  register int32_t r4 asm("r4") = sum.offset_2;
  register int32_t r5 asm("r5") = sum.multiplier_2;
  register int32_t r6 asm("r6") = sum.rounding_2;
  register int32_t r8 asm("r8") = sum.shift_2;
  register int32_t r9 asm("r9") = sum.multiplier;
  register int32_t r10 asm("r10") = sum.rounding;
  register int32_t r11 asm("r11") = sum.shift;
  register const int8_t* r12 asm("r12") = input_1 + size;
#define CORTICO_ADD                   \
  "ldrsb r12, [r1], #1\n\t"           \
  "ldrsb lr, [r0], #1\n\t"            \
  "add r12, r4, r12, lsl #21\n\t"     \
  "add lr, r3, lr, lsl #20\n\t"       \
  "add r7, r6, r12, asr #31\n\t"      \
  "smmlar r12, r12, r5, r7\n\t"       \
  "asr r12, r12, r8\n\t"              \
  "add r12, lr, r12, lsl #1\n\t"      \
  "add r7, r10, r12, asr #31\n\t"     \
  "smmlar r12, r12, r9, r7\n\t"       \
  "asr r12, r12, r11\n\t"             \
  "ssat r12, #8, r12\n\t"             \
  "strb r12, [r2], #1\n\t"
  asm volatile(
      "push {r7, r12}\n"
      "1:\n\t" CORTICO_ADD CORTICO_ADD CORTICO_ADD CORTICO_ADD
      "ldr r12, [sp, #4]\n\t"
      "cmp r0, r12\n\t"
      "bne 1b\n\t"
      "pop {r7, r12}"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r12)
      : "r"(r3), "r"(r4), "r"(r5), "r"(r6), "r"(r8), "r"(r9), "r"(r10), "r"(r11)
      : "lr", "cc", "memory");
#undef CORTICO_ADD
}

#else

inline void Add(const Sum& sum, const int8_t* input_1, const int8_t* input_2, int8_t* output,
                int32_t size) {
  const auto scale = [](int32_t x, int32_t multiplier, int32_t rounding, int32_t shift) {
    return Smmlar(x, multiplier, rounding + (x >> 31)) >> shift;
  };
  for (int32_t i = 0; i < size; ++i) {
    const int32_t y = scale(input_2[i] * (1 << 21) + sum.offset_2, sum.multiplier_2,
                            sum.rounding_2, sum.shift_2);
    const int32_t twice = input_1[i] * (1 << 20) + sum.offset_1 + 2 * y;
    output[i] = static_cast<int8_t>(
        Ssat8(scale(twice, sum.multiplier, sum.rounding, sum.shift)));
  }
}

#endif

// Clamps `size` elements where they are.
inline void ClampBytes(int8_t* data, int32_t size, int32_t low, int32_t high) {
  const uint32_t lows = FillBytes(low);
  const uint32_t highs = FillBytes(high);
  for (; size >= 4; size -= 4, data += 4) {
    Store4(data, MinBytes(MaxBytes(Load4(data), lows), highs));
  }
  for (; size > 0; --size, ++data) {
    *data = static_cast<int8_t>(*data < low ? low : *data > high ? high : *data);
  }
}

}  // namespace cortico::kernels::dsp

// From an int32 accumulator to the scale of the output: TensorFlow Lite's double rounding.
//
//   Requantize(x, m, s) = RoundingDivideByPowerOfTwo(DoublingHighMultiply(x * 2^max(s,0), m),
//                                                    max(-s,0))
//
// which is x * m * 2^(s - 31) rounded twice: half up after the multiply, half away from zero after
// the shift. Range: m in (-2^31, 2^31), s in [-31, 30]. x * 2^s is taken modulo 2^32 on every ISA;
// a model with sane scales never gets there. m == -2^31 is excluded, so nothing can saturate.
#pragma once

#include <cstdint>

namespace cortico::kernels {

// (2ab + 2^31) >> 32, without the overflow of a == b == -2^31.
inline int32_t DoublingHighMultiply(int32_t a, int32_t b) {
  return static_cast<int32_t>((int64_t{a} * b + (int64_t{1} << 30)) >> 31);
}

inline int32_t RoundingDivideByPowerOfTwo(int32_t x, int32_t exponent) {
  const uint32_t mask = (uint32_t{1} << exponent) - 1;
  const uint32_t remainder = static_cast<uint32_t>(x) & mask;
  const uint32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

inline int32_t ShiftLeft(int32_t x, int32_t left) {
  return static_cast<int32_t>(static_cast<uint32_t>(x) << left);
}

inline int32_t Requantize(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  return RoundingDivideByPowerOfTwo(DoublingHighMultiply(ShiftLeft(x, left), multiplier),
                                    left - shift);
}

inline int32_t Clamp(int32_t x, int32_t low, int32_t high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

// clamp(x + offset) to a range of int8. The range is moved, not x: a requantized value may be
// anywhere in 32 bits, and the sum would not be.
inline int8_t ToOutput(int32_t x, int32_t offset, int32_t low, int32_t high) {
  return static_cast<int8_t>(Clamp(x, low - offset, high - offset) + offset);
}

}  // namespace cortico::kernels

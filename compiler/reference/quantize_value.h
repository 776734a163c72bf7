// The arithmetic of one quantized number, the same wherever numbers are quantized on the host.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

namespace cortico {

/// Nearest integer, ties to even. The usual range takes an addition that pushes the fraction out
/// of the 24 bits of a float: that is inlined and vectorised, a call of rint is neither.
inline float RoundHalfEven(float x) {
  constexpr float kShift = 12582912.0f;  // 1.5 * 2^23
  return std::fabs(x) < 4194304.0f ? (x + kShift) - kShift : std::nearbyint(x);
}

/// 1 / scale as PyTorch multiplies by it: computed in double, rounded to float32.
inline float InverseScale(double scale) { return static_cast<float>(1.0 / scale); }

/// clamp(round(x * inverse_scale) + zero_point, qmin, qmax); NaN gives qmin.
template <class T>
T QuantizeValue(float x, float inverse_scale, int32_t zero_point, int32_t qmin, int32_t qmax) {
  // The bounds of an int32 are no floats.
  using Wide = std::conditional_t<sizeof(T) <= 2, float, double>;
  const Wide q = RoundHalfEven(x * inverse_scale) + static_cast<float>(zero_point);
  const Wide low = static_cast<Wide>(qmin), high = static_cast<Wide>(qmax);
  const Wide bounded = q > low ? q : low;
  return static_cast<T>(bounded < high ? bounded : high);
}

/// (q - zero_point) * scale in float32.
template <class T>
float DequantizeValue(T q, float scale, int32_t zero_point) {
  return static_cast<float>(static_cast<int64_t>(q) - zero_point) * scale;
}

}  // namespace cortico

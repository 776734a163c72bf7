// MVE in lanes: four int32 at a time, with plain twins. Loads and stores of bytes widen, narrow
// and stop after `count` elements, so that nothing outside a tensor is touched.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/common/requantize.h"

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

namespace cortico::kernels::mve {

#if defined(__ARM_FEATURE_MVE)

using Int32x4 = int32x4_t;

inline Int32x4 Splat(int32_t x) { return vdupq_n_s32(x); }
inline Int32x4 LoadBytes(const int8_t* p) { return vldrbq_s32(p); }
inline Int32x4 LoadBytes(const int8_t* p, int32_t count) {
  return vldrbq_z_s32(p, vctp32q(static_cast<uint32_t>(count)));
}
inline Int32x4 LoadWords(const int32_t* p, int32_t count) {
  return vldrwq_z_s32(p, vctp32q(static_cast<uint32_t>(count)));
}
inline void StoreBytes(int8_t* p, Int32x4 x, int32_t count) {
  vstrbq_p_s32(p, x, vctp32q(static_cast<uint32_t>(count)));
}
inline Int32x4 Add(Int32x4 a, Int32x4 b) { return vaddq_s32(a, b); }
inline Int32x4 Add(Int32x4 a, int32_t b) { return vaddq_n_s32(a, b); }
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

#endif

}  // namespace cortico::kernels::mve

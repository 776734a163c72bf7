// What the kernels for the vectors of M55 and M85 (MVE) share: text of assembly, and operations on
// runs of bytes. Each function has a plain twin in mve::plain, which gives the same bytes for the
// same arguments and is what runs where the compiler's target has no MVE.
//
// Requantization of lanes. VQRDMULH by the multiplier rounds half up, as the reference does. VRSHL
// by the shift rounds half up as well, where the reference rounds half away from zero: one is taken
// off negative values first (CORTICO_MVE_TIES), which is wrong for shift 0. Nothing has to be done
// where a full ReLU follows (IsFullRelu): the values on which the two differ are negative, and all
// of those end at the minimum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__ARM_FEATURE_MVE)
#define CORTICO_HAS_MVE 1
#else
#define CORTICO_HAS_MVE 0
#endif

// clang-format off
// q is a vector of int32, t a free one.
#define CORTICO_MVE_TIES(q, t)                           \
  "vshr.s32 " t ", " q ", #31                       \n"  \
  "vadd.i32 " q ", " q ", " t "                     \n"

// Accumulators to lanes, two at a time: {a0, a1, a2, a3} to q.
#define CORTICO_MVE_TO_LANES(q, a0, a1, a2, a3)          \
  "vmov " q "[2], " q "[0], " a0 ", " a2 "          \n"  \
  "vmov " q "[3], " q "[1], " a1 ", " a3 "          \n"

// Of naked functions that use all registers. 100 bytes of stack.
#define CORTICO_MVE_ENTER                                \
  "push {r4-r11, lr}                                \n"  \
  "vpush {d8-d15}                                   \n"

#define CORTICO_MVE_LEAVE                                \
  "vpop {d8-d15}                                    \n"  \
  "pop {r4-r11, pc}                                 \n"
// clang-format on

namespace cortico::kernels::mve {

// Whether output = saturate_u8(x) - 128, which narrowing does by itself.
constexpr bool IsFullRelu(int32_t output_offset, int32_t min, int32_t max) {
  return output_offset == -128 && min == -128 && max == 127;
}

namespace plain {

inline int32_t SumBytes(const int8_t* bytes, int32_t count) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += bytes[i];
  return sum;
}

// Of four rows, one after the other.
inline void SumFourRows(const int8_t* rows, int32_t depth, int32_t* sums) {
  for (int32_t i = 0; i < 4; ++i) sums[i] = SumBytes(rows + i * depth, depth);
}

inline void CopyBytes(int8_t* to, const int8_t* from, int32_t count) {
  std::memcpy(to, from, static_cast<size_t>(count));
}

// `rows` >= 1 pieces of `count` bytes, each `pitch` after the one before.
inline void CopyRows(int8_t* to, int32_t to_pitch, const int8_t* from, int32_t from_pitch,
                     int32_t count, int32_t rows) {
  for (int32_t i = 0; i < rows; ++i) CopyBytes(to + i * to_pitch, from + i * from_pitch, count);
}

inline void FillBytes(int8_t* to, int32_t value, int32_t count) {
  std::memset(to, value, static_cast<size_t>(count));
}

}  // namespace plain

#if !CORTICO_HAS_MVE

using namespace plain;  // NOLINT(google-build-using-namespace)

#else

// Loops of 16 bytes, whose last turn leaves lanes out by itself.
__attribute__((noinline)) inline int32_t SumBytes(const int8_t* bytes, int32_t count) {
  int32_t sum = 0;
  __asm volatile(
      "wlstp.8 lr, %[count], 1f   \n"
      "2:                         \n"
      "vldrb.u8 q0, [%[bytes]], #16  \n"
      "vaddva.s8 %[sum], q0       \n"
      "letp lr, 2b                \n"
      "1:                         \n"
      : [sum] "+&Te"(sum), [bytes] "+&r"(bytes)
      : [count] "r"(count)
      : "lr", "q0", "memory");
  return sum;
}

inline void CopyBytes(int8_t* to, const int8_t* from, int32_t count) {
  __asm volatile(
      "wlstp.8 lr, %[count], 1f   \n"
      "2:                         \n"
      "vldrb.u8 q0, [%[from]], #16  \n"
      "vstrb.8 q0, [%[to]], #16   \n"
      "letp lr, 2b                \n"
      "1:                         \n"
      : [to] "+&r"(to), [from] "+&r"(from)
      : [count] "r"(count)
      : "lr", "q0", "memory");
}

inline void SumFourRows(const int8_t* rows, int32_t depth, int32_t* sums) {
  const int8_t* rows_1 = rows + depth;
  const int8_t* rows_2 = rows_1 + depth;
  const int8_t* rows_3 = rows_2 + depth;
  int32_t sum_0 = 0, sum_1 = 0, sum_2 = 0, sum_3 = 0;
  __asm volatile(
      "wlstp.8 lr, %[depth], 1f   \n"
      "2:                         \n"
      "vldrb.u8 q0, [%[rows]], #16    \n"
      "vaddva.s8 %[sum_0], q0     \n"
      "vldrb.u8 q1, [%[rows_1]], #16  \n"
      "vaddva.s8 %[sum_1], q1     \n"
      "vldrb.u8 q0, [%[rows_2]], #16  \n"
      "vaddva.s8 %[sum_2], q0     \n"
      "vldrb.u8 q1, [%[rows_3]], #16  \n"
      "vaddva.s8 %[sum_3], q1     \n"
      "letp lr, 2b                \n"
      "1:                         \n"
      : [sum_0] "+&Te"(sum_0), [sum_1] "+&Te"(sum_1), [sum_2] "+&Te"(sum_2), [sum_3] "+&Te"(sum_3),
        [rows] "+&r"(rows), [rows_1] "+&r"(rows_1), [rows_2] "+&r"(rows_2), [rows_3] "+&r"(rows_3)
      : [depth] "r"(depth)
      : "lr", "q0", "q1", "memory");
  sums[0] = sum_0;
  sums[1] = sum_1;
  sums[2] = sum_2;
  sums[3] = sum_3;
}

inline void CopyRows(int8_t* to, int32_t to_pitch, const int8_t* from, int32_t from_pitch,
                     int32_t count, int32_t rows) {
  const int32_t moved = (count + 15) & ~15;
  __asm volatile(
      "1:                         \n"
      "wlstp.8 lr, %[count], 3f   \n"
      "2:                         \n"
      "vldrb.u8 q0, [%[from]], #16  \n"
      "vstrb.8 q0, [%[to]], #16   \n"
      "letp lr, 2b                \n"
      "3:                         \n"
      "add %[from], %[from_skip]  \n"
      "add %[to], %[to_skip]      \n"
      "subs %[rows], #1           \n"
      "bne 1b                     \n"
      : [to] "+&r"(to), [from] "+&r"(from), [rows] "+&r"(rows)
      : [count] "r"(count), [to_skip] "r"(to_pitch - moved), [from_skip] "r"(from_pitch - moved)
      : "lr", "q0", "cc", "memory");
}

inline void FillBytes(int8_t* to, int32_t value, int32_t count) {
  __asm volatile(
      "vdup.8 q0, %[value]        \n"
      "wlstp.8 lr, %[count], 1f   \n"
      "2:                         \n"
      "vstrb.8 q0, [%[to]], #16   \n"
      "letp lr, 2b                \n"
      "1:                         \n"
      : [to] "+&r"(to)
      : [value] "r"(value), [count] "r"(count)
      : "lr", "q0", "memory");
}

#endif

}  // namespace cortico::kernels::mve

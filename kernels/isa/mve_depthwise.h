// MVE tiles of the 3x3 depthwise convolution, each with a plain twin of the same name and bits.
//
// One channel is a dot product, not a lane: the 16 bytes of a vector are a window of 4 columns by
// 4 rows of one channel's own plane, so that one VMLADAVA is a whole 3x3 output. With stride 1 one
// window holds 2x2 of them: four weight vectors, moved by a row, a column or both.
//
//   LoadPlanes      4 rows of 4 neighbouring channels  ->  4 planes, [column][row]
//   SpreadWeights   9 words of weights                 ->  the vectors a tile reads
//   DepthwiseTile   windows of 4 planes                ->  4 columns (x 2 rows) x 4 channels
//
// Tried and not taken: lanes as channels, 16 bits wide (about 7 instructions per output, and
// weights of -128 are excluded); 8 columns per tile of stride 2 (.6 less per output at widths that
// 8 divides, half of the work wasted at 12).
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/common/requantize.h"

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

namespace cortico::kernels::mve {

// Columns of a plane, 4 bytes (rows) each. The four planes are within reach of one base register.
inline constexpr int32_t kPlaneColumns = 40;
inline constexpr int32_t kPlaneBytes = 4 * kPlaneColumns;

// How to walk the columns of the image: by quads; the last one ends with the last column, and
// overlaps the one before it unless 4 divides their number.
struct ColumnWalk {
  uint32_t offsets[4];       // bytes from the row to columns 0 to 3
  uint32_t last_offsets[4];  // to those of the last quad
  int32_t quads;             // before the last
  int32_t step;              // bytes of four columns
  int32_t back;              // what the last quad overlaps, in bytes of a plane, negative
};

struct RowWalk {
  const int8_t* input;  // row 0; word aligned, as are pitch and the offsets of columns
  int32_t pitch;
  int32_t last;   // number of the last row
  uint32_t fill;  // four bytes for what is outside
};

// Brings rows first to first + 3 into the planes. Bit 4 * column + row of `inside` says which bytes
// of each quad are the image's; the rows of the others are read from the nearest row there is.
// quad: 64 bytes, word aligned.
inline void LoadPlanes(const RowWalk& rows, const ColumnWalk& columns, int32_t first,
                       uint32_t inside, int8_t* quad, int8_t* planes) {
#if defined(__ARM_FEATURE_MVE)
// Four rows of 4 columns x 4 channels, q0 to q3. Stored as columns, channels, rows, they come back
// as a vector per channel, of columns and rows: a byte transpose on the way out, a word transpose
// on the way in.
#define CORTICO_GATHER_QUAD           \
  "vldrw.u32 q0, [r0, q4]\n"          \
  "vldrw.u32 q1, [r4, q4]\n"          \
  "vldrw.u32 q2, [r2, q4]\n"          \
  "vldrw.u32 q3, [r6, q4]\n"          \
  "vst40.8 {q0, q1, q2, q3}, [%[u]]\n" \
  "vst41.8 {q0, q1, q2, q3}, [%[u]]\n" \
  "vst42.8 {q0, q1, q2, q3}, [%[u]]\n" \
  "vst43.8 {q0, q1, q2, q3}, [%[u]]\n"
#define CORTICO_STORE_QUAD             \
  "vld40.32 {q0, q1, q2, q3}, [%[u]]\n" \
  "vld41.32 {q0, q1, q2, q3}, [%[u]]\n" \
  "vld42.32 {q0, q1, q2, q3}, [%[u]]\n" \
  "vld43.32 {q0, q1, q2, q3}, [%[u]]\n" \
  "vpsel q1, q1, q5\n"                 \
  "vpsel q2, q2, q5\n"                 \
  "vpsel q3, q3, q5\n"                 \
  "vpsel q0, q0, q5\n"                 \
  "vstrw.32 q1, [%[t], %[p1]]\n"       \
  "vstrw.32 q2, [%[t], %[p2]]\n"       \
  "vstrw.32 q3, [%[t], %[p3]]\n"       \
  "vstrw.32 q0, [%[t]], #16\n"
  // r0, r4, r2, r6 rows; r8 step; q4 offsets; q5 fill.
  int8_t* plane = planes;
  __asm volatile(
      "mov r0, %[first]\n"
      "vidup.u32 q0, r0, #1\n"
      "ldm %[rows], {r0, r2, r4, r6}\n"
      "vmov.i32 q1, #0\n"
      "vdup.32 q2, r4\n"
      "vmax.s32 q0, q0, q1\n"
      "vmin.s32 q0, q0, q2\n"
      "vmul.i32 q0, q0, r2\n"
      "vadd.i32 q0, q0, r0\n"
      "vdup.32 q5, r6\n"
      "vmsr p0, %[inside]\n"
      "vmov r0, r2, q0[2], q0[0]\n"
      "vmov r4, r6, q0[3], q0[1]\n"
      "ldrd lr, r8, [%[columns], #32]\n"
      "vldrw.u32 q4, [%[columns]]\n"
      "wls lr, lr, 2f\n"
      "1:\n" CORTICO_GATHER_QUAD
      "vadd.i32 q4, q4, r8\n" CORTICO_STORE_QUAD
      "le lr, 1b\n"
      "2:\n"
      "ldr r8, [%[columns], #40]\n"
      "vldrw.u32 q4, [%[columns], #16]\n" CORTICO_GATHER_QUAD
      "add %[t], %[t], r8\n" CORTICO_STORE_QUAD
      : [t] "+r"(plane)
      : [rows] "r"(&rows), [columns] "r"(&columns), [first] "r"(first), [inside] "r"(inside),
        [u] "r"(quad), [p1] "i"(kPlaneBytes), [p2] "i"(2 * kPlaneBytes), [p3] "i"(3 * kPlaneBytes)
      : "r0", "r2", "r4", "r6", "r8", "lr", "q0", "q1", "q2", "q3", "q4", "q5", "memory");
#undef CORTICO_GATHER_QUAD
#undef CORTICO_STORE_QUAD
#else
  int8_t* place = planes;
  for (int32_t n = 0; n <= columns.quads; ++n, place += 16) {
    const bool last = n == columns.quads;
    if (last) place += columns.back;
    for (int row = 0; row < 4; ++row) {
      const int8_t* in = rows.input + Clamp(first + row, 0, rows.last) * rows.pitch;
      for (int column = 0; column < 4; ++column) {
        const uint32_t offset = last ? columns.last_offsets[column]
                                     : columns.offsets[column] + n * columns.step;
        std::memcpy(quad, in + offset, 4);
        const bool is_inside = (inside >> (4 * column + row)) & 1;
        for (int channel = 0; channel < 4; ++channel) {
          place[channel * kPlaneBytes + 4 * column + row] =
              is_inside ? quad[channel] : static_cast<int8_t>(rows.fill);
        }
      }
    }
  }
#endif
}

// What a tile needs of a channel, in the order it is read.
struct DepthwiseChannel {
  int32_t bias[8];        // one start for each accumulator: of a raw input, the offset is in it
  int8_t weights[4][16];  // byte 4 * column + row, at (0, 0), (0, 1), (1, 0) and (1, 1)
  int32_t multiplier;
  int32_t right;  // shift, at most 0
  int32_t left;
  int32_t nudge;  // -1 for a shift to the right, whose ties go away from zero; else 0
};

struct DepthwiseStream {
  DepthwiseChannel channel[4];  // channels 0, 2, 1, 3: the order in which narrowing interleaves
  uint32_t columns[4];          // bytes from a row of the output to its columns 0 to 3
  int8_t low[16];
  int8_t high[16];
  int32_t offset;
};

// The four vectors of a channel from its plane of weights, 3 rows and columns and zeros; returns
// their sum.
inline int32_t SpreadWeights(const int8_t* plane, DepthwiseChannel* channel) {
#if defined(__ARM_FEATURE_MVE)
  const uint32x4_t w = vldrwq_u32(reinterpret_cast<const uint32_t*>(plane));
  uint32_t carry = 0;
  const uint32x4_t moved = vshlcq_u32(w, &carry, 32);
  vstrbq_s8(channel->weights[0], vreinterpretq_s8_u32(w));
  vstrbq_s8(channel->weights[1], vreinterpretq_s8_u32(moved));
  vstrbq_s8(channel->weights[2], vreinterpretq_s8_u32(vshlq_n_u32(w, 8)));
  vstrbq_s8(channel->weights[3], vreinterpretq_s8_u32(vshlq_n_u32(moved, 8)));
  return vaddvq_s8(vreinterpretq_s8_u32(w));
#else
  int32_t sum = 0;
  std::memset(channel->weights, 0, sizeof(channel->weights));
  for (int column = 0; column < 3; ++column) {
    for (int row = 0; row < 3; ++row) {
      const int8_t weight = plane[4 * column + row];
      sum += weight;
      for (int i = 0; i < 4; ++i) {
        channel->weights[i][4 * (column + i % 2) + row + i / 2] = weight;
      }
    }
  }
  return sum;
#endif
}

inline void SetBias(int32_t bias, DepthwiseChannel* channel) {
#if defined(__ARM_FEATURE_MVE)
  vstrwq_s32(channel->bias, vdupq_n_s32(bias));
  vstrwq_s32(channel->bias + 4, vdupq_n_s32(bias));
#else
  for (int32_t& start : channel->bias) start = bias;
#endif
}

// How a tile rounds and narrows.
enum class Narrow : uint8_t {
  // Output offset -128, no clamp beyond int8, no shift to the left: what is below 0 saturates, so
  // that ties of negative numbers, the only ones VRSHL gets wrong, do not matter.
  kUnsigned,
  kAny,
};

// Four columns of output for four channels, of two rows with stride 1, of one with stride 2, from
// the planes on. The first `columns` are stored, at stream.columns[] from the rows. With both rows
// the same, the first one remains.
template <int stride, Narrow narrow>
inline void DepthwiseTile(const DepthwiseStream& stream, const int8_t* planes,
                          int32_t columns, int8_t* row_0, int8_t* row_1) {
#if defined(__ARM_FEATURE_MVE)
// Accumulators: r0 r2 r4 r6 columns 0 to 3 of row 0, r8 r10 r12 lr of row 1. VMLADAVA takes even
// registers only; operands and addresses find room in the odd ones.
// q0, q1 windows, then results; q2 weights; q3 to q6 narrowed: row 0 in q4 (channels 0 and 2) and
// q6 (1 and 3), row 1 in q5 and q3.
#define CORTICO_SUMS_STRIDE_1(plane)                                     \
  "ldm %[s]!, {r0, r2, r4, r6, r8, r10, r12, lr}\n"                      \
  "vldrw.u32 q0, [%[t], #" plane "]\n"                                   \
  "vldrw.u32 q1, [%[t], #" plane " + 8]\n"                               \
  "vldrw.u32 q2, [%[s]], #16\n"                                          \
  "vmladava.s8 r0, q0, q2\n"                                             \
  "vmladava.s8 r4, q1, q2\n"                                             \
  "vldrw.u32 q2, [%[s]], #16\n"                                          \
  "vmladava.s8 r2, q0, q2\n"                                             \
  "vmladava.s8 r6, q1, q2\n"                                             \
  "vldrw.u32 q2, [%[s]], #16\n"                                          \
  "vmladava.s8 r8, q0, q2\n"                                             \
  "vmladava.s8 r12, q1, q2\n"                                            \
  "vldrw.u32 q2, [%[s]], #16\n"                                          \
  "vmladava.s8 r10, q0, q2\n"                                            \
  "vmladava.s8 lr, q1, q2\n"                                             \
  "vmov q0[2], q0[0], r0, r4\n"                                          \
  "vmov q0[3], q0[1], r2, r6\n"                                          \
  "ldm %[s]!, {r0, r2, r4, r6}\n"                                        \
  "vmov q1[2], q1[0], r8, r12\n"                                         \
  "vmov q1[3], q1[1], r10, lr\n"
#define CORTICO_SUMS_STRIDE_2(plane)                                     \
  "ldm %[s], {r0, r2, r4, r6}\n"                                         \
  "vldrw.u32 q2, [%[s], #32]\n"                                          \
  "vldrw.u32 q0, [%[t], #" plane "]\n"                                   \
  "vmladava.s8 r0, q0, q2\n"                                             \
  "vldrw.u32 q1, [%[t], #" plane " + 8]\n"                               \
  "vmladava.s8 r2, q1, q2\n"                                             \
  "vldrw.u32 q0, [%[t], #" plane " + 16]\n"                              \
  "vmladava.s8 r4, q0, q2\n"                                             \
  "vldrw.u32 q1, [%[t], #" plane " + 24]\n"                              \
  "vmladava.s8 r6, q1, q2\n"                                             \
  "add %[s], %[s], #96\n"                                                \
  "vmov q0[2], q0[0], r0, r4\n"                                          \
  "vmov q0[3], q0[1], r2, r6\n"                                          \
  "ldm %[s]!, {r0, r2, r4, r6}\n"
// r0 multiplier, r2 right, r4 left, r6 nudge.
#define CORTICO_ROUND_UNSIGNED(q)    \
  "vqrdmulh.s32 " q ", " q ", r0\n"  \
  "vrshl.s32 " q ", r2\n"
#define CORTICO_ROUND_ANY(q)         \
  "vshl.s32 " q ", r4\n"             \
  "vqrdmulh.s32 " q ", " q ", r0\n"  \
  "vpt.s32 lt, " q ", zr\n"          \
  "vaddt.i32 " q ", " q ", r6\n"     \
  "vrshl.s32 " q ", r2\n"
#define CORTICO_TILE(SUMS, REST)                                                      \
  SUMS("0") REST("b", "q4", "q5") SUMS("2*%c[p]") REST("t", "q4", "q5")               \
  SUMS("%c[p]") REST("b", "q6", "q3") SUMS("3*%c[p]") REST("t", "q6", "q3")
#define CORTICO_REST_1_UNSIGNED(half, q, r)                                           \
  CORTICO_ROUND_UNSIGNED("q0") CORTICO_ROUND_UNSIGNED("q1")                           \
  "vqmovun" half ".s32 " q ", q0\n" "vqmovun" half ".s32 " r ", q1\n"
#define CORTICO_REST_2_UNSIGNED(half, q, r)                                           \
  CORTICO_ROUND_UNSIGNED("q0") "vqmovun" half ".s32 " q ", q0\n"
#define CORTICO_REST_1_ANY(half, q, r)                                                \
  CORTICO_ROUND_ANY("q0") CORTICO_ROUND_ANY("q1")                                     \
  "vqmovn" half ".s32 " q ", q0\n" "vqmovn" half ".s32 " r ", q1\n"
#define CORTICO_REST_2_ANY(half, q, r)                                                \
  CORTICO_ROUND_ANY("q0") "vqmovn" half ".s32 " q ", q0\n"
#define CORTICO_BYTES_UNSIGNED(q, r)                                                  \
  "vqmovnb.u16 " q ", " q "\n" "vqmovnt.u16 " q ", " r "\n" "vadd.i8 " q ", " q ", r0\n"
// r0 offset, q1 low, q2 high.
#define CORTICO_BYTES_ANY(q, r)                                                       \
  "vqadd.s16 " q ", " q ", r0\n" "vqadd.s16 " r ", " r ", r0\n"                       \
  "vqmovnb.s16 " q ", " q "\n" "vqmovnt.s16 " q ", " r "\n"                           \
  "vmax.s8 " q ", " q ", q1\n" "vmin.s8 " q ", " q ", q2\n"
#define CORTICO_CONSTANTS_UNSIGNED "mov r0, #128\n"
#define CORTICO_CONSTANTS_ANY \
  "vldrw.u32 q1, [%[s], #16]\n" "vldrw.u32 q2, [%[s], #32]\n" "ldr r0, [%[s], #48]\n"
#define CORTICO_STORE_1                                             \
  "vldrw.u32 q0, [%[s]]\n" "vctp.32 %[n]\n" "vpstt\n"               \
  "vstrwt.32 q5, [%[r1], q0]\n" "vstrwt.32 q4, [%[r0], q0]\n"
#define CORTICO_STORE_2                                             \
  "vldrw.u32 q0, [%[s]]\n" "vctp.32 %[n]\n" "vpst\n" "vstrwt.32 q4, [%[r0], q0]\n"
#define CORTICO_OPERANDS                                                                     \
  : [s] "+r"(s)                                                                              \
  : [t] "r"(planes), [n] "r"(columns), [r0] "r"(row_0), [r1] "r"(row_1),                     \
    [p] "i"(kPlaneBytes)                                                                     \
  : "r0", "r2", "r4", "r6", "r8", "r10", "r12", "lr", "q0", "q1", "q2", "q3", "q4", "q5",    \
    "q6", "memory"
  const DepthwiseStream* s = &stream;
  if constexpr (stride == 1 && narrow == Narrow::kUnsigned) {
    __asm volatile(CORTICO_TILE(CORTICO_SUMS_STRIDE_1, CORTICO_REST_1_UNSIGNED)
                   CORTICO_CONSTANTS_UNSIGNED CORTICO_BYTES_UNSIGNED("q5", "q3")
                   CORTICO_BYTES_UNSIGNED("q4", "q6") CORTICO_STORE_1 CORTICO_OPERANDS);
  } else if constexpr (stride == 1) {
    __asm volatile(CORTICO_TILE(CORTICO_SUMS_STRIDE_1, CORTICO_REST_1_ANY)
                   CORTICO_CONSTANTS_ANY CORTICO_BYTES_ANY("q5", "q3")
                   CORTICO_BYTES_ANY("q4", "q6") CORTICO_STORE_1 CORTICO_OPERANDS);
  } else if constexpr (narrow == Narrow::kUnsigned) {
    __asm volatile(CORTICO_TILE(CORTICO_SUMS_STRIDE_2, CORTICO_REST_2_UNSIGNED)
                   CORTICO_CONSTANTS_UNSIGNED
                   CORTICO_BYTES_UNSIGNED("q4", "q6") CORTICO_STORE_2 CORTICO_OPERANDS);
  } else {
    __asm volatile(CORTICO_TILE(CORTICO_SUMS_STRIDE_2, CORTICO_REST_2_ANY)
                   CORTICO_CONSTANTS_ANY
                   CORTICO_BYTES_ANY("q4", "q6") CORTICO_STORE_2 CORTICO_OPERANDS);
  }
#undef CORTICO_SUMS_STRIDE_1
#undef CORTICO_SUMS_STRIDE_2
#undef CORTICO_ROUND_UNSIGNED
#undef CORTICO_ROUND_ANY
#undef CORTICO_TILE
#undef CORTICO_REST_1_UNSIGNED
#undef CORTICO_REST_2_UNSIGNED
#undef CORTICO_REST_1_ANY
#undef CORTICO_REST_2_ANY
#undef CORTICO_BYTES_UNSIGNED
#undef CORTICO_BYTES_ANY
#undef CORTICO_CONSTANTS_UNSIGNED
#undef CORTICO_CONSTANTS_ANY
#undef CORTICO_STORE_1
#undef CORTICO_STORE_2
#undef CORTICO_OPERANDS
#else
  constexpr int kOrder[4] = {0, 2, 1, 3};
  for (int row = stride == 1 ? 1 : 0; row >= 0; --row) {
    for (int column = 0; column < 4 && column < columns; ++column) {
      for (int n = 0; n < 4; ++n) {
        const DepthwiseChannel& channel = stream.channel[n];
        // With stride 1 two columns share a window.
        const int first = stride == 1 ? column - column % 2 : 2 * column;
        const int8_t* window = planes + kOrder[n] * kPlaneBytes + 4 * first;
        const int8_t* weights = channel.weights[stride == 1 ? 2 * row + column % 2 : 0];
        uint32_t sum = static_cast<uint32_t>(channel.bias[stride == 1 ? 4 * row + column : column]);
        for (int i = 0; i < 16; ++i) sum += static_cast<uint32_t>(window[i] * weights[i]);
        int8_t* out = (row == 1 ? row_1 : row_0) + stream.columns[column] + kOrder[n];
        if constexpr (narrow == Narrow::kUnsigned) {
          const int32_t scaled =
              Requantize(static_cast<int32_t>(sum), channel.multiplier, channel.right);
          *out = ToOutput(scaled, -128, -128, 127);
        } else {
          const int32_t shifted = ShiftLeft(static_cast<int32_t>(sum), channel.left);
          const int32_t scaled = Requantize(shifted, channel.multiplier, channel.right);
          *out = ToOutput(scaled, stream.offset, stream.low[0], stream.high[0]);
        }
      }
    }
  }
#endif
}

}  // namespace cortico::kernels::mve

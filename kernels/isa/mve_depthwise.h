// MVE tiles of the 3x3 depthwise convolution, each with a plain twin of the same name and bits.
//
// One channel is a dot product, not a lane: the 16 bytes of a vector are a window of 4 columns by
// 4 rows of one channel's own plane, so that one VMLADAVA is a whole 3x3 output. With stride 1 one
// window holds 2x2 of them: four weight vectors, moved by a row, a column or both.
//
//   LoadStream      9 words of weights, parameters     ->  what the tiles read, in their order
//   LoadPlanes      4 rows of 4 neighbouring channels  ->  4 planes, [column][row]
//   DepthwiseRow    windows of 4 planes                ->  4 columns (x 2 rows) x 4 channels a tile
//
// Tried and not taken: lanes as channels, 16 bits wide (about 7 instructions per output, and
// weights of -128 are excluded); 8 columns per tile of stride 2 (.6 less per output at widths that
// 8 divides, half of the work wasted at 12).
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/common/requantize.h"
#include "kernels/isa/mve_predicate.h"

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
  uint32_t fill;             // four bytes for what is outside
};

// Four rows of the image, the nearest ones there are, as bytes from its first pixel. Bit
// 4 * column + row of `inside` says which bytes of a quad are the image's.
struct Band {
  int32_t rows[4];
  uint32_t inside;
};

// Brings a band into the planes, from column 0 of the walk on. input, pitches and quad, of 64
// bytes, are whole words.
inline __attribute__((always_inline)) void LoadPlanes(const Band& band, const ColumnWalk& columns,
                                                      const int8_t* input, int8_t* quad,
                                                      int8_t* planes) {
#if defined(__ARM_FEATURE_MVE)
// Four rows of 4 columns x 4 channels, q0 to q3. Stored as columns, channels, rows, they come back
// as a vector per channel, of columns and rows: a byte transpose on the way out, a word transpose
// on the way in.
#define CORTICO_GATHER_QUAD           \
  "vldrw.u32 q0, [r0, q4]\n"          \
  "vldrw.u32 q1, [r2, q4]\n"          \
  "vldrw.u32 q2, [r4, q4]\n"          \
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
  // r0, r2, r4, r6 rows; r8 step; q4 addresses of columns; q5 fill.
  __asm volatile(
      "ldm %[band], {r0, r2, r4, r6, r8}\n"
      "vldrw.u32 q4, [%[columns]]\n"
      "vmsr p0, r8\n"
      "ldr r10, [%[columns], #44]\n"
      "vadd.i32 q4, q4, %[input]\n"
      "ldrd lr, r8, [%[columns], #32]\n"
      "vdup.32 q5, r10\n"
      "wls lr, lr, 2f\n"
      "1:\n" CORTICO_GATHER_QUAD
      "vadd.i32 q4, q4, r8\n" CORTICO_STORE_QUAD
      "le lr, 1b\n"
      "2:\n"
      "vldrw.u32 q4, [%[columns], #16]\n"
      "ldr r8, [%[columns], #40]\n"
      "vadd.i32 q4, q4, %[input]\n" CORTICO_GATHER_QUAD
      "add %[t], %[t], r8\n" CORTICO_STORE_QUAD
      : [t] "+r"(planes)
      : [band] "r"(&band), [columns] "r"(&columns), [input] "r"(input), [u] "r"(quad),
        [p1] "i"(kPlaneBytes), [p2] "i"(2 * kPlaneBytes), [p3] "i"(3 * kPlaneBytes)
      : "r0", "r2", "r4", "r6", "r8", "r10", "lr", "q0", "q1", "q2", "q3", "q4", "q5",
        "memory" CORTICO_CHANGES_P0);
#undef CORTICO_GATHER_QUAD
#undef CORTICO_STORE_QUAD
#else
  for (int32_t n = 0; n <= columns.quads; ++n, planes += 16) {
    const bool last = n == columns.quads;
    if (last) planes += columns.back;
    for (int row = 0; row < 4; ++row) {
      const int8_t* in = input + band.rows[row];
      for (int column = 0; column < 4; ++column) {
        const uint32_t offset = last ? columns.last_offsets[column]
                                     : columns.offsets[column] + n * columns.step;
        std::memcpy(quad, in + offset, 4);
        const bool is_inside = (band.inside >> (4 * column + row)) & 1;
        for (int channel = 0; channel < 4; ++channel) {
          planes[channel * kPlaneBytes + 4 * column + row] =
              is_inside ? quad[channel] : static_cast<int8_t>(columns.fill);
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
  int32_t more;   // 0 in the last of the four
};

struct DepthwiseStream {
  DepthwiseChannel channel[4];  // channels 0, 2, 1, 3: the order in which narrowing interleaves
  uint32_t columns[4];          // bytes from a row of the output to its columns 0 to 3
  uint32_t pair[4];             // to columns 0 and 1, and to those of the row after
  int8_t low[16];
  int8_t high[16];
  int32_t offset;
  int32_t step;   // bytes of four columns of the output
  uint32_t rest;  // bit 4 * i and the three above: whether to store output i of the pair, if any
};
static_assert(sizeof(DepthwiseChannel) == 112 && sizeof(DepthwiseStream) == 4 * 112 + 76, "");

// Four neighbouring channels at the seam of the API. A tap is four bytes, at any address.
struct DepthwiseChannels {
  const int8_t* filter;
  int32_t tap_column;  // bytes from a tap to the one to the right, and below
  int32_t tap_row;
  const int32_t* multiplier;
  const int32_t* shift;
  const int32_t* bias;
  int32_t input_offset;
};

// Fills stream.channel; returns the largest shift, or 0. quad: 64 bytes.
inline __attribute__((always_inline)) int32_t LoadStream(const DepthwiseChannels& channels,
                                                         int8_t* quad, DepthwiseStream* stream) {
#if defined(__ARM_FEATURE_MVE)
// A channel's weights, q, to its place. VSHLC by 32 moves them by a column, VSHL by 8 by a row.
#define CORTICO_SPREAD(q, place)               \
  "vstrw.32 " q ", [%[s], #" place " + 32]\n"  \
  "vshl.i32 q4, " q ", #8\n"                   \
  "vstrw.32 q4, [%[s], #" place " + 64]\n"     \
  "mov r8, #0\n"                               \
  "vshlc " q ", r8, #32\n"                     \
  "vstrw.32 " q ", [%[s], #" place " + 48]\n"  \
  "vshl.i32 q4, " q ", #8\n"                   \
  "vstrw.32 q4, [%[s], #" place " + 80]\n"
#define CORTICO_BIAS(r, place)                 \
  "vdup.32 q5, " r "\n"                        \
  "vstrw.32 q5, [%[s], #" place "]\n"          \
  "vstrw.32 q5, [%[s], #" place " + 16]\n"
#define CORTICO_PARAMETERS(from, place)        \
  "vldrw.u32 q0, [%[u], #" from "]\n"          \
  "vstrw.32 q0, [%[s], #" place " + 96]\n"
// Three taps of a row; the fourth column is zero.
#define CORTICO_TAPS(q)                        \
  "ldr r0, [r8]\n"                             \
  "ldr r2, [r8, r10]\n"                        \
  "ldr r4, [r8, r10, lsl #1]\n"                \
  "add r8, r8, r12\n"                          \
  "vmov " q "[2], " q "[0], r0, r4\n"          \
  "vmov " q "[3], " q "[1], r2, r6\n"
  const DepthwiseChannels* c = &channels;
  int32_t largest;
  __asm volatile(
      "ldm %[c]!, {r8, r10, r12}\n"  // filter, tap_column, tap_row
      "mov r6, #0\n"
      "vmov.i32 q3, #0\n"
      CORTICO_TAPS("q0") CORTICO_TAPS("q1") CORTICO_TAPS("q2")
      "vst40.8 {q0, q1, q2, q3}, [%[u]]\n"
      "vst41.8 {q0, q1, q2, q3}, [%[u]]\n"
      "vst42.8 {q0, q1, q2, q3}, [%[u]]\n"
      "vst43.8 {q0, q1, q2, q3}, [%[u]]\n"
      "ldm %[c], {r8, r10, r12, lr}\n"  // multiplier, shift, bias, input offset
      "vld40.32 {q0, q1, q2, q3}, [%[u]]\n"
      "vld41.32 {q0, q1, q2, q3}, [%[u]]\n"
      "vld42.32 {q0, q1, q2, q3}, [%[u]]\n"
      "vld43.32 {q0, q1, q2, q3}, [%[u]]\n"
      // bias + input offset * sum, of the four channels in one vector and back.
      "vldrw.u32 q5, [r12]\n"
      "vaddv.s8 r0, q0\n"
      "vaddv.s8 r2, q1\n"
      "vaddv.s8 r4, q2\n"
      "vaddv.s8 r6, q3\n"
      "vmov q4[2], q4[0], r0, r4\n"
      "vmov q4[3], q4[1], r2, r6\n"
      "vmla.u32 q5, q4, lr\n"
      "vmov r0, r4, q5[2], q5[0]\n"
      "vmov r2, r6, q5[3], q5[1]\n"
      CORTICO_BIAS("r0", "0") CORTICO_BIAS("r2", "224")
      CORTICO_BIAS("r4", "112") CORTICO_BIAS("r6", "336")
      "mov r0, r8\n"
      CORTICO_SPREAD("q0", "0") CORTICO_SPREAD("q1", "224")
      CORTICO_SPREAD("q2", "112") CORTICO_SPREAD("q3", "336")
      // Four vectors of parameters, four channels each, to four channels of four parameters.
      "vldrw.u32 q0, [r0]\n"
      "vldrw.u32 q3, [r10]\n"
      "vmov.i32 q4, #0\n"
      "vmin.s32 q1, q3, q4\n"
      "vmax.s32 q2, q3, q4\n"
      "mov r0, #3\n"
      "vddup.u32 q3, r0, #1\n"
      "mov r0, #0\n"
      "vmaxv.s32 r0, q2\n"
      "vst40.32 {q0, q1, q2, q3}, [%[u]]\n"
      "vst41.32 {q0, q1, q2, q3}, [%[u]]\n"
      "vst42.32 {q0, q1, q2, q3}, [%[u]]\n"
      "vst43.32 {q0, q1, q2, q3}, [%[u]]\n"
      "mov %[largest], r0\n"
      CORTICO_PARAMETERS("0", "0") CORTICO_PARAMETERS("16", "224")
      CORTICO_PARAMETERS("32", "112") CORTICO_PARAMETERS("48", "336")
      : [largest] "=&r"(largest), [c] "+r"(c)
      : [u] "r"(quad), [s] "r"(stream)
      : "r0", "r2", "r4", "r6", "r8", "r10", "r12", "lr", "q0", "q1", "q2", "q3", "q4", "q5",
        "memory");
#undef CORTICO_TAPS
#undef CORTICO_SPREAD
#undef CORTICO_BIAS
#undef CORTICO_PARAMETERS
  return largest;
#else
  int32_t largest = 0;
  for (int n = 0; n < 4; ++n) {
    const int c = n == 1 ? 2 : n == 2 ? 1 : n;
    DepthwiseChannel& channel = stream->channel[n];
    std::memset(channel.weights, 0, sizeof(channel.weights));
    uint32_t sum = 0;
    for (int row = 0; row < 3; ++row) {
      for (int column = 0; column < 3; ++column) {
        std::memcpy(quad, channels.filter + row * channels.tap_row + column * channels.tap_column,
                    4);
        sum += static_cast<uint32_t>(int32_t{quad[c]});
        for (int i = 0; i < 4; ++i) {
          channel.weights[i][4 * (column + i % 2) + row + i / 2] = quad[c];
        }
      }
    }
    const uint32_t bias = static_cast<uint32_t>(channels.bias[c]) +
                          static_cast<uint32_t>(channels.input_offset) * sum;
    for (int32_t& start : channel.bias) start = static_cast<int32_t>(bias);
    const int32_t shift = channels.shift[c];
    channel.multiplier = channels.multiplier[c];
    channel.right = shift < 0 ? shift : 0;
    channel.left = shift < 0 ? 0 : shift;
    channel.more = 3 - c;
    if (channel.left > largest) largest = channel.left;
  }
  return largest;
#endif
}

// How a tile rounds and narrows.
enum class Narrow : uint8_t {
  // Output offset -128, no clamp beyond int8, no shift to the left: what is below 0 saturates, so
  // that ties of negative numbers, the only ones VRSHL gets wrong, do not matter.
  kUnsigned,
  kAny,
};

#if !defined(__ARM_FEATURE_MVE)
// One output of channel n of the stream. window: in the first plane; out: of the first channel.
template <Narrow narrow>
inline void DepthwiseOutput(const DepthwiseStream& stream, int n, int variant,
                            const int8_t* window, int8_t* out) {
  const DepthwiseChannel& channel = stream.channel[n];
  const int c = n == 1 ? 2 : n == 2 ? 1 : n;
  window += c * kPlaneBytes;
  uint32_t sum = static_cast<uint32_t>(channel.bias[0]);
  for (int i = 0; i < 16; ++i) {
    sum += static_cast<uint32_t>(window[i] * channel.weights[variant][i]);
  }
  const bool is_unsigned = narrow == Narrow::kUnsigned;
  const int32_t shifted = ShiftLeft(static_cast<int32_t>(sum), is_unsigned ? 0 : channel.left);
  const int32_t scaled = Requantize(shifted, channel.multiplier, channel.right);
  out[c] = is_unsigned ? ToOutput(scaled, -128, -128, 127)
                       : ToOutput(scaled, stream.offset, stream.low[0], stream.high[0]);
}
#endif

// `columns` of output for four channels from the planes on: of two rows with stride 1, of row_0
// with stride 2. With both rows the same, the first one remains. Stride 1 and kUnsigned: then the
// pair of columns after them, as stream.rest says; it costs three fifths of a tile.
template <int stride, Narrow narrow>
inline __attribute__((always_inline)) void DepthwiseRow(const DepthwiseStream& stream,
                                                        const int8_t* planes, int32_t columns,
                                                        int8_t* row_0, int8_t* row_1) {
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
// r0 multiplier, r2 right, r4 left, r6 more. Ties of a shift to the right go away from zero.
#define CORTICO_ROUND_UNSIGNED(q)    \
  "vqrdmulh.s32 " q ", " q ", r0\n"  \
  "vrshl.s32 " q ", r2\n"
#define CORTICO_ROUND_ANY(q)         \
  "vshl.s32 " q ", r4\n"             \
  "vqrdmulh.s32 " q ", " q ", r0\n"  \
  "vpt.s32 lt, " q ", zr\n"          \
  "vaddt.i32 " q ", " q ", r8\n"     \
  "vrshl.s32 " q ", r2\n"
#define CORTICO_TILE(SUMS, REST)                                                      \
  "1:\n" SUMS("0") REST("b", "q4", "q5") SUMS("2*%c[p]") REST("t", "q4", "q5")               \
  SUMS("%c[p]") REST("b", "q6", "q3") SUMS("3*%c[p]") REST("t", "q6", "q3")
// The same in half of the bytes: channels 0 and 2 first, which then make room, and 1 and 3.
#define CORTICO_HALVES(SUMS, REST)                                                    \
  "1:\n" "vmov q6, q4\n" "vmov q3, q5\n"                                              \
  SUMS("0") REST("b", "q4", "q5") SUMS("2*%c[p]") REST("t", "q4", "q5")               \
  "add %[t], %[t], %[p]\n" "cmp r6, #0\n" "bne 1b\n"
#define CORTICO_REST_1_UNSIGNED(half, q, r)                                           \
  CORTICO_ROUND_UNSIGNED("q0") CORTICO_ROUND_UNSIGNED("q1")                           \
  "vqmovun" half ".s32 " q ", q0\n" "vqmovun" half ".s32 " r ", q1\n"
#define CORTICO_REST_2_UNSIGNED(half, q, r)                                           \
  CORTICO_ROUND_UNSIGNED("q0") "vqmovun" half ".s32 " q ", q0\n"
#define CORTICO_REST_1_ANY(half, q, r)                                                \
  "asr r8, r2, #31\n" CORTICO_ROUND_ANY("q0") CORTICO_ROUND_ANY("q1")                 \
  "vqmovn" half ".s32 " q ", q0\n" "vqmovn" half ".s32 " r ", q1\n"
#define CORTICO_REST_2_ANY(half, q, r)                                                \
  "asr r8, r2, #31\n" CORTICO_ROUND_ANY("q0") "vqmovn" half ".s32 " q ", q0\n"
#define CORTICO_BYTES_UNSIGNED(q, r)                                                  \
  "vqmovnb.u16 " q ", " q "\n" "vqmovnt.u16 " q ", " r "\n" "vadd.i8 " q ", " q ", r0\n"
// r0 offset, q1 low, q2 high.
#define CORTICO_BYTES_ANY(q, r)                                                       \
  "vqadd.s16 " q ", " q ", r0\n" "vqadd.s16 " r ", " r ", r0\n"                       \
  "vqmovnb.s16 " q ", " q "\n" "vqmovnt.s16 " q ", " r "\n"                           \
  "vmax.s8 " q ", " q ", q1\n" "vmin.s8 " q ", " q ", q2\n"
#define CORTICO_CONSTANTS_UNSIGNED "mov r0, #128\n"
#define CORTICO_CONSTANTS_ANY \
  "vldrw.u32 q1, [%[s], #32]\n" "vldrw.u32 q2, [%[s], #48]\n" "ldr r0, [%[s], #64]\n"
// The next four columns.
#define CORTICO_STORE_1(first, second)                              \
  "vldrw.u32 q0, [%[s]]\n" "ldr r0, [%[s], #68]\n"                  \
  "vctp.32 %[n]\n" "vpstt\n"                                       \
  "vstrwt.32 " second ", [%[r1], q0]\n"                              \
  "vstrwt.32 " first ", [%[r0], q0]\n"                               \
  "sub %[s], %[s], #448\n" "add %[t], %[t], #16\n"                 \
  "add %[r0], %[r0], r0\n" "add %[r1], %[r1], r0\n"                \
  "subs %[n], %[n], #4\n" "bgt 1b\n"
#define CORTICO_STORE_2(first)                                      \
  "vldrw.u32 q0, [%[s]]\n" "ldr r0, [%[s], #68]\n"                  \
  "vctp.32 %[n]\n" "vpst\n" "vstrwt.32 " first ", [%[r0], q0]\n"  \
  "sub %[s], %[s], #448\n" "add %[t], %[t], #32\n"                 \
  "add %[r0], %[r0], r0\n" "subs %[n], %[n], #4\n" "bgt 1b\n"
// One window: two columns of two rows. q0 window, then results; q1, q2 weights; q3 (channels 0 and
// 2) and q4 (1 and 3) narrowed.
#define CORTICO_PAIR_CHANNEL(plane, half, q)                        \
  "ldm %[s]!, {r0, r2, r4, r6, r8, r10, r12, lr}\n"                 \
  "vldrw.u32 q0, [%[t], #" plane "]\n"                              \
  "vldrw.u32 q1, [%[s]], #16\n"                                     \
  "vmladava.s8 r0, q0, q1\n"                                        \
  "vldrw.u32 q2, [%[s]], #16\n"                                     \
  "vmladava.s8 r2, q0, q2\n"                                        \
  "vldrw.u32 q1, [%[s]], #16\n"                                     \
  "vmladava.s8 r4, q0, q1\n"                                        \
  "vldrw.u32 q2, [%[s]], #16\n"                                     \
  "vmladava.s8 r6, q0, q2\n"                                        \
  "ldm %[s]!, {r8, r10, r12, lr}\n"                                 \
  "vmov q0[2], q0[0], r0, r4\n"                                     \
  "vmov q0[3], q0[1], r2, r6\n"                                     \
  "vqrdmulh.s32 q0, q0, r8\n"                                       \
  "vrshl.s32 q0, r10\n"                                             \
  "vqmovun" half ".s32 " q ", q0\n"
#define CORTICO_PAIR                                                \
  "2:\n" "ldr r0, [%[s], #448 + 72]\n" "cmp r0, #0\n" "beq 3f\n"  \
  "vmsr p0, r0\n"                                                   \
  CORTICO_PAIR_CHANNEL("0", "b", "q3")                              \
  CORTICO_PAIR_CHANNEL("2*%c[p]", "t", "q3")                        \
  CORTICO_PAIR_CHANNEL("%c[p]", "b", "q4")                          \
  CORTICO_PAIR_CHANNEL("3*%c[p]", "t", "q4")                        \
  "mov r0, #128\n"                                                  \
  "vqmovnb.u16 q3, q3\n" "vqmovnt.u16 q3, q4\n"                     \
  "vldrw.u32 q0, [%[s], #16]\n"                                     \
  "vadd.i8 q3, q3, r0\n"                                            \
  "vpst\n" "vstrwt.32 q3, [%[r0], q0]\n"                            \
  "3:\n"
#define CORTICO_OPERANDS : CORTICO_WALKED, [r1] "+r"(row_1) CORTICO_CLOBBERED
#define CORTICO_WALKED [s] "+r"(s), [t] "+r"(planes), [n] "+r"(columns), [r0] "+r"(row_0)
#define CORTICO_CLOBBERED                                                                    \
  : [p] "i"(kPlaneBytes)                                                                     \
  : "r0", "r2", "r4", "r6", "r8", "r10", "r12", "lr", "q0", "q1", "q2", "q3", "q4", "q5",    \
    "q6", "cc", "memory" CORTICO_CHANGES_P0
  const DepthwiseStream* s = &stream;
  if constexpr (stride == 1 && narrow == Narrow::kUnsigned) {
    __asm volatile("cmp %[n], #0\n" "beq 2f\n"
                   CORTICO_TILE(CORTICO_SUMS_STRIDE_1, CORTICO_REST_1_UNSIGNED)
                   CORTICO_CONSTANTS_UNSIGNED CORTICO_BYTES_UNSIGNED("q5", "q3")
                   CORTICO_BYTES_UNSIGNED("q4", "q6") CORTICO_STORE_1("q4", "q5") CORTICO_PAIR
                   CORTICO_OPERANDS);
  } else if constexpr (stride == 1) {
    __asm volatile(CORTICO_HALVES(CORTICO_SUMS_STRIDE_1, CORTICO_REST_1_ANY)
                   CORTICO_CONSTANTS_ANY CORTICO_BYTES_ANY("q3", "q5")
                   CORTICO_BYTES_ANY("q6", "q4") "sub %[t], %[t], #2*%c[p]\n"
                   CORTICO_STORE_1("q6", "q3") CORTICO_OPERANDS);
  } else if constexpr (narrow == Narrow::kUnsigned) {
    __asm volatile(CORTICO_TILE(CORTICO_SUMS_STRIDE_2, CORTICO_REST_2_UNSIGNED)
                   CORTICO_CONSTANTS_UNSIGNED
                   CORTICO_BYTES_UNSIGNED("q4", "q6") CORTICO_STORE_2("q4")
                   : CORTICO_WALKED CORTICO_CLOBBERED);
  } else {
    __asm volatile(CORTICO_HALVES(CORTICO_SUMS_STRIDE_2, CORTICO_REST_2_ANY)
                   CORTICO_CONSTANTS_ANY
                   CORTICO_BYTES_ANY("q6", "q4") "sub %[t], %[t], #2*%c[p]\n"
                   CORTICO_STORE_2("q6") : CORTICO_WALKED CORTICO_CLOBBERED);
  }
#undef CORTICO_SUMS_STRIDE_1
#undef CORTICO_SUMS_STRIDE_2
#undef CORTICO_ROUND_UNSIGNED
#undef CORTICO_ROUND_ANY
#undef CORTICO_TILE
#undef CORTICO_HALVES
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
#undef CORTICO_PAIR_CHANNEL
#undef CORTICO_PAIR
#undef CORTICO_OPERANDS
#undef CORTICO_WALKED
#undef CORTICO_CLOBBERED
#else
  for (int row = stride == 1 ? 1 : 0; row >= 0; --row) {
    for (int32_t column = 0; column < columns; ++column) {
      int8_t* out = (row == 1 ? row_1 : row_0) + column / 4 * stream.step +
                    stream.columns[column % 4];
      // With stride 1 two columns share a window.
      const int32_t first = stride == 1 ? column & ~1 : 2 * column;
      const int variant = stride == 1 ? 2 * row + column % 2 : 0;
      for (int n = 0; n < 4; ++n) {
        DepthwiseOutput<narrow>(stream, n, variant, planes + 4 * first, out);
      }
    }
  }
  if constexpr (stride == 1 && narrow == Narrow::kUnsigned) {
    for (int i = 0; i < 4; ++i) {
      if (((stream.rest >> (4 * i)) & 1) == 0) continue;
      int8_t* out = row_0 + columns / 4 * stream.step + stream.pair[i];
      for (int n = 0; n < 4; ++n) {
        DepthwiseOutput<narrow>(stream, n, i, planes + 4 * columns, out);
      }
    }
  }
#endif
}

}  // namespace cortico::kernels::mve

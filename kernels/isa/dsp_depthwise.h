// The tiles of 3x3 depthwise convolution with the DSP extension (M4, M7, M33).
//
// A plane holds, for one channel and one pair of rows of the input, a word per column: the upper
// row in the low halfword, the lower row in the high one, int16 with the input offset added. A
// window of three rows lies in two such pairs, and SMLAD takes two of its rows at once:
//
//                          pair A      pair B
//   row                    0     1     2     3
//   window from row 0      w0    w1    w2
//   window from row 1            w0    w1    w2
//
// so a channel's weights are, for each of the three columns, the words (w0, w1) and (w1, w2): the
// first window is SMLAD of A with (w0, w1) and SMLABT (bottom times top) of B with (w1, w2), the
// second is SMLATB of A with (w0, w1) and SMLAD of B with (w1, w2). With a stride of two there is
// only the first.
//
// Each tile is one asm statement, requantization included: it takes every register but sp and pc,
// what changes once a block waits on the stack, and compilers do not form its LDM and LDRD. With
// only the products in asm an output of vww.dw1 takes 34 instructions (gcc 12) or 21 (clang 19)
// instead of 17. Where the target lacks the instructions a plain twin computes the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

// Inputs are read as words at any address. Not without optimization: the compiler keeps registers
// to itself then.
#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && defined(__OPTIMIZE__)
#define CORTICO_DSP_TILES 1
#else
#define CORTICO_DSP_TILES 0
#endif

namespace cortico::kernels::dsp {

// Columns of a plane.
inline constexpr int kPlaneColumns = 14;

// One channel. The tiles know the offsets of its members.
struct Channel {
  uint32_t taps[2][3];  // 0: (2 w(0, x), 2 w(1, x)), the first in the low halfword;
                        // 12: (2 w(1, x), 2 w(2, x))
  int32_t bias;         // 24: doubled like the weights
  int32_t multiplier;   // 28
  int32_t rounding;     // 32: 2^(shift - 1) + (zero point << shift)
  int32_t shift;        // 36: to the right, with the flags below
  uint32_t plane[2][kPlaneColumns];
};

// Halves are rounded away from zero after the shift; otherwise up.
inline constexpr int32_t kAwayFromZero = INT32_MIN;
// The last of the channels that go together.
inline constexpr int32_t kLast = 1 << 30;

inline constexpr int kLanes = 4;  // channels at a time: the bytes of a word

inline uint32_t Pair(int32_t low, int32_t high) {
  return (static_cast<uint32_t>(low) & 0xffff) | static_cast<uint32_t>(high) << 16;
}
inline int32_t Low(uint32_t pair) { return static_cast<int16_t>(pair); }
inline int32_t High(uint32_t pair) { return static_cast<int32_t>(pair) >> 16; }

// kLanes bytes at `data` and at each `step` after it; a step of 0 repeats the same ones.
struct Row {
  const int8_t* data;
  int32_t step;
};

// word[x] of channel i, for x < columns:
//   scale * (upper(x, i), lower(x, i)) + offsets
// in halfwords. `word` lies in the first of kLanes consecutive Channels. scale is 1 or 2.
template <int scale>
[[gnu::always_inline]] inline void PackRows(Row upper, Row lower, uint32_t offsets,
                                            int32_t columns, uint32_t* word) {
#if CORTICO_DSP_TILES
  uint32_t a0, a1, b0, b1, p, q;
// Widens bytes 0 and 2 of a word of both columns (rotated by 8: 1 and 3), or of one column.
#define CORTICO_WIDEN(to, from, rotation)                          \
  "sxtab16 %[" to "], %[offsets], %[" from "]" rotation "\n"       \
  ".if %c[scale] == 2\n"                                           \
  "sxtab16 %[" to "], %[" to "], %[" from "]" rotation "\n"        \
  ".endif\n"
#define CORTICO_WIDEN_TWO(from0, from1, rotation, address)         \
  CORTICO_WIDEN("a1", from0, rotation)                             \
  CORTICO_WIDEN("q", from1, rotation)                              \
  "strd %[a1], %[q], " address "\n"
#define CORTICO_WIDEN_ONE(from, rotation, address)                 \
  CORTICO_WIDEN("q", from, rotation)                               \
  "str %[q], " address "\n"
  asm volatile(
      "subs %[columns], #2\n"
      "blt 2f\n"
      "1:\n"
      // Two columns: a0, b0 and a1, b1.
      "ldr %[a0], [%[upper]]\n"
      "ldr %[a1], [%[upper], %[upper_step]]\n"
      "ldr %[b0], [%[lower]]\n"
      "ldr %[b1], [%[lower], %[lower_step]]\n"
      "add %[upper], %[upper], %[upper_step], lsl #1\n"
      "add %[lower], %[lower], %[lower_step], lsl #1\n"
      // p, a0: channels 0 and 1 of both rows; b0, b1: channels 2 and 3.
      "pkhbt %[p], %[a0], %[b0], lsl #16\n"
      "pkhtb %[b0], %[b0], %[a0], asr #16\n"
      "pkhbt %[a0], %[a1], %[b1], lsl #16\n"
      "pkhtb %[b1], %[b1], %[a1], asr #16\n"
      CORTICO_WIDEN_TWO("p", "a0", ", ror #8", "[%[word], %[channel1]]")
      CORTICO_WIDEN_TWO("b0", "b1", "", "[%[word], %[channel2]]")
      CORTICO_WIDEN_TWO("b0", "b1", ", ror #8", "[%[word], %[channel3]]")
      CORTICO_WIDEN_TWO("p", "a0", "", "[%[word]], #8")
      "subs %[columns], #2\n"
      "bge 1b\n"
      "2:\n"
      "adds %[columns], #1\n"
      "blt 3f\n"
      "ldr %[a0], [%[upper]]\n"
      "ldr %[b0], [%[lower]]\n"
      "pkhbt %[p], %[a0], %[b0], lsl #16\n"
      "pkhtb %[b0], %[b0], %[a0], asr #16\n"
      CORTICO_WIDEN_ONE("p", ", ror #8", "[%[word], %[channel1]]")
      CORTICO_WIDEN_ONE("b0", "", "[%[word], %[channel2]]")
      CORTICO_WIDEN_ONE("b0", ", ror #8", "[%[word], %[channel3]]")
      CORTICO_WIDEN_ONE("p", "", "[%[word]]")
      "3:\n"
      : [upper] "+r"(upper.data), [lower] "+r"(lower.data), [columns] "+r"(columns),
        [word] "+r"(word), [a0] "=&r"(a0), [a1] "=&r"(a1), [b0] "=&r"(b0), [b1] "=&r"(b1),
        [p] "=&r"(p), [q] "=&r"(q)
      : [upper_step] "r"(upper.step), [lower_step] "r"(lower.step), [offsets] "r"(offsets),
        [channel1] "i"(sizeof(Channel)), [channel2] "i"(2 * sizeof(Channel)),
        [channel3] "i"(3 * sizeof(Channel)), [scale] "i"(scale)
      : "cc", "memory");
#undef CORTICO_WIDEN
#undef CORTICO_WIDEN_TWO
#undef CORTICO_WIDEN_ONE
#else
  for (int32_t x = 0; x < columns; ++x, upper.data += upper.step, lower.data += lower.step) {
    for (int i = 0; i < kLanes; ++i) {
      word[i * sizeof(Channel) / 4 + x] = Pair(scale * upper.data[i] + Low(offsets),
                                               scale * lower.data[i] + High(offsets));
    }
  }
#endif
}

// `blocks` times `columns` outputs of each of kLanes channels, side by side; for stride 1 of two
// rows, `pitch` apart, for stride 2 of one. `above` and `below` are the offsets in a Channel of the
// pairs of rows, at the first column of the first window. output(x, i) is at x * pixel + i.
//
//   (sum * multiplier / 2^32 + rounding) >> shift, as int8
//
// where sum is the doubled one. The second row is written first: with a pitch of 0 it is lost.
template <int stride, int columns>
inline void Windows(const Channel* channel, int32_t above, int32_t below, int8_t* output,
                    int32_t pixel, int32_t pitch, int32_t blocks);

#if CORTICO_DSP_TILES

// In all three:
//
//   r0        channel
//   r1 to r5  multiplier, rounding, shift, output, pixel, when the sums are complete
//   stack     above, below, output, pixel, pitch, blocks; r7, in case it is the frame pointer

#define CORTICO_SUM(op, sum, x, w, addend) op " " sum ", " x ", " w ", " addend "\n"
#define CORTICO_START2(op, s0, s1, x0, x1, w, bias)                \
  CORTICO_SUM(op, s0, x0, w, bias) CORTICO_SUM(op, s1, x1, w, bias)
#define CORTICO_START3(op, s0, s1, s2, x0, x1, x2, w, bias)        \
  CORTICO_START2(op, s0, s1, x0, x1, w, bias) CORTICO_SUM(op, s2, x2, w, bias)
#define CORTICO_ADD2(op, s0, s1, x0, x1, w)                        \
  CORTICO_SUM(op, s0, x0, w, s0) CORTICO_SUM(op, s1, x1, w, s1)
#define CORTICO_ADD3(op, s0, s1, s2, x0, x1, x2, w)                \
  CORTICO_ADD2(op, s0, s1, x0, x1, w) CORTICO_SUM(op, s2, x2, w, s2)

#define CORTICO_BEGIN                                              \
  "push {r1-r7}\n"                                                 \
  "1:\n"                                                           \
  "ldr r1, [sp]\n"                                                 \
  "add r1, r0\n"
// Leaves kAwayFromZero in the carry and kLast in the sign.
#define CORTICO_LOAD_SCALE                                         \
  "ldrd r1, r2, [r0, #28]\n"                                       \
  "ldr r3, [r0, #36]\n"                                            \
  "ldrd r4, r5, [sp, #8]\n"                                        \
  "lsls lr, r3, #1\n"
#define CORTICO_SCALE_UP(sum) "smmlar " sum ", " sum ", r1, r2\n"
#define CORTICO_SCALE_AWAY(sum)                                    \
  "add lr, r2, " sum ", asr #31\n"                                 \
  "smmlar " sum ", " sum ", r1, lr\n"
#define CORTICO_STORE(sum, address)                                \
  "asr " sum ", " sum ", r3\n"                                     \
  "ssat " sum ", #8, " sum "\n"                                    \
  "strb " sum ", " address "\n"
// To the next channel; after the last one, when the output has moved by four, to the next block.
#define CORTICO_NEXT(move_output, bytes)                           \
  "add r4, #1\n"                                                   \
  "str r4, [sp, #8]\n"                                             \
  "add r0, %[channel]\n"                                           \
  "bpl 1b\n"                                                       \
  "sub r0, %[channels]\n"                                          \
  "ldrd r1, r2, [sp]\n"                                            \
  "ldr r3, [sp, #20]\n"                                            \
  move_output                                                      \
  "sub r4, #4\n"                                                   \
  "str r4, [sp, #8]\n"                                             \
  "add r1, " bytes "\n"                                            \
  "add r2, " bytes "\n"                                            \
  "strd r1, r2, [sp]\n"                                            \
  "subs r3, #1\n"                                                  \
  "str r3, [sp, #20]\n"                                            \
  "bne 1b\n"                                                       \
  "ldr r7, [sp, #24]\n"                                            \
  "add sp, #28\n"                                                  \
  "b 4f\n"
#define CORTICO_REGISTERS                                          \
  register const Channel* r0 asm("r0") = channel;                  \
  register int32_t r1 asm("r1") = above;                           \
  register int32_t r2 asm("r2") = below;                           \
  register int8_t* r3 asm("r3") = output;                          \
  register int32_t r4 asm("r4") = pixel;                           \
  register int32_t r5 asm("r5") = pitch;                           \
  register int32_t r6 asm("r6") = blocks
#define CORTICO_OPERANDS                                                              \
  : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)              \
  : [channel] "i"(sizeof(Channel)), [channels] "i"(kLanes * sizeof(Channel))          \
  : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory"

// r1 to r5: columns of a pair of rows; r6 to r8: sums of the first row, r9 to r11: of the second,
// whose last is the bias until it starts; r12, lr: weights, later the second row of the output and
// a rounding term.
template <>
[[gnu::always_inline]] inline void Windows<1, 3>(const Channel* channel, int32_t above,
                                                 int32_t below, int8_t* output, int32_t pixel,
                                                 int32_t pitch, int32_t blocks) {
  CORTICO_REGISTERS;
  asm volatile(
      CORTICO_BEGIN
      "ldr r11, [r0, #24]\n"
      "ldm r1, {r1-r5}\n"
      "ldrd r12, lr, [r0]\n"
      CORTICO_START3("smlad", "r6", "r7", "r8", "r1", "r2", "r3", "r12", "r11")
      CORTICO_START3("smlatb", "r9", "r10", "r11", "r1", "r2", "r3", "r12", "r11")
      "ldr r12, [r0, #8]\n"
      "ldr r1, [sp, #4]\n"
      CORTICO_ADD3("smlad", "r6", "r7", "r8", "r2", "r3", "r4", "lr")
      CORTICO_ADD3("smlatb", "r9", "r10", "r11", "r2", "r3", "r4", "lr")
      "add r1, r0\n"
      CORTICO_ADD3("smlad", "r6", "r7", "r8", "r3", "r4", "r5", "r12")
      CORTICO_ADD3("smlatb", "r9", "r10", "r11", "r3", "r4", "r5", "r12")
      "ldm r1, {r1-r5}\n"
      "ldrd r12, lr, [r0, #12]\n"
      CORTICO_ADD3("smlabt", "r6", "r7", "r8", "r1", "r2", "r3", "r12")
      CORTICO_ADD3("smlad", "r9", "r10", "r11", "r1", "r2", "r3", "r12")
      "ldr r12, [r0, #20]\n"
      CORTICO_ADD3("smlabt", "r6", "r7", "r8", "r2", "r3", "r4", "lr")
      CORTICO_ADD3("smlad", "r9", "r10", "r11", "r2", "r3", "r4", "lr")
      CORTICO_ADD3("smlabt", "r6", "r7", "r8", "r3", "r4", "r5", "r12")
      CORTICO_ADD3("smlad", "r9", "r10", "r11", "r3", "r4", "r5", "r12")
      CORTICO_LOAD_SCALE
      "ldr r12, [sp, #16]\n"
      "bcs 3f\n"
      CORTICO_SCALE_UP("r6") CORTICO_SCALE_UP("r7") CORTICO_SCALE_UP("r8")
      CORTICO_SCALE_UP("r9") CORTICO_SCALE_UP("r10") CORTICO_SCALE_UP("r11")
      "2:\n"
      "add r12, r4\n"
      CORTICO_STORE("r9", "[r12]")
      CORTICO_STORE("r10", "[r12, r5]")
      CORTICO_STORE("r11", "[r12, r5, lsl #1]")
      CORTICO_STORE("r6", "[r4]")
      CORTICO_STORE("r7", "[r4, r5]")
      CORTICO_STORE("r8", "[r4, r5, lsl #1]")
      CORTICO_NEXT("add r4, r5\nadd r4, r4, r5, lsl #1\n", "#12")
      "3:\n"
      CORTICO_SCALE_AWAY("r6") CORTICO_SCALE_AWAY("r7") CORTICO_SCALE_AWAY("r8")
      CORTICO_SCALE_AWAY("r9") CORTICO_SCALE_AWAY("r10") CORTICO_SCALE_AWAY("r11")
      "b 2b\n"
      "4:\n"
      CORTICO_OPERANDS);
}

// The same two columns wide: r1 to r4 columns, r6, r7 and r9, r10 sums.
template <>
[[gnu::always_inline]] inline void Windows<1, 2>(const Channel* channel, int32_t above,
                                                 int32_t below, int8_t* output, int32_t pixel,
                                                 int32_t pitch, int32_t blocks) {
  CORTICO_REGISTERS;
  asm volatile(
      CORTICO_BEGIN
      "ldr r10, [r0, #24]\n"
      "ldm r1, {r1-r4}\n"
      "ldrd r12, lr, [r0]\n"
      CORTICO_START2("smlad", "r6", "r7", "r1", "r2", "r12", "r10")
      CORTICO_START2("smlatb", "r9", "r10", "r1", "r2", "r12", "r10")
      "ldr r12, [r0, #8]\n"
      "ldr r1, [sp, #4]\n"
      CORTICO_ADD2("smlad", "r6", "r7", "r2", "r3", "lr")
      CORTICO_ADD2("smlatb", "r9", "r10", "r2", "r3", "lr")
      "add r1, r0\n"
      CORTICO_ADD2("smlad", "r6", "r7", "r3", "r4", "r12")
      CORTICO_ADD2("smlatb", "r9", "r10", "r3", "r4", "r12")
      "ldm r1, {r1-r4}\n"
      "ldrd r12, lr, [r0, #12]\n"
      CORTICO_ADD2("smlabt", "r6", "r7", "r1", "r2", "r12")
      CORTICO_ADD2("smlad", "r9", "r10", "r1", "r2", "r12")
      "ldr r12, [r0, #20]\n"
      CORTICO_ADD2("smlabt", "r6", "r7", "r2", "r3", "lr")
      CORTICO_ADD2("smlad", "r9", "r10", "r2", "r3", "lr")
      CORTICO_ADD2("smlabt", "r6", "r7", "r3", "r4", "r12")
      CORTICO_ADD2("smlad", "r9", "r10", "r3", "r4", "r12")
      CORTICO_LOAD_SCALE
      "ldr r12, [sp, #16]\n"
      "bcs 3f\n"
      CORTICO_SCALE_UP("r6") CORTICO_SCALE_UP("r7") CORTICO_SCALE_UP("r9") CORTICO_SCALE_UP("r10")
      "2:\n"
      "add r12, r4\n"
      CORTICO_STORE("r9", "[r12]")
      CORTICO_STORE("r10", "[r12, r5]")
      CORTICO_STORE("r6", "[r4]")
      CORTICO_STORE("r7", "[r4, r5]")
      CORTICO_NEXT("add r4, r4, r5, lsl #1\n", "#8")
      "3:\n"
      CORTICO_SCALE_AWAY("r6") CORTICO_SCALE_AWAY("r7")
      CORTICO_SCALE_AWAY("r9") CORTICO_SCALE_AWAY("r10")
      "b 2b\n"
      "4:\n"
      CORTICO_OPERANDS);
}

// r1 to r7: columns; r8 to r10: sums; r11, r12, lr: weights.
template <>
[[gnu::always_inline]] inline void Windows<2, 3>(const Channel* channel, int32_t above,
                                                 int32_t below, int8_t* output, int32_t pixel,
                                                 int32_t pitch, int32_t blocks) {
  CORTICO_REGISTERS;
  asm volatile(
      CORTICO_BEGIN
      "ldr r10, [r0, #24]\n"
      "ldm r1, {r1-r7}\n"
      "ldm r0, {r11, r12, lr}\n"
      CORTICO_START3("smlad", "r8", "r9", "r10", "r1", "r3", "r5", "r11", "r10")
      "ldr r1, [sp, #4]\n"
      CORTICO_ADD3("smlad", "r8", "r9", "r10", "r2", "r4", "r6", "r12")
      "add r1, r0\n"
      CORTICO_ADD3("smlad", "r8", "r9", "r10", "r3", "r5", "r7", "lr")
      "ldm r1, {r1-r7}\n"
      "ldrd r11, r12, [r0, #12]\n"
      "ldr lr, [r0, #20]\n"
      CORTICO_ADD3("smlabt", "r8", "r9", "r10", "r1", "r3", "r5", "r11")
      CORTICO_ADD3("smlabt", "r8", "r9", "r10", "r2", "r4", "r6", "r12")
      CORTICO_ADD3("smlabt", "r8", "r9", "r10", "r3", "r5", "r7", "lr")
      CORTICO_LOAD_SCALE
      "bcs 3f\n"
      CORTICO_SCALE_UP("r8") CORTICO_SCALE_UP("r9") CORTICO_SCALE_UP("r10")
      "2:\n"
      CORTICO_STORE("r8", "[r4]")
      CORTICO_STORE("r9", "[r4, r5]")
      CORTICO_STORE("r10", "[r4, r5, lsl #1]")
      CORTICO_NEXT("add r4, r5\nadd r4, r4, r5, lsl #1\n", "#24")
      "3:\n"
      CORTICO_SCALE_AWAY("r8") CORTICO_SCALE_AWAY("r9") CORTICO_SCALE_AWAY("r10")
      "b 2b\n"
      "4:\n"
      CORTICO_OPERANDS);
  (void)pitch;
}

#undef CORTICO_SUM
#undef CORTICO_START2
#undef CORTICO_START3
#undef CORTICO_ADD2
#undef CORTICO_ADD3
#undef CORTICO_BEGIN
#undef CORTICO_LOAD_SCALE
#undef CORTICO_SCALE_UP
#undef CORTICO_SCALE_AWAY
#undef CORTICO_STORE
#undef CORTICO_NEXT
#undef CORTICO_REGISTERS
#undef CORTICO_OPERANDS

#else

inline int8_t ScaleDoubled(int32_t sum, const Channel& channel) {
  const int32_t high =
      static_cast<int32_t>((int64_t{sum} * channel.multiplier + (int64_t{1} << 31)) >> 32);
  const int32_t away = channel.shift < 0 && sum < 0 ? -1 : 0;
  const int32_t value = (high + channel.rounding + away) >> (channel.shift & 0xff);
  return static_cast<int8_t>(value < -128 ? -128 : value > 127 ? 127 : value);
}

template <int stride, int columns>
inline void Windows(const Channel* channel, int32_t above, int32_t below, int8_t* output,
                    int32_t pixel, int32_t pitch, int32_t blocks) {
  for (int i = 0; i < kLanes; ++i, ++channel, ++output) {
    const uint32_t* a = reinterpret_cast<const uint32_t*>(channel) + above / 4;
    const uint32_t* b = reinterpret_cast<const uint32_t*>(channel) + below / 4;
    for (int32_t x = 0; x < blocks * columns; ++x, a += stride, b += stride) {
      int32_t first = channel->bias;
      int32_t second = channel->bias;
      for (int t = 0; t < 3; ++t) {
        const uint32_t w01 = channel->taps[0][t];
        const uint32_t w12 = channel->taps[1][t];
        first += Low(a[t]) * Low(w01) + High(a[t]) * High(w01) + Low(b[t]) * High(w12);
        second += High(a[t]) * Low(w01) + Low(b[t]) * Low(w12) + High(b[t]) * High(w12);
      }
      if (stride == 1) output[x * pixel + pitch] = ScaleDoubled(second, *channel);
      output[x * pixel] = ScaleDoubled(first, *channel);
    }
  }
}

#endif

}  // namespace cortico::kernels::dsp

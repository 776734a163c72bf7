// Armv7-M: the tile of the depthwise 3x3 convolution. See v7m.h for what the tiles have in common.
#pragma once

#include <cstdint>

#include "kernels/isa/v7m.h"

namespace cortico::kernels::v7m {

// One channel: 3, 5 or 6 neighbouring output columns, down any number of rows.
//
// The sums of a row of outputs are in registers while the taps of up to three input rows pass by;
// each input is loaded once per row of taps and serves up to three sums: 22 instructions an output
// of 6 columns, 9 of them MLA. The offset of the input is in the bias, and what padding takes away
// from a window too. Rows of taps outside the image are not entered; columns outside are not in a
// whole, and have a weight of zero in a part.
//
// Counted, not built: planes of int32 gathered per channel, whose rows one LDM loads (20 an output,
// and 2 to 4 for gathering); int8 planes, the same loads as here and the gathering on top.
enum class DepthwiseShape : uint8_t {
  kWhole6,  // the image is 6 wide, with one column of padding on both sides
  kWhole5,
  kWhole3,
  kPart6,  // 6 columns of a wider image; the first and the last tap have weights of their own
  kPart3,
  kStride2Part6,  // likewise, with stride 2
  kStride2Part3,
};

constexpr bool IsStride2(DepthwiseShape shape) { return shape >= DepthwiseShape::kStride2Part6; }
constexpr bool IsWhole(DepthwiseShape shape) { return shape <= DepthwiseShape::kWhole3; }

struct DepthwiseBias {
  int32_t left, mid, right;  // of the first, the inner and the last column
};

// Output rows whose windows have the same rows of taps; perhaps none.
struct DepthwiseSegment {
  const int8_t* end;       // input after the last row
  const int8_t* input;     // column 0 of a whole, the second tap of a part; moves from row to row
  const int32_t* weights;  // per row of taps: 3 weights; of a part, DepthwiseEdge, too
  DepthwiseBias bias;
  int32_t entry;  // DepthwiseEntry()
  int32_t step;   // of the input, from row to row of outputs
};

// Follows the weights of a row of taps of a part: the first weight for the first column, the last
// for the last column, or zeros where these taps are padding; and where their inputs are, from
// EdgeOrigin() on, or any place inside the tensor.
struct DepthwiseEdge {
  int32_t first, last, first_at, last_at;
};

struct DepthwiseBlock {
  int8_t* output;
  int32_t multiplier, add, shift;  // of ReluScale or SignedScale
  int32_t chain;                   // DepthwiseChain()
  int32_t last;                    // offset of the last column's output
  int32_t pitch;                   // of the output, from row to row
  int32_t channels;                // from column to column, of input and output
  int32_t row;                     // DepthwiseRow()
  // Windows that begin above the image, those inside, those that end below it.
  DepthwiseSegment segment[3];
};

constexpr int32_t DepthwiseColumns(DepthwiseShape shape) {
  constexpr int32_t kColumns[] = {6, 5, 3, 6, 3, 6, 3};
  return kColumns[static_cast<int32_t>(shape)];
}

// Inputs of a row of taps between first_at and last_at.
constexpr int32_t DepthwiseInputs(DepthwiseShape shape) {
  return IsStride2(shape) ? 2 * DepthwiseColumns(shape) - 1 : DepthwiseColumns(shape);
}

// Where the input pointer stands after a row of taps, in columns.
constexpr int32_t EdgeOrigin(DepthwiseShape shape) {
  constexpr int32_t kOrigin[] = {1, 1, 0, 1, 0, 3, 1};
  return kOrigin[static_cast<int32_t>(shape)];
}

// From there to the next row of the input, whose pitch is `pitch`.
constexpr int32_t DepthwiseRow(DepthwiseShape shape, int32_t pitch, int32_t channels) {
  return pitch - EdgeOrigin(shape) * channels;
}

// Bytes of code for a row of taps.
constexpr int32_t kDepthwiseRowCode[] = {25 * 4, 21 * 4, 12 * 4, 30 * 4,
                                         17 * 4, 37 * 4, 20 * 4};

// Where the asm below begins with `rows` rows of taps: each body has three, and a branch.
constexpr int32_t DepthwiseEntry(DepthwiseShape shape, int32_t rows) {
  int32_t entry = 0;
  for (int32_t i = 0; i < static_cast<int32_t>(shape); ++i) entry += 3 * kDepthwiseRowCode[i] + 4;
  return entry + (3 - rows) * kDepthwiseRowCode[static_cast<int32_t>(shape)];
}

// Where requantization begins: a chain for the sums r7, r6, r5, r4, r3, r8 per kind of scale.
constexpr int32_t DepthwiseChain(DepthwiseShape shape, ScaleKind kind) {
  const int32_t skipped = 6 - DepthwiseColumns(shape);
  return kind == ScaleKind::kRelu ? skipped * 24 : 6 * 24 + skipped * 36;
}

// All rows of the block; its segments' inputs are at their ends then.
//
// r0 input, r1 weights, r2 channels, r3-r7 sums of the first columns, r8 of the last one, r9 from
// the end of a row of taps to the next, r10-r12 weights, lr an input. On the stack: the segment
// (its second word) and the block.
#if CORTICO_V7M
static_assert(sizeof(DepthwiseSegment) == 32 && sizeof(DepthwiseBlock) == 36 + 3 * 32,
              "the layout is that of the asm");
#endif
CORTICO_TILE void RunDepthwise(DepthwiseBlock& block, DepthwiseShape shape) {
#if CORTICO_V7M
  static_cast<void>(shape);
  register const int8_t** r0 asm("r0") = &block.segment[0].input;
  register DepthwiseBlock* r1 asm("r1") = &block;
// clang-format off
#define CORTICO_WEIGHTS "ldm.w r1!, {r10, r11, r12}\n\t"
// An input 0, 1, 2, 4 or 8 columns on, and what it is multiplied with.
#define CORTICO_X0 "ldrsb.w lr, [r0]\n\t"
#define CORTICO_X1 "ldrsb.w lr, [r0, r2]\n\t"
#define CORTICO_X2 "ldrsb.w lr, [r0, r2, lsl #1]\n\t"
#define CORTICO_X4 "ldrsb.w lr, [r0, r2, lsl #2]\n\t"
#define CORTICO_X8 "ldrsb.w lr, [r0, r2, lsl #3]\n\t"
#define CORTICO_W0(sum) "mla " sum ", lr, r10, " sum "\n\t"
#define CORTICO_W1(sum) "mla " sum ", lr, r11, " sum "\n\t"
#define CORTICO_W2(sum) "mla " sum ", lr, r12, " sum "\n\t"
#define CORTICO_COLUMN "add.w r0, r0, r2\n\t"
#define CORTICO_ROW "add.w r0, r0, r9\n\t"
#define CORTICO_EDGES                     \
  "ldm.w r1!, {r10, r11, r12, lr}\n\t"    \
  "ldrsb.w r12, [r0, r12]\n\t"            \
  "ldrsb.w lr, [r0, lr]\n\t"              \
  "mla r3, r12, r10, r3\n\t"              \
  "mla r8, lr, r11, r8\n\t"
#define CORTICO_SIX                                                  \
  CORTICO_WEIGHTS                                                    \
  CORTICO_X0 CORTICO_W1("r3") CORTICO_W0("r4")                       \
  CORTICO_X1 CORTICO_W2("r3") CORTICO_W1("r4") CORTICO_W0("r5")      \
  CORTICO_X2 CORTICO_W2("r4") CORTICO_W1("r5") CORTICO_W0("r6")      \
  CORTICO_X4 CORTICO_W2("r6") CORTICO_W1("r7") CORTICO_W0("r8")      \
  CORTICO_COLUMN                                                     \
  CORTICO_X2 CORTICO_W2("r5") CORTICO_W1("r6") CORTICO_W0("r7")      \
  CORTICO_X4 CORTICO_W2("r7") CORTICO_W1("r8")
#define CORTICO_FIVE                                                 \
  CORTICO_WEIGHTS                                                    \
  CORTICO_X0 CORTICO_W1("r3") CORTICO_W0("r4")                       \
  CORTICO_X1 CORTICO_W2("r3") CORTICO_W1("r4") CORTICO_W0("r5")      \
  CORTICO_X2 CORTICO_W2("r4") CORTICO_W1("r5") CORTICO_W0("r6")      \
  CORTICO_X4 CORTICO_W2("r6") CORTICO_W1("r8")                       \
  CORTICO_COLUMN                                                     \
  CORTICO_X2 CORTICO_W2("r5") CORTICO_W1("r6") CORTICO_W0("r8")
#define CORTICO_THREE                                                \
  CORTICO_WEIGHTS                                                    \
  CORTICO_X0 CORTICO_W1("r3") CORTICO_W0("r4")                       \
  CORTICO_X1 CORTICO_W2("r3") CORTICO_W1("r4") CORTICO_W0("r8")      \
  CORTICO_X2 CORTICO_W2("r4") CORTICO_W1("r8")
#define CORTICO_STRIDE2_SIX                                          \
  CORTICO_WEIGHTS                                                    \
  CORTICO_X0 CORTICO_W1("r3")                                        \
  CORTICO_X1 CORTICO_W2("r3") CORTICO_W0("r4")                       \
  CORTICO_X2 CORTICO_W1("r4")                                        \
  CORTICO_X4 CORTICO_W1("r5")                                        \
  CORTICO_X8 CORTICO_W1("r7")                                        \
  CORTICO_COLUMN                                                     \
  CORTICO_X2 CORTICO_W2("r4") CORTICO_W0("r5")                       \
  CORTICO_X4 CORTICO_W2("r5") CORTICO_W0("r6")                       \
  CORTICO_X8 CORTICO_W2("r7") CORTICO_W0("r8")                       \
  CORTICO_COLUMN                                                     \
  CORTICO_X4 CORTICO_W1("r6")                                        \
  CORTICO_X8 CORTICO_W1("r8")                                        \
  CORTICO_COLUMN                                                     \
  CORTICO_X4 CORTICO_W2("r6") CORTICO_W0("r7")
#define CORTICO_STRIDE2_THREE                                        \
  CORTICO_WEIGHTS                                                    \
  CORTICO_X0 CORTICO_W1("r3")                                        \
  CORTICO_X1 CORTICO_W2("r3") CORTICO_W0("r4")                       \
  CORTICO_X2 CORTICO_W1("r4")                                        \
  CORTICO_X4 CORTICO_W1("r8")                                        \
  CORTICO_COLUMN                                                     \
  CORTICO_X2 CORTICO_W2("r4") CORTICO_W0("r8")
#define CORTICO_BODY(taps) taps CORTICO_ROW taps CORTICO_ROW taps CORTICO_ROW "b.w 4f\n\t"
#define CORTICO_RELU(sum)                    \
  "smull lr, " sum ", " sum ", r10\n\t"      \
  "cmn.w lr, #0x40000000\n\t"                \
  "adc.w " sum ", " sum ", r11, asr #1\n\t"  \
  "asr.w " sum ", " sum ", r12\n\t"          \
  "ssat " sum ", #8, " sum "\n\t"
#define CORTICO_SIGNED(sum)                  \
  "smull lr, " sum ", " sum ", r10\n\t"      \
  "adds.w lr, lr, lr\n\t"                    \
  "adc.w " sum ", " sum ", " sum "\n\t"      \
  "add.w r9, r11, " sum ", asr #31\n\t"      \
  "cmn.w lr, #0x80000000\n\t"                \
  "adc.w " sum ", " sum ", r9\n\t"           \
  "asr.w " sum ", " sum ", r12\n\t"          \
  "ssat " sum ", #8, " sum "\n\t"
// r0 output, r1 the column behind it, r10-r12 multiplier, add, shift; r8 is not stored yet.
#define CORTICO_CHAIN(scale)                        \
  scale("r7") "strb.w r7, [r0, r2, lsl #2]\n\t"     \
  scale("r6") "strb.w r6, [r1, r2, lsl #1]\n\t"     \
  scale("r5") "strb.w r5, [r0, r2, lsl #1]\n\t"     \
  scale("r4") "strb.w r4, [r1]\n\t"                 \
  scale("r3") "strb.w r3, [r0]\n\t"                 \
  scale("r8")
  asm volatile(
      "push {r0, r1}\n\t"
      "ldrd r2, r9, [r1, #28]\n\t"
      "mov lr, r0\n\t"
      "b.w 6f\n"
      // A row of outputs: input, weights, biases, entry and step of the segment.
      "3:\n\t"
      "ldm.w lr, {r0, r1, r3, r4, r8, r10, r12}\n\t"
      "add r12, r0, r12\n\t"
      "str r12, [lr]\n\t"
      "mov r5, r4\n\t"
      "mov r6, r4\n\t"
      "mov r7, r4\n\t"
      "add pc, r10\n\t"
      "nop\n\t"
      CORTICO_BODY(CORTICO_SIX)
      CORTICO_BODY(CORTICO_FIVE)
      CORTICO_BODY(CORTICO_THREE)
      CORTICO_BODY(CORTICO_SIX CORTICO_EDGES)
      CORTICO_BODY(CORTICO_THREE CORTICO_EDGES)
      CORTICO_BODY(CORTICO_STRIDE2_SIX CORTICO_EDGES)
      CORTICO_BODY(CORTICO_STRIDE2_THREE CORTICO_EDGES)
      // Output, multiplier, add, shift and chain of the block.
      "4:\n\t"
      "ldr r1, [sp, #4]\n\t"
      "ldm r1, {r0, r10, r11, r12, lr}\n\t"
      "add r1, r0, r2\n\t"
      "add pc, lr\n\t"
      "nop\n\t"
      CORTICO_CHAIN(CORTICO_RELU)
      "b.w 5f\n\t"
      CORTICO_CHAIN(CORTICO_SIGNED)
      "ldr r1, [sp, #4]\n\t"
      "ldr r9, [r1, #32]\n"
      // The last column, and the next row.
      "5:\n\t"
      "ldr r1, [sp, #4]\n\t"
      "ldrd lr, r10, [r1, #20]\n\t"
      "strb r8, [r0, lr]\n\t"
      "add r0, r0, r10\n\t"
      "str r0, [r1]\n\t"
      "ldr lr, [sp]\n"
      "6:\n\t"
      "ldrd r10, r11, [lr, #-4]\n\t"
      "cmp r10, r11\n\t"
      "bne.w 3b\n\t"
      // The next segment.
      "add lr, lr, #32\n\t"
      "str lr, [sp]\n\t"
      "add r10, r1, #136\n\t"
      "cmp lr, r10\n\t"
      "bne 6b\n\t"
      "add sp, #8"
      : "+r"(r0), "+r"(r1)
      :
      : "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
// clang-format on
#undef CORTICO_WEIGHTS
#undef CORTICO_X0
#undef CORTICO_X1
#undef CORTICO_X2
#undef CORTICO_X4
#undef CORTICO_X8
#undef CORTICO_W0
#undef CORTICO_W1
#undef CORTICO_W2
#undef CORTICO_COLUMN
#undef CORTICO_ROW
#undef CORTICO_EDGES
#undef CORTICO_SIX
#undef CORTICO_FIVE
#undef CORTICO_THREE
#undef CORTICO_STRIDE2_SIX
#undef CORTICO_STRIDE2_THREE
#undef CORTICO_BODY
#undef CORTICO_RELU
#undef CORTICO_SIGNED
#undef CORTICO_CHAIN
#else
  const int32_t columns = DepthwiseColumns(shape);
  const int32_t stride = IsStride2(shape) ? 2 : 1;
  for (DepthwiseSegment& segment : block.segment) {
    const int32_t rows =
        3 - (segment.entry - DepthwiseEntry(shape, 3)) / kDepthwiseRowCode[static_cast<int>(shape)];
    for (; segment.input != segment.end; segment.input += segment.step) {
      int32_t sums[6];
      for (int32_t i = 0; i < columns; ++i) sums[i] = segment.bias.mid;
      sums[0] = segment.bias.left;
      sums[columns - 1] = segment.bias.right;
      const int8_t* in = segment.input;
      const int32_t* w = segment.weights;
      for (int32_t ky = 0; ky < rows; ++ky) {
        for (int32_t i = 0; i < DepthwiseInputs(shape); ++i) {
          // Input i is the tap kx of column (i + 1 - kx) / stride.
          for (int32_t kx = 0; kx < 3; ++kx) {
            const int32_t at = i + 1 - kx;
            if (at >= 0 && at % stride == 0 && at / stride < columns) {
              sums[at / stride] += in[i * block.channels] * w[kx];
            }
          }
        }
        in += EdgeOrigin(shape) * block.channels;
        w += 3;
        if (!IsWhole(shape)) {
          sums[0] += in[w[2]] * w[0];
          sums[columns - 1] += in[w[3]] * w[1];
          w += 4;
        }
        if (ky + 1 < rows) in += block.row;
      }
      const ReluScale relu{block.multiplier, block.shift, block.add};
      const SignedScale other{block.multiplier, block.shift, block.add};
      for (int32_t i = 0; i < columns; ++i) {
        const int32_t y = block.chain == DepthwiseChain(shape, ScaleKind::kRelu) ? relu(sums[i])
                                                                                 : other(sums[i]);
        block.output[i == columns - 1 ? block.last : i * block.channels] = static_cast<int8_t>(y);
      }
      block.output += block.pitch;
    }
  }
#endif
}

}  // namespace cortico::kernels::v7m

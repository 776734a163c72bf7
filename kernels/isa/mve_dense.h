// The dense tiles of MVE: dot products of rows of int8, requantized to int8.
//
//   out(p, c) = clamp(offset + requantize_c(bias_c + sum over k < depth of x(p, k) * w(c, k)))
//
// Weights are read where they lie, row after row. The input's offset is in the bias already
// (StoreFourChannels), so that nothing but products is left to the inner loop. Nothing is read outside rows.
//
//   MultiplyQuad     four rows of x, channels in fours; depth >= 16; shifts <= 0
//   MultiplyNarrow   the same for depth <= 16 and packed weights: x stays in registers
//   MultiplyRow      one row of x, any number of channels, any depth, any shift
//   MultiplyThree    four neighbouring windows of 3x3x16 that share their columns; else MultiplyQuad
//
// VMLADAVA takes even registers only, so the accumulators of the first two are r0, r2, r4, r6 and
// r8, r10, r12, lr, all there are: no register is left for the end of a loop, and what is needed
// once per tile is on the stack. A tile is 4 rows of x times 2 channels; two tiles, of the channels
// c, c + 2 and c + 1, c + 3, make a vector of 16 bytes, a word for each row of x: the order is that
// of narrowing twice into bottom and top halves.
//
// The assembly is in mve_dense_tiles.h; here are the arguments and the plain twins.
#pragma once

#include <cstdint>

#include "kernels/common/requantize.h"
#include "kernels/isa/mve.h"

namespace cortico::kernels::mve {

struct OutputStage {
  int32_t offset;
  int32_t min;
  int32_t max;
};

// The constants of two channels. Four channels are two pairs, c with c + 2 and c + 1 with c + 3.
// Shifts are bytes, of which VRSHL looks at the lowest: 20 bytes instead of 24 are four channels
// more on the stack, for one instruction per tile.
struct ChannelPair {
  int32_t bias[2];
  int32_t multiplier[2];
  int8_t shift[4];  // the last two are not used
};

// Two channels for MultiplyNarrow.
struct NarrowPair {
  int8_t weights[2][16];  // zeros after depth
  ChannelPair constants;
};

// What MultiplyQuad and MultiplyNarrow work on. For the assembly of MultiplyQuad: two blocks that it
// copies to its stack, what it takes to registers, and the rest.
// First SetQuad (and PrepareQuad) or SetNarrow, then any number of calls.
struct QuadArgs {
  QuadArgs* self;
  uintptr_t code[6];  // PrepareQuad's

  const void* pairs;  // ChannelPair or NarrowPair
  const void* pairs_end;  // after an even number
  int32_t skip;           // 2 * depth
  int32_t tail;           // depth % 16; MultiplyNarrow: depth
  int32_t blocks;         // whole blocks of 7 steps, after those of first_bytes
  int32_t blocks_left;
  int32_t first_bytes;  // code of the steps before the first whole block

  const int8_t* weights;    // row of the first channel
  const int8_t* x[4];       // may be equal to each other; changed by MultiplyNarrow
  const int8_t* weights_2;  // row of the third channel
  int8_t* out[4];           // 4-byte aligned; equal where the rows of x are
  OutputStage stage;
  int32_t quads;     // at least 1; changed
  int32_t x_step;    // from a row of x to that of the next quad
  int32_t out_skip;  // from the end of a quad's output to the next quad's

  void SetQuad(const int8_t* rows, int32_t depth, const ChannelPair* first, int32_t channels) {
    // A step is 16 of depth. The first step is apart, for it starts the sums: with a block of 7 it
    // makes a depth of 128.
    const int32_t steps = depth / 16 - 1;
    self = this;
    pairs = first;
    pairs_end = first + channels / 2;
    skip = 2 * depth;
    tail = depth % 16;
    blocks = blocks_left = steps == 0 ? 0 : (steps - 1) / 7;
    first_bytes = (steps - 7 * blocks) * 14 * 4;
    weights = rows;
    weights_2 = rows + skip;
  }
  void SetNarrow(int32_t depth, const NarrowPair* first, int32_t channels) {
    pairs = first;
    pairs_end = first + channels / 2;
    tail = depth;
  }
};

// Windows p = 0 .. 3 of three taps by three: rows[i] + 16 * p is the row i of window p.
struct ThreeArgs {
  const int8_t* weights;
  const int8_t* rows[3];  // six columns each
  const ChannelPair* pairs;
  const int8_t* weights_2;  // row of the third channel
  int8_t* out[4];           // 4-byte aligned
  const ChannelPair* pairs_end;
  int32_t skip;  // 2 * depth
  int32_t relu;  // 1: IsFullRelu
  OutputStage stage;
};

struct RowArgs {
  const int8_t* x;
  const int8_t* weights[4];  // the first four rows; may be equal to each other
  const int32_t* bias;       // one per channel
  int8_t* out;
  int32_t blocks;   // of four channels
  int32_t pairs;    // depth / 32
  int32_t rest;     // depth % 32
  int32_t advance;  // from the end of a row, in whole steps, to the fourth row after it
  int32_t lanes;    // channels stored per block: 4, or 1 to 3 with one block
  OutputStage stage;
  const int32_t* multiplier;  // four for each block, or for all of them
  const int32_t* shift;
  uintptr_t per_channel;  // 0 or 1; the assembly keeps an address here

  // Rows of weights one after the other.
  __attribute__((noinline)) void SetWeights(const int8_t* rows, int32_t depth, int32_t count) {
    for (int32_t i = 0; i < 4; ++i) weights[i] = rows + (i < count ? i : 0) * depth;
    pairs = depth / 32;
    rest = depth % 32;
    advance = 4 * depth - (depth + 15) / 16 * 16;
    blocks = count < 4 ? 1 : count / 4;
    lanes = count < 4 ? count : 4;
  }
};

namespace plain {

// The constants of four channels; the second pair is `second` bytes after the first. biases may be
// null, sums are those of the weights.
inline void StoreFourChannels(ChannelPair* first, int32_t second, const int32_t* sums,
                              int32_t input_offset, const int32_t* biases,
                              const int32_t* multipliers, const int32_t* shifts) {
  auto* const other = reinterpret_cast<ChannelPair*>(reinterpret_cast<char*>(first) + second);
  for (int32_t c = 0; c < 4; ++c) {
    ChannelPair& pair = c % 2 == 0 ? *first : *other;
    pair.bias[c / 2] = (biases != nullptr ? biases[c] : 0) + input_offset * sums[c];
    pair.multiplier[c / 2] = multipliers[c];
    pair.shift[c / 2] = static_cast<int8_t>(shifts[c]);
  }
}

inline int32_t DotProduct(const int8_t* x, const int8_t* w, int32_t depth) {
  int32_t sum = 0;
  for (int32_t k = 0; k < depth; ++k) sum += x[k] * w[k];
  return sum;
}

inline int8_t Finish(int32_t sum, int32_t multiplier, int32_t shift, const OutputStage& stage) {
  return ToOutput(Requantize(sum, multiplier, shift), stage.offset, stage.min, stage.max);
}

inline int8_t Finish(int32_t sum, const ChannelPair& pair, int32_t i, const OutputStage& stage) {
  return Finish(pair.bias[i] + sum, pair.multiplier[i], pair.shift[i], stage);
}

inline void MultiplyQuad(QuadArgs* in) {
  const QuadArgs& args = *in;
  const auto* const pairs = static_cast<const ChannelPair*>(args.pairs);
  const auto* const pairs_end = static_cast<const ChannelPair*>(args.pairs_end);
  const int32_t depth = args.skip / 2;
  const auto count = static_cast<int32_t>(2 * (pairs_end - pairs));
  for (int32_t quad = 0; quad < args.quads; ++quad) {
    for (int32_t c = 0; c < count; ++c) {
      const ChannelPair& pair = pairs[c / 4 * 2 + c % 2];
      for (int32_t p = 0; p < 4; ++p) {
        const int8_t* x = args.x[p] + quad * args.x_step;
        const int32_t sum = DotProduct(x, args.weights + c * depth, depth);
        args.out[p][quad * (count + args.out_skip) + c] =
            Finish(sum, pair, c / 2 % 2, args.stage);
      }
    }
  }
}

inline void MultiplyNarrow(QuadArgs* in, bool) {
  const QuadArgs& args = *in;
  const auto* const pairs = static_cast<const NarrowPair*>(args.pairs);
  const auto* const pairs_end = static_cast<const NarrowPair*>(args.pairs_end);
  const auto count = static_cast<int32_t>(2 * (pairs_end - pairs));
  for (int32_t quad = 0; quad < args.quads; ++quad) {
    for (int32_t c = 0; c < count; ++c) {
      const NarrowPair& pair = pairs[c / 4 * 2 + c % 2];
      for (int32_t p = 0; p < 4; ++p) {
        const int8_t* x = args.x[p] + quad * args.x_step;
        const int32_t sum = DotProduct(x, pair.weights[c / 2 % 2], args.tail);
        args.out[p][quad * (count + args.out_skip) + c] =
            Finish(sum, pair.constants, c / 2 % 2, args.stage);
      }
    }
  }
}

inline void MultiplyThree(const ThreeArgs& args) {
  const int32_t depth = 3 * 48;
  const auto count = static_cast<int32_t>(2 * (args.pairs_end - args.pairs));
  for (int32_t c = 0; c < count; ++c) {
    for (int32_t p = 0; p < 4; ++p) {
      int32_t sum = 0;
      for (int32_t ky = 0; ky < 3; ++ky) {
        sum += DotProduct(args.rows[ky] + 16 * p, args.weights + c * depth + 48 * ky, 48);
      }
      args.out[p][c] = Finish(sum, args.pairs[c / 4 * 2 + c % 2], c / 2 % 2, args.stage);
    }
  }
}

inline void MultiplyRow(RowArgs* in) {
  const RowArgs& args = *in;
  const int32_t depth = 32 * args.pairs + args.rest;
  for (int32_t block = 0; block < args.blocks; ++block) {
    for (int32_t i = 0; i < args.lanes; ++i) {
      const int32_t q = (args.per_channel != 0 ? 4 * block : 0) + i;
      const int32_t sum =
          args.bias[4 * block + i] +
          DotProduct(args.x, args.weights[i] + 4 * block * depth, depth);
      args.out[4 * block + i] = Finish(sum, args.multiplier[q], args.shift[q], args.stage);
    }
  }
}

}  // namespace plain

}  // namespace cortico::kernels::mve

#if CORTICO_HAS_MVE
#include "kernels/isa/mve_dense_tiles.h"  // IWYU pragma: export
#else
namespace cortico::kernels::mve {
inline void PrepareQuad(QuadArgs*, bool) {}
}  // namespace cortico::kernels::mve
#endif

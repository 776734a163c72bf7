// What convolutions and matrix products share on the DSP extension: three columns of activations
// (an input window or a row of a matrix each) times all rows of weights.
//
// The columns are widened into a panel (kernels/isa/dsp.h) in memory that Arm's scratch sizes
// hardly grant, so the work is cut twice where it has to be: along the depth into slices, each
// with a panel that fits, and along the rows into groups whose unfinished sums fit beside it.
#pragma once

#include <cstdint>

#include "arm_nnfunctions.h"
#include "kernels/isa/dsp.h"

namespace cortico::kernels::dsp {

// The stack that panels and sums take: with the frames around it less than 1 KB.
inline constexpr int32_t kArenaWords = 176;
// The tiles want a whole group of four.
inline constexpr int32_t kMinDepth = 4;

// How a sum becomes an output. All are exact; the first three are what shifts of -1 to -21 and
// sums below 2^30 allow (PairWork in kernels/isa/dsp.h).
enum class Finish : uint8_t {
  kRelu,     // negative sums saturate anyway, and int8 is the range
  kSigned,   // int8 is the range
  kClamped,  // any range
  kAny,      // any range, shift, multiplier and bias
};

// Rows of weights and what is done with their sums.
struct Rows {
  const int8_t* filter;  // [count][depth]
  int32_t depth;         // kMinDepth or more
  int32_t count;         // 1 or more
  const int32_t* start;  // what the sums start from: bias, or null for zeros
  const int32_t* multiplier;
  const int32_t* shift;
  int32_t quant_step;  // 1: one multiplier and shift per row; 0: one for all
  int32_t offset;
  cmsis_nn_activation range;
  Finish finish;

  // From a row to the other one of its pair, which for a single row is itself.
  int32_t pitch() const { return count > 1 ? depth : 0; }
};

// The fastest way that is exact for these rows.
Finish ChooseFinish(const Rows& rows);

// The output of a row.
int8_t FinishSum(const Rows& rows, int32_t row, int32_t sum);

// Whether the tile makes the outputs; otherwise sums start and end in memory.
bool TileFinishes(const Rows& rows);

// Memory and cuts. A slice is a number of groups of four along the depth; what is left at the end
// of the depth (depth % 4) belongs to the last slice and makes a panel of one group of its own.
struct Plan {
  uint32_t* panel;
  int32_t* sums;  // of a group, three columns for each row
  int32_t slice;  // groups of four in a slice
  int32_t group;  // rows in a group; even, or all of them
};

struct Memory {
  uint32_t* words;
  int32_t size;
};

// The panel goes to memory and, if it does not fit, what fits of it; sums to what is left of
// memory. If extra memory is the larger one, the panel goes there and the sums to memory.
Plan MakePlan(const Rows& rows, Memory memory, Memory extra);

// Where the outputs of three columns go: columns 1 and 2 are so many bytes from column 0. Columns
// that are one and the same (at the end of the work) go to one address.
struct Outputs3 {
  int8_t* column_0;
  int32_t column_1;
  int32_t column_2;
};

// A slice's panel times the rows [begin, end) of a group. first: the slice is the depth's first;
// last: its last, after which the sums become outputs.
struct Pass3 {
  int32_t begin;
  int32_t end;
  int32_t depth;  // of the slice's first element
  bool first;
  bool last;
};
void MultiplyRows3(const Rows& rows, const Plan& plan, const Pass3& pass, const Outputs3& out);

// Writes a panel of columns that come piece by piece.
class PanelWriter {
 public:
  PanelWriter(uint32_t* panel, int32_t pitch, int32_t offset)
      : next_(panel), pitch_(pitch), offset_(Pair(offset)) {}

  // Begins a panel of that many groups, 1 or more.
  void Begin(int32_t groups) {
    next_[0] = -static_cast<uint32_t>(groups) & 3;
    next_[1] = static_cast<uint32_t>(pitch_);
    next_ += kPanelHeader;
  }
  void Append(const int8_t* const (&x)[3], int32_t groups);
  void End() { next_[-1] = kPanelEnd; }
  // Instead of End(): a panel of the last 1 to 3 elements of the columns, which as many zeros in
  // front of each make four.
  void EndWithTail(const int8_t* const (&x)[3], int32_t size, int32_t zero);

 private:
  static uint32_t Pair(int32_t value) {
    return (static_cast<uint32_t>(value) & 0xffff) | static_cast<uint32_t>(value) << 16;
  }

  uint32_t* next_;
  int32_t pitch_;
  uint32_t offset_;
};

// Three columns times all rows. fill(panel, depth, groups, tail) writes the columns' panel of a
// slice: so many groups from element depth on, then tail (0 to 3) more elements.
template <typename Fill>
void MultiplyColumns3(const Rows& rows, const Plan& plan, const Outputs3& out, Fill&& fill) {
  const int32_t groups = rows.depth / 4;
  Pass3 pass;
  for (pass.begin = 0; pass.begin < rows.count; pass.begin = pass.end) {
    pass.end = rows.count - pass.begin < plan.group ? rows.count : pass.begin + plan.group;
    for (int32_t done = 0; done < groups;) {
      const int32_t slice = groups - done < plan.slice ? groups - done : plan.slice;
      pass.depth = 4 * done;
      pass.first = done == 0;
      done += slice;
      pass.last = done == groups;
      fill(plan.panel, pass.depth, slice, pass.last ? rows.depth % 4 : 0);
      MultiplyRows3(rows, plan, pass, out);
    }
  }
}

}  // namespace cortico::kernels::dsp

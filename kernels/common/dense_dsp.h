// What convolutions and matrix products share on the DSP extension: three columns of activations
// (an input window or a row of a matrix each) times all rows of weights.
//
// The columns are widened into a panel (kernels/isa/dsp.h), 7 bytes for each 4 of them, which is
// more than Arm's scratch sizes grant. It lies on the stack if it is small, else at the end of the
// output, in place of outputs that are not computed yet. For what is computed last the work is cut:
// along the depth into slices, each with a panel that fits somewhere, and along the rows into
// groups whose unfinished sums fit beside it.
#pragma once

#include <cstdint>

#include "arm_nnfunctions.h"
#include "kernels/isa/dsp.h"

namespace cortico::kernels::dsp {

// The tiles want a whole group of four.
inline constexpr int32_t kMinDepth = 4;

constexpr int32_t PanelWords(int32_t depth) {
  return kPanelHeader + depth / 4 * kPanelGroup +
         (depth % 4 != 0 ? kPanelHeader + kPanelGroup : 0);
}

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
  // What each of three columns adds to all its sums, or null: for Multiplier3.
  const int32_t* column_start = nullptr;

  // From a row to the other one of its pair, which for a single row is itself.
  int32_t pitch() const { return count > 1 ? depth : 0; }
  // To as many rows after these.
  void Advance() {
    filter += count * depth;
    if (start != nullptr) start += count;
    multiplier += count * quant_step;
    shift += count * quant_step;
  }
};

// The fastest way that is exact for these rows.
Finish ChooseFinish(const Rows& rows);

// The output of a row.
int8_t FinishSum(const Rows& rows, int32_t row, int32_t sum);

// Whether the tile makes the outputs; otherwise it leaves sums in memory.
bool TileFinishes(const Rows& rows);

struct Memory {
  uint32_t* words;
  int32_t size;
};

// Where panel and sums are, and the cuts. A slice is a number of groups of four along the depth;
// what is left at the end of the depth (depth % 4) belongs to the last slice.
struct Plan {
  uint32_t* panel;
  int32_t* sums;  // of a group, three columns for each row
  int32_t slice;  // groups of four in a slice
  int32_t group;  // rows in a group; even, or all of them
};

// The panel goes to memory and, if it does not fit, what fits of it; sums to what is left of
// memory. If extra memory is the larger one, the panel goes there and the sums to memory.
Plan MakePlan(const Rows& rows, Memory memory, Memory extra);

// Writes a panel of columns that come piece by piece.
class PanelWriter {
 public:
  // offset: the input's, which is added to each element.
  PanelWriter(uint32_t* panel, int32_t pitch, int32_t offset)
      : next_(panel), pitch_(pitch), offset_((static_cast<uint32_t>(offset) & 0xffff) * 0x10001) {}

  // Begins a panel of that many groups of four, 1 or more.
  void Begin(int32_t groups) {
    next_[0] = -static_cast<uint32_t>(groups) & 7;
    next_[1] = static_cast<uint32_t>(pitch_);
    next_ += kPanelHeader;
  }
  void Append(const int8_t* x0, const int8_t* x1, const int8_t* x2, int32_t groups);
  // Ends the panel; before that, takes 0 to 3 more elements from where Append stopped. The four
  // bytes before these must be readable.
  void End(int32_t tail) {
    next_[-1] = kPanelEnd;
    if (tail != 0) AppendTail(tail);
  }

 private:
  void AppendTail(int32_t size);

  uint32_t* next_;
  int32_t pitch_;
  uint32_t offset_;
  const int8_t* x_[3];  // where Append stopped
};

// Multiplies column after column with all rows.
class Multiplier3 {
 public:
  // output_end: no output is computed there after those of the current columns; null if some were
  // before. scratch: memory for a panel only.
  Multiplier3(const Rows& rows, Memory arena, Memory scratch, int8_t* output_end)
      : rows_(rows), arena_(arena), scratch_(scratch), output_end_(output_end) {
    plan_ = MakePlan(rows, arena, scratch);
    whole_until_ = IsWhole() ? UINTPTR_MAX : 0;
    work_.weights_step = 2 * rows.depth;
    work_.zero_point_2 = 2 * rows.offset + 1;
  }

  // Columns with outputs from `out` on: columns 1 and 2 are so many bytes from column 0, which is 0
  // where a column is there only for company. fill(panel, depth, groups, tail) writes the columns'
  // panel of a slice: so many groups from element depth on, then tail (0 to 3) more elements.
  template <typename Fill>
  void Multiply(int8_t* out, int32_t column_1, int32_t column_2, Fill&& fill) {
    work_.column_1 = column_1;
    work_.column_2 = column_2;
    const int32_t groups = rows_.depth / 4;
    int8_t* const free = out + column_2 + rows_.count;
    if (reinterpret_cast<uintptr_t>(free) <= whole_until_ || PlanHere(free)) {
      fill(plan_.panel, 0, groups, rows_.depth % 4);
      MultiplyWhole(out);
      return;
    }
    for (int32_t begin = 0; begin < rows_.count; begin += plan_.group) {
      for (int32_t done = 0; done < groups; done += plan_.slice) {
        const bool last = groups - done <= plan_.slice;
        fill(plan_.panel, 4 * done, last ? groups - done : plan_.slice,
             last ? rows_.depth % 4 : 0);
        MultiplySlice(out, begin, done, last);
      }
    }
  }

 private:
  bool IsWhole() const { return TileFinishes(rows_) && plan_.slice == rows_.depth / 4; }
  // Plans with the output from `free` on; true if it holds a whole panel.
  bool PlanHere(int8_t* free);
  void MultiplyWhole(int8_t* out);
  void MultiplySlice(int8_t* out, int32_t begin, int32_t done, bool last);
  // Pairs of rows from `row` on, with the panel of a slice that begins at depth. Unless start, the
  // sums go on where those of the slice before have been stored.
  void Run(int8_t* out, int32_t row, int32_t pairs, int32_t depth, bool start);
  __attribute__((noinline)) void RunPairByPair(int32_t row, int32_t pairs, bool start);

  const Rows& rows_;
  const Memory arena_;
  const Memory scratch_;
  int8_t* const output_end_;
  Plan plan_;
  // The address up to which outputs do not touch the plan's panel, if it is a whole one; else 0.
  uintptr_t whole_until_;
  PairWork work_;
};

}  // namespace cortico::kernels::dsp

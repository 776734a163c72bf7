// DSP extension: rows of the input three at a time (common/dense_dsp.h), what is left of them, one
// or, in most models, the only one, alone: widened once, then multiplied with four rows of the
// filter at a time, so that each of its elements is loaded once for four products. For fewer rows
// than that it is widened as it goes.
//
// The filter's offset is taken out of the products: it multiplies the sum of the inputs.
#include "kernels/common/dense_dsp.h"
#include "kernels/fully_connected_s8/fully_connected_s8.h"

namespace cortico::kernels {
namespace {

using dsp::Rows;

// Words of stack: for one row a depth of 640 in three slices, with the sums of 48 rows; for three,
// whose pairs of sums are laid out one by one on the stack as well, a depth of 44.
constexpr int32_t kArena = 148;
constexpr int32_t kMinSums = 32;
constexpr int32_t kPanelArena = dsp::PanelWords(44);

int32_t Min(int32_t a, int32_t b) { return a < b ? a : b; }

uint32_t Pair(int32_t value) { return (static_cast<uint32_t>(value) & 0xffff) * 0x10001; }

// Sum of the elements of a row.
int32_t RowSum(const int8_t* x, int32_t depth) {
  constexpr uint32_t kOnes = 0x00010001;
  int32_t sum = 0;
  for (; depth >= 4; depth -= 4, x += 4) {
    const uint32_t bytes = dsp::Load4(x);
    sum = dsp::Smlad(dsp::Sxtb16(bytes), kOnes, sum);
    sum = dsp::Smlad(dsp::Sxtb16Odd(bytes), kOnes, sum);
  }
  for (; depth > 0; --depth) sum += *x++;
  return sum;
}

// What a row of the input adds to all its sums.
int32_t Start(const FullyConnectedArgs& args, const int8_t* row) {
  if (args.filter_offset == 0) return 0;
  return (RowSum(row, args.depth) + args.depth * args.input_offset) * args.filter_offset;
}

// Groups of four elements of x plus offset as the tile reads them; then, if tail is not 0, so many
// more after as many zeros as make four.
void WidenColumn(uint32_t* column, const int8_t* x, int32_t groups, int32_t tail, int32_t offset) {
  const uint32_t offsets = Pair(offset);
#pragma GCC unroll 4
  for (; groups > 0; --groups, x += 4, column += 2) {
    const uint32_t bytes = dsp::Load4(x);
    column[0] = dsp::Sxtab16(offsets, bytes);
    column[1] = dsp::Sxtab16Odd(offsets, bytes);
  }
  if (tail != 0) {
    const uint32_t bytes = dsp::Load4(x + tail - 4);
    column[0] = dsp::Sxtab16(offsets, bytes) & (tail > 1 ? 0xffff0000 : 0);
    column[1] = dsp::Sxtab16Odd(offsets, bytes) & (tail > 2 ? 0xffffffff : 0xffff0000);
  }
}

// One row of the input with four rows of the filter at a time. start: is added to every sum.
__attribute__((noinline)) void MultiplyByFours(const Rows& rows, const int8_t* input,
                                               int32_t input_offset, int32_t start,
                                               int8_t* output) {
  const int32_t groups = rows.depth / 4;
  const int32_t tail = rows.depth % 4;
  const int32_t quads = (rows.count + 3) / 4;
  // The tile starts from the bias and makes the outputs if it can. Otherwise, and if the column is
  // too long and is cut into slices, sums of a block of rows lie in memory, behind the column.
  const bool direct = rows.start != nullptr && start == 0 && rows.quant_step == 0 && tail == 0 &&
                      rows.finish <= dsp::Finish::kSigned;
  uint32_t arena[kArena];
  int32_t slice = groups;
  int32_t block = quads;
  if (!direct || 2 * groups > kArena) {
    for (int32_t slices = 2; 2 * slice + 2 > kArena - kMinSums; ++slices) {
      slice = (groups + slices - 1) / slices;
    }
    block = Min(quads, (kArena - 2 * slice - 2) / 4);
  }
  int32_t* const sums = reinterpret_cast<int32_t*>(arena) + 2 * slice + 2;
  // The last rows of an uneven number come with some that are computed again.
  const auto row_of = [&](int32_t quad) { return Min(4 * quad, rows.count - 4); };

  dsp::QuadWork work;
  work.pitch = rows.depth;
  work.multiplier = rows.multiplier[0];
  work.shift = ~rows.shift[0];
  work.constant = direct ? ShiftLeft(2 * rows.offset + 1, work.shift) : 0;
  // Quads [begin, end) with a column that begins at element depth.
  const auto run = [&](int32_t begin, int32_t end, int32_t depth, bool from_bias, bool finish) {
    int32_t* sum = sums;
    for (int32_t quad = begin, count; quad < end; quad += count, sum += 4 * count) {
      const int32_t row = row_of(quad);
      count = row == 4 * quad ? Min(end, rows.count / 4) - quad : 1;
      work.weights = rows.filter + row * rows.depth + depth;
      work.start = from_bias ? rows.start + row : sum;
      work.sums = finish ? nullptr : sum;
      work.out = output + row;
      work.count = count;
      dsp::MultiplyQuads(work);
    }
  };
  for (int32_t begin = 0; begin < quads; begin += block) {
    const int32_t end = Min(quads, begin + block);
    if (!direct) {
      int32_t* sum = sums;
      for (int32_t quad = begin; quad < end; ++quad) {
        const int32_t row = row_of(quad);
        for (int32_t i = row; i < row + 4; ++i) {
          *sum++ = start + (rows.start != nullptr ? rows.start[i] : 0);
        }
      }
    }
    for (int32_t done = 0; done < groups; done += slice) {
      const bool last = groups - done <= slice;
      work.column = arena;
      work.groups = last ? groups - done : slice;
      WidenColumn(arena, input + 4 * done, work.groups, last ? tail : 0, input_offset);
      run(begin, end, 4 * done, direct && done == 0, direct && last);
      if (last && tail != 0) {
        work.column += 2 * work.groups;
        work.groups = 1;
        run(begin, end, rows.depth - 4, false, false);
      }
    }
    if (!direct) {
      const int32_t* sum = sums;
      for (int32_t quad = begin; quad < end; ++quad) {
        const int32_t row = row_of(quad);
        for (int32_t i = row; i < row + 4; ++i, ++sum) {
          output[i] = rows.finish == dsp::Finish::kAny ? dsp::FinishSum(rows, i, *sum)
                                                       : dsp::FinishSumFast(rows, i, *sum);
        }
      }
    }
  }
}

// One row of the input with a filter of one to three rows, at most two at a time.
void MultiplyByTwos(const Rows& rows, const int8_t* input, int32_t input_offset, int32_t start,
                    int8_t* output) {
  for (int32_t row = 0; row < rows.count; row += 2) {
    const int32_t second = row + 1 < rows.count ? 1 : 0;
    const int8_t* w0 = rows.filter + row * rows.depth;
    const int8_t* w1 = w0 + second * rows.depth;
    int32_t a = start;
    int32_t b = start;
    dsp::Dot1x2(input, w0, w1, rows.depth / 4, Pair(input_offset), a, b);
    for (int32_t i = rows.depth / 4 * 4; i < rows.depth; ++i) {
      a += (input[i] + input_offset) * w0[i];
      b += (input[i] + input_offset) * w1[i];
    }
    if (rows.start != nullptr) {
      a += rows.start[row];
      b += rows.start[row + second];
    }
    output[row] = dsp::FinishSum(rows, row, a);
    output[row + second] = dsp::FinishSum(rows, row + second, b);
  }
}

// Three rows of the input at a time, then two if they are left; not one.
__attribute__((noinline)) void MultiplyRows(Rows& rows, const FullyConnectedArgs& args) {
  uint32_t arena[kPanelArena];
  int32_t column_start[3] = {};
  if (args.filter_offset != 0) rows.column_start = column_start;
  const int8_t* input = args.input;
  int8_t* output = args.output;
  int32_t left = args.batches;
  dsp::Multiplier3 multiplier(rows, {arena, kPanelArena}, {nullptr, 0},
                              output + left * rows.count);
  for (; left > 1; left -= 3) {
    const int32_t third = left > 2 ? 2 : 1;
    const int8_t* const x[3] = {input, input + args.depth, input + third * args.depth};
    if (args.filter_offset != 0) {
      for (int i = 0; i < 3; ++i) column_start[i] = Start(args, x[i]);
    }
    multiplier.Multiply(output, rows.count, third * rows.count,
                        [&](uint32_t* panel, int32_t depth, int32_t groups, int32_t tail) {
                          dsp::PanelWriter writer(panel, rows.pitch(), args.input_offset);
                          writer.Begin(groups);
                          writer.Append(x[0] + depth, x[1] + depth, x[2] + depth, groups);
                          writer.End(tail);
                        });
    input += 3 * args.depth;
    output += 3 * rows.count;
  }
}

}  // namespace

void fully_connected_s8_dsp(const FullyConnectedArgs& args) {
  if (args.depth < dsp::kMinDepth || args.outputs == 0) {
    fully_connected_s8_scalar(args);
    return;
  }
  Rows rows;
  rows.filter = args.filter;
  rows.depth = args.depth;
  rows.count = args.outputs;
  rows.start = args.start;
  rows.multiplier = args.multiplier;
  rows.shift = args.shift;
  rows.quant_step = args.quant_step;
  rows.offset = args.output_offset;
  rows.range = args.activation;
  // It takes longer to choose than to finish a few sums in any way.
  rows.finish = rows.count * args.batches < 4 ? dsp::Finish::kAny : dsp::ChooseFinish(rows);
  if (args.batches > 1) MultiplyRows(rows, args);
  if (args.batches % 3 == 1) {
    const int32_t last = args.batches - 1;
    const int8_t* input = args.input + last * args.depth;
    rows.column_start = nullptr;
    (rows.count < 4 ? MultiplyByTwos : MultiplyByFours)(rows, input, args.input_offset,
                                                        Start(args, input),
                                                        args.output + last * args.outputs);
  }
}

}  // namespace cortico::kernels

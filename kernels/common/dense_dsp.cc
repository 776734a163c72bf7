#include "kernels/common/dense_dsp.h"

#include "kernels/common/requantize.h"

namespace cortico::kernels::dsp {
namespace {

constexpr uint32_t kMaxFastShift = 21;
constexpr uint32_t kMaxFastStart = 1 << 29;
// Products have at most 255 * 255 < 2^16 in magnitude: so many of them stay below 2^29.
constexpr int32_t kMaxFastDepth = 1 << 13;

}  // namespace

Finish ChooseFinish(const Rows& rows) {
  if (rows.depth > kMaxFastDepth || rows.offset < -128 || rows.offset > 127) return Finish::kAny;
  const int32_t quants = rows.quant_step == 0 ? 1 : rows.count;
  for (int32_t q = 0; q < quants; ++q) {
    const auto shift = static_cast<uint32_t>(~rows.shift[q]);
    if (rows.multiplier[q] < 0 || shift >= kMaxFastShift) return Finish::kAny;
  }
  if (rows.start != nullptr) {
    uint32_t magnitudes = 0;
#pragma GCC unroll 4
    for (int32_t row = 0; row < rows.count; ++row) {
      magnitudes |= static_cast<uint32_t>(rows.start[row] ^ (rows.start[row] >> 31));
    }
    if (magnitudes >= kMaxFastStart) return Finish::kAny;
  }
  if (rows.range.min > -128 || rows.range.max < 127) return Finish::kClamped;
  return rows.offset == -128 ? Finish::kRelu : Finish::kSigned;
}

int8_t FinishSum(const Rows& rows, int32_t row, int32_t sum) {
  const int32_t q = row * rows.quant_step;
  const int32_t multiplier = rows.multiplier[q];
  const int32_t shift = rows.shift[q];
  if (rows.finish == Finish::kAny) {
    return ToOutput(Requantize(sum, multiplier, shift), rows.offset, rows.range.min,
                    rows.range.max);
  }
  const int32_t constant = ShiftLeft(2 * rows.offset + 1, ~shift) + (sum >> 31);
  const int32_t value = SsatHalf8(Smmlar(2 * sum, multiplier, constant) >> ~shift);
  return static_cast<int8_t>(Clamp(value, rows.range.min, rows.range.max));
}

bool TileFinishes(const Rows& rows) { return rows.finish <= Finish::kSigned && rows.count > 1; }

Plan MakePlan(const Rows& rows, Memory memory, Memory extra) {
  constexpr int32_t kPairWords = 6;  // sums of two rows
  const int32_t groups = rows.depth / 4;
  const int32_t fixed = PanelWords(rows.depth) - kPanelGroup * groups;
  const int32_t pairs = (rows.count + 1) / 2;

  Plan plan = {memory.words, nullptr, groups, 2 * pairs};
  const int32_t spare = memory.size - fixed - kPanelGroup * groups;
  if (TileFinishes(rows) && spare >= 0) {
    plan.panel += spare;  // at the end, where outputs arrive last
    return plan;
  }

  // Few slices leave room for few sums, so that each panel is widened again and again; many cost
  // more at the ends of the tile's loop. Weighed in units of about 13 instructions.
  int32_t best = INT32_MAX;
  const auto weigh = [&](int32_t slice, int32_t fit, uint32_t* panel, uint32_t* sums) {
    const int32_t slices = (groups + slice - 1) / slice;
    const int32_t parts = (pairs + fit - 1) / fit;
    const int32_t cost = slices * pairs * 2 + parts * (groups + 5 * slices);
    if (cost >= best) return false;
    best = cost;
    plan.panel = panel;
    plan.sums = reinterpret_cast<int32_t*>(sums);
    plan.slice = (groups + slices - 1) / slices;  // of equal size, as are the groups
    plan.group = 2 * ((pairs + parts - 1) / parts);
    return true;
  };
  const int32_t extra_slice = (extra.size - fixed) / kPanelGroup;
  if (extra_slice > 0 && memory.size >= kPairWords) {
    weigh(extra_slice < groups ? extra_slice : groups, memory.size / kPairWords, extra.words,
          memory.words);
  }
  for (int32_t slices = 1;; ++slices) {
    const int32_t slice = (groups + slices - 1) / slices;
    const int32_t sums_begin = fixed + kPanelGroup * slice;
    const int32_t fit = (memory.size - sums_begin) / kPairWords;
    if (fit <= 0) continue;
    if (!weigh(slice, fit, memory.words, memory.words + sums_begin) || slice == 1) break;
  }
  return plan;
}

void PanelWriter::Append(const int8_t* x0, const int8_t* x1, const int8_t* x2, int32_t groups) {
  x_[0] = x0 + 4 * groups;
  x_[1] = x1 + 4 * groups;
  x_[2] = x2 + 4 * groups;
  next_ = WidenGroups3(next_, x0, x1, x2, groups, offset_, pitch_);
}

void PanelWriter::AppendTail(int32_t size) {
  // A group of its own, whose weights begin before the end of those before: what both have is zero
  // here.
  next_[-1] += static_cast<uint32_t>(4 - size);
  Begin(1);
  for (int i = 0; i < 3; ++i) {
    const uint32_t bytes = Load4(x_[i] + size - 4);
    next_[i] = Sxtab16(offset_, bytes) & (size > 1 ? 0xffff0000 : 0);
    next_[3 + i] = Sxtab16Odd(offset_, bytes) & (size > 2 ? 0xffffffff : 0xffff0000);
  }
  next_ += kPanelGroup;
  next_[-1] = kPanelEnd;
}

bool Multiplier3::PlanHere(int8_t* free) {
  Memory memory = arena_;
  if (output_end_ != nullptr) {
    const auto address = reinterpret_cast<uintptr_t>(free);
    free += -address & 3;
    const auto size = static_cast<int32_t>(output_end_ - free) / 4;
    if (size > memory.size) memory = {reinterpret_cast<uint32_t*>(free), size};
  }
  plan_ = MakePlan(rows_, memory, scratch_);
  whole_until_ = IsWhole() ? reinterpret_cast<uintptr_t>(plan_.panel) : 0;
  return whole_until_ != 0;
}

void Multiplier3::Run(int8_t* out, int32_t row, int32_t pairs, int32_t depth, bool start) {
  work_.panel = plan_.panel;
  work_.weights = rows_.filter + row * rows_.depth + depth;
  work_.out = out + row;
  if (rows_.quant_step == 1 && rows_.start != nullptr && rows_.column_start == nullptr &&
      rows_.count > 1) {
    work_.from_sums = start ? 0 : 1;
    if (start) work_.start = rows_.start + row;
    work_.multiplier = rows_.multiplier + row;
    work_.shift = rows_.shift + row;
    work_.count = pairs;
    MultiplyPairs(work_);
    return;
  }
  RunPairByPair(row, pairs, start);
}

// What the tile reads for each pair of rows is laid out for it here.
void Multiplier3::RunPairByPair(int32_t row, int32_t pairs, bool start) {
  work_.from_sums = 1;
  for (; pairs > 0; --pairs, row += 2) {
    int32_t sums[6];
    int32_t multiplier[2];
    int32_t shift[2];
    for (int i = 0; i < 2; ++i) {
      const int32_t same_or_next = rows_.count > 1 ? row + i : row;
      multiplier[i] = rows_.multiplier[same_or_next * rows_.quant_step];
      shift[i] = rows_.shift[same_or_next * rows_.quant_step];
      const int32_t bias = rows_.start != nullptr ? rows_.start[same_or_next] : 0;
      for (int j = 0; j < 3; ++j) {
        sums[3 * i + j] = bias + (rows_.column_start != nullptr ? rows_.column_start[j] : 0);
      }
    }
    if (start) work_.start = sums;
    work_.multiplier = multiplier;
    work_.shift = shift;
    work_.count = 1;
    MultiplyPairs(work_);
  }
}

void Multiplier3::MultiplyWhole(int8_t* out) {
  work_.finish = rows_.finish == Finish::kRelu ? PairFinish::kRelu : PairFinish::kSigned;
  Run(out, 0, rows_.count / 2, 0, true);
  // The odd row comes with the one before it, which is computed again.
  if (rows_.count % 2 != 0) Run(out, rows_.count - 2, 1, 0, true);
}

void Multiplier3::MultiplySlice(int8_t* out, int32_t begin, int32_t done, bool last) {
  const bool tile_finishes = TileFinishes(rows_);
  const int32_t left = rows_.count - begin;
  const int32_t size = left < plan_.group ? left : plan_.group;
  work_.finish = !tile_finishes || !last         ? PairFinish::kSums
                 : rows_.finish == Finish::kRelu ? PairFinish::kRelu
                                                 : PairFinish::kSigned;
  work_.start = plan_.sums;
  work_.sums = plan_.sums;
  const bool start = done == 0;
  const int32_t odd = size % 2;
  const int32_t odd_row = rows_.count > 1 ? begin + size - 2 : begin;
  if (size > 1) Run(out, begin, size / 2, 4 * done, start);
  if (odd != 0) Run(out, odd_row, 1, 4 * done, start);
  if (tile_finishes || !last) return;

  const int32_t* sums = plan_.sums;
  for (int32_t i = 0; i < size; ++i, sums += 3) {
    // The odd row's sums are the second ones of their pair, if there is another row.
    if (i == size - odd && rows_.count > 1) sums += 3;
    const int32_t row = begin + i;
    out[row] = FinishSum(rows_, row, sums[0]);
    out[work_.column_1 + row] = FinishSum(rows_, row, sums[1]);
    out[work_.column_2 + row] = FinishSum(rows_, row, sums[2]);
  }
}

}  // namespace cortico::kernels::dsp

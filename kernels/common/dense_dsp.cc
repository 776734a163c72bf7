#include "kernels/common/dense_dsp.h"

#include "kernels/common/requantize.h"

namespace cortico::kernels::dsp {
namespace {

constexpr int32_t kMaxFastShift = 21;
constexpr int32_t kMaxFastStart = 1 << 29;
// Products have at most 255 * 255 < 2^16 in magnitude: so many of them stay below 2^29.
constexpr int32_t kMaxFastDepth = 1 << 13;

}  // namespace

Finish ChooseFinish(const Rows& rows) {
  if (rows.depth > kMaxFastDepth || rows.offset < -128 || rows.offset > 127) return Finish::kAny;
  for (int32_t row = 0; row < rows.count; ++row) {
    const int32_t q = row * rows.quant_step;
    if (rows.multiplier[q] < 0 || rows.shift[q] >= 0 || rows.shift[q] < -kMaxFastShift) {
      return Finish::kAny;
    }
    if (rows.start != nullptr &&
        static_cast<uint32_t>(rows.start[row]) + kMaxFastStart > 2u * kMaxFastStart) {
      return Finish::kAny;
    }
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

bool TileFinishes(const Rows& rows) {
  return rows.finish <= Finish::kSigned && rows.start != nullptr && rows.quant_step == 1 &&
         rows.count > 1;
}

Plan MakePlan(const Rows& rows, Memory memory, Memory extra) {
  constexpr int32_t kPairWords = 6;  // sums of two rows
  constexpr int32_t kMinPairs = 8;   // below, panels are widened again too often
  const int32_t groups = rows.depth / 4;
  const int32_t fixed = kPanelHeader + (rows.depth % 4 != 0 ? kPanelHeader + kPanelGroup : 0);
  const int32_t pairs = (rows.count + 1) / 2;

  Plan plan = {memory.words, nullptr, groups, 2 * pairs};
  int32_t left = memory.size - fixed - kPanelGroup * groups;
  if (TileFinishes(rows) && left >= 0) return plan;

  int32_t slices = 1;
  if (extra.size >= fixed + kPanelGroup && extra.size > left) {
    plan.panel = extra.words;
    plan.sums = reinterpret_cast<int32_t*>(memory.words);
    left = memory.size;
    const int32_t fit = (extra.size - fixed) / kPanelGroup;
    slices = (groups + fit - 1) / fit;
    plan.slice = (groups + slices - 1) / slices;
  } else {
    const int32_t wanted = kPairWords * (pairs < kMinPairs ? pairs : kMinPairs);
    while (left < wanted) {
      ++slices;
      plan.slice = (groups + slices - 1) / slices;
      left = memory.size - fixed - kPanelGroup * plan.slice;
    }
    plan.sums = reinterpret_cast<int32_t*>(memory.words + memory.size - left);
  }
  const int32_t fit = left / kPairWords;
  const int32_t parts = (pairs + fit - 1) / fit;  // of equal size
  plan.group = 2 * ((pairs + parts - 1) / parts);
  return plan;
}

void PanelWriter::Append(const int8_t* const (&x)[3], int32_t groups) {
  next_ = WidenGroups3(next_, x[0], x[1], x[2], groups, offset_, pitch_);
}

void PanelWriter::EndWithTail(const int8_t* const (&x)[3], int32_t size, int32_t zero) {
  next_[-1] = kPanelEnd + static_cast<uint32_t>(4 - size);
  int8_t last[3][4];
  for (int i = 0; i < 3; ++i) {
    for (int32_t k = 0; k < 4; ++k) {
      const int32_t from = k + size - 4;
      last[i][k] = from < 0 ? static_cast<int8_t>(zero) : x[i][from];
    }
  }
  Begin(1);
  Append({last[0], last[1], last[2]}, 1);
  End();
}

void MultiplyRows3(const Rows& rows, const Plan& plan, const Pass3& pass, const Outputs3& out) {
  const bool finish_here = TileFinishes(rows);
  const int32_t size = pass.end - pass.begin;
  if (!finish_here && pass.first) {
    for (int32_t i = 0; i < size + size % 2; ++i) {
      // The pair at the end of an odd number of rows: see below.
      int32_t row = i == size ? pass.end - 1 : pass.begin + i;
      if (size % 2 != 0 && i == size - 1 && rows.count > 1) --row;
      const int32_t start = rows.start != nullptr ? rows.start[row] : 0;
      for (int j = 0; j < 3; ++j) plan.sums[3 * i + j] = start;
    }
  }

  PairWork work;
  work.panel = plan.panel;
  work.weights_step = 2 * rows.depth;
  work.from_sums = !finish_here || !pass.first ? 1 : 0;
  work.sums = plan.sums;
  work.finish = !finish_here || !pass.last       ? PairFinish::kSums
                : rows.finish == Finish::kRelu ? PairFinish::kRelu
                                               : PairFinish::kSigned;
  work.column_1 = out.column_1;
  work.column_2 = out.column_2;
  work.zero_point_2 = 2 * rows.offset + 1;
  const auto go_to = [&](int32_t row) {
    work.weights = rows.filter + row * rows.depth + pass.depth;
    work.multiplier = rows.multiplier + row;
    work.shift = rows.shift + row;
    work.out = out.column_0 + row;
    if (work.from_sums == 0) work.start = rows.start + row;
  };
  go_to(pass.begin);
  if (work.from_sums != 0) work.start = plan.sums;
  for (int32_t pairs = size / 2; pairs > 0; --pairs) Pair(work);
  if (size % 2 != 0) {
    // The odd row comes with the one before it, which is computed again.
    go_to(rows.count > 1 ? pass.end - 2 : pass.end - 1);
    Pair(work);
  }

  if (!finish_here && pass.last) {
    for (int32_t i = 0; i < size + size % 2; ++i) {
      int32_t row = i == size ? pass.end - 1 : pass.begin + i;
      if (size % 2 != 0 && i == size - 1 && rows.count > 1) --row;
      const int32_t* sums = plan.sums + 3 * i;
      int8_t* to = out.column_0 + row;
      to[0] = FinishSum(rows, row, sums[0]);
      to[out.column_1] = FinishSum(rows, row, sums[1]);
      to[out.column_2] = FinishSum(rows, row, sums[2]);
    }
  }
}

}  // namespace cortico::kernels::dsp

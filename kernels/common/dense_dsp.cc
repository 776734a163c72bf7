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
  if (TileFinishes(rows) && left >= 0) {
    plan.panel += left;  // at the end, where outputs arrive last
    return plan;
  }

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
  const uint32_t zeros = 0x01010101u * static_cast<uint8_t>(zero);
  const uint32_t zeros_mask = 0xffffffffu >> 8 * size;
  uint32_t last[3];
  for (int i = 0; i < 3; ++i) {
    const uint32_t bytes = Load4(x[i] + size - 4);
    last[i] = (bytes & ~zeros_mask) | (zeros & zeros_mask);
  }
  Begin(1);
  Append({reinterpret_cast<int8_t*>(&last[0]), reinterpret_cast<int8_t*>(&last[1]),
          reinterpret_cast<int8_t*>(&last[2])},
         1);
  End();
}

namespace {

__attribute__((noinline)) void Pairs(PairWork& work, int32_t count) {
  for (; count > 0; --count) Pair(work);
}

}  // namespace

bool Multiplier3::PlanHere(int8_t* free) {
  Memory memory = arena_;
  if (output_end_ != nullptr) {
    const auto address = reinterpret_cast<uintptr_t>(free);
    free += -address & 3;
    const auto size = static_cast<int32_t>(output_end_ - free) / 4;
    if (size > memory.size) memory = {reinterpret_cast<uint32_t*>(free), size};
  }
  plan_ = MakePlan(rows_, memory, scratch_);
  whole_until_ = nullptr;
  if (IsWhole()) whole_until_ = reinterpret_cast<int8_t*>(plan_.panel);
  return whole_until_ != nullptr;
}

void Multiplier3::GoTo(int8_t* out, int32_t row, int32_t depth) {
  work_.panel = plan_.panel;
  work_.weights = rows_.filter + row * rows_.depth + depth;
  work_.start = rows_.start + row;
  work_.multiplier = rows_.multiplier + row;
  work_.shift = rows_.shift + row;
  work_.out = out + row;
}

void Multiplier3::MultiplyWhole(int8_t* out) {
  work_.from_sums = 0;
  work_.finish = rows_.finish == Finish::kRelu ? PairFinish::kRelu : PairFinish::kSigned;
  GoTo(out, 0, 0);
  Pairs(work_, rows_.count / 2);
  if (rows_.count % 2 != 0) {
    // The odd row comes with the one before it, which is computed again.
    GoTo(out, rows_.count - 2, 0);
    Pairs(work_, 1);
  }
}

void Multiplier3::MultiplySlice(int8_t* out, int32_t begin, int32_t done, bool last) {
  const bool tile_finishes = TileFinishes(rows_);
  const int32_t left = rows_.count - begin;
  const int32_t size = left < plan_.group ? left : plan_.group;
  // The rows whose sums are at 3 * i; the odd one at the end comes second in its pair.
  const int32_t odd = rows_.count > 1 ? size % 2 : 0;
  const auto row_of = [=](int32_t i) {
    const int32_t row = begin + i - (i >= size - odd ? odd : 0);
    return row < rows_.count ? row : rows_.count - 1;
  };
  const int32_t even_size = size + size % 2;
  if (!tile_finishes && done == 0) {
    for (int32_t i = 0; i < even_size; ++i) {
      const int32_t start = rows_.start != nullptr ? rows_.start[row_of(i)] : 0;
      for (int j = 0; j < 3; ++j) plan_.sums[3 * i + j] = start;
    }
  }

  work_.from_sums = tile_finishes && done == 0 ? 0 : 1;
  work_.finish = !tile_finishes || !last        ? PairFinish::kSums
                 : rows_.finish == Finish::kRelu ? PairFinish::kRelu
                                                : PairFinish::kSigned;
  work_.sums = plan_.sums;
  GoTo(out, begin, 4 * done);
  if (work_.from_sums != 0) work_.start = plan_.sums;
  Pairs(work_, size / 2);
  if (size % 2 != 0) {
    const int32_t* sums = work_.start;
    GoTo(out, row_of(size - 1), 4 * done);
    if (work_.from_sums != 0) work_.start = sums;
    Pairs(work_, 1);
  }

  if (!tile_finishes && last) {
    for (int32_t i = 0; i < even_size; ++i) {
      const int32_t row = row_of(i);
      const int32_t* sums = plan_.sums + 3 * i;
      out[row] = FinishSum(rows_, row, sums[0]);
      out[work_.column_1 + row] = FinishSum(rows_, row, sums[1]);
      out[work_.column_2 + row] = FinishSum(rows_, row, sums[2]);
    }
  }
}

}  // namespace cortico::kernels::dsp

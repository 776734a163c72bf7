#include "kernels/common/dense_dsp.h"

#include <initializer_list>

#include "kernels/common/requantize.h"

namespace cortico::kernels::dsp {
namespace {

// Requantization of a sum x with multiplier m and shift -e, e >= 1, in the fast cases:
//
//   y   = round(x * m / 2^31), half up
//   out = saturate(zp + round(y / 2^e), halves away from zero)
//       = saturate((y + zp * 2^e + 2^(e-1) - (y < 0)) >> e)
//
// SMMLAR of 2x computes y plus a constant. As e >= 1, the sign of x may stand for that of y; and if
// every negative result saturates, as after a ReLU, it does not matter at all. With e - 1 = ~shift
// the constant is (2 zp + 1) << (e - 1), and the last bit of the shift is that of SSAT.
struct Rounding {
  int32_t multiplier;
  int32_t shift;     // e - 1
  int32_t constant;  // zp * 2^e + 2^(e-1)

  Rounding(const Rows& rows, const int32_t* m, const int32_t* s)
      : multiplier(*m), shift(~*s), constant(ShiftLeft(2 * rows.offset + 1, shift)) {}

  int8_t Relu(int32_t sum) const {
    return static_cast<int8_t>(SsatHalf8(Smmlar(2 * sum, multiplier, constant) >> shift));
  }
  int8_t Signed(int32_t sum) const {
    return static_cast<int8_t>(
        SsatHalf8(Smmlar(2 * sum, multiplier, constant + (sum >> 31)) >> shift));
  }
};

constexpr int32_t kMaxFastShift = 21;
constexpr int32_t kMaxFastBias = 1 << 29;
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
    if (rows.bias != nullptr &&
        static_cast<uint32_t>(rows.bias[row]) + kMaxFastBias > 2u * kMaxFastBias) {
      return Finish::kAny;
    }
  }
  if (rows.range.min > -128 || rows.range.max < 127) return Finish::kClamped;
  return rows.offset == -128 ? Finish::kRelu : Finish::kSigned;
}

int8_t FinishAny(const Rows& rows, int32_t row, int32_t sum) {
  const int32_t q = row * rows.quant_step;
  return ToOutput(Requantize(sum, rows.multiplier[q], rows.shift[q]), rows.offset, rows.range.min,
                  rows.range.max);
}

Plan MakePlan(const Rows& rows, Memory memory, Memory extra, bool set_sums) {
  constexpr int32_t kPairWords = 6;  // sums of two rows
  constexpr int32_t kMinPairs = 8;   // below, panels are widened again too often
  const int32_t groups = rows.depth / 4;
  const int32_t fixed = kPanelHeader + (rows.depth % 4 != 0 ? kPanelHeader + kPanelGroup : 0);
  const int32_t pairs = (rows.count + 1) / 2;

  Plan plan = {memory.words, nullptr, groups, 2 * pairs};
  int32_t left = memory.size - fixed - kPanelGroup * groups;
  if (!set_sums && left >= 0) return plan;

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

void PanelWriter::Tail(const int8_t* const (&x)[3], int32_t size, int32_t zero) {
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

void MultiplyRows3(const Rows& rows, const Pass3& pass, const Outputs3& out) {
  const int32_t second = rows.count > 1 ? 1 : 0;
  const int32_t second_quant = second * rows.quant_step;
  const int32_t size = pass.end - pass.begin;
  int32_t row = pass.begin;
  for (int32_t left = size; left > 0; left -= 2) {
    // The odd row at the end comes with the one before it, which is computed again.
    if (left == 1) row -= second;
    Sums3x2 s;
    if (pass.start) {
      s.a0 = s.a1 = s.a2 = rows.bias[row];
      s.b0 = s.b1 = s.b2 = rows.bias[row + second];
    } else {
      const int32_t* sums = pass.sums + 3 * (size - left);
      s = {sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]};
    }
    const uint32_t* panel = pass.panel;
    const int8_t* weights = rows.filter + row * rows.depth + pass.depth;
    for (int32_t tail = pass.tail;; tail = 0) {
      Dot3x2(panel, weights, s);
      if (tail == 0) break;
      weights -= 4 - tail;
    }
    if (!pass.finish) {
      int32_t* sums = pass.sums + 3 * (size - left);
      sums[0] = s.a0, sums[1] = s.a1, sums[2] = s.a2;
      sums[3] = s.b0, sums[4] = s.b1, sums[5] = s.b2;
      row += 2;
      continue;
    }

    int8_t* to_a = out.column_0 + row;
    int8_t* to_b = to_a + second;
    if (rows.finish == Finish::kAny) {
      to_a[0] = FinishAny(rows, row, s.a0);
      to_a[out.column_1] = FinishAny(rows, row, s.a1);
      to_a[out.column_2] = FinishAny(rows, row, s.a2);
      to_b[0] = FinishAny(rows, row + second, s.b0);
      to_b[out.column_1] = FinishAny(rows, row + second, s.b1);
      to_b[out.column_2] = FinishAny(rows, row + second, s.b2);
      row += 2;
      continue;
    }
    const int32_t q = row * rows.quant_step;
    const Rounding a(rows, rows.multiplier + q, rows.shift + q);
    const Rounding b(rows, rows.multiplier + q + second_quant, rows.shift + q + second_quant);
    if (rows.finish == Finish::kRelu) {
      to_a[0] = a.Relu(s.a0);
      to_a[out.column_1] = a.Relu(s.a1);
      to_a[out.column_2] = a.Relu(s.a2);
      to_b[0] = b.Relu(s.b0);
      to_b[out.column_1] = b.Relu(s.b1);
      to_b[out.column_2] = b.Relu(s.b2);
    } else {
      to_a[0] = a.Signed(s.a0);
      to_a[out.column_1] = a.Signed(s.a1);
      to_a[out.column_2] = a.Signed(s.a2);
      to_b[0] = b.Signed(s.b0);
      to_b[out.column_1] = b.Signed(s.b1);
      to_b[out.column_2] = b.Signed(s.b2);
      if (rows.finish == Finish::kClamped) {
        const int32_t columns[3] = {0, out.column_1, out.column_2};
        for (int8_t* to : {to_a, to_b}) {
          for (const int32_t at : columns) {
            to[at] = static_cast<int8_t>(Clamp(to[at], rows.range.min, rows.range.max));
          }
        }
      }
    }
    row += 2;
  }
}

}  // namespace cortico::kernels::dsp

// MVE: four exponentials at a time, by the same steps as scalar.cc; only the choice of factors is
// by predicates instead of branches. Each is computed twice, as there is no room for them.
#include "kernels/isa/mve_elementwise.h"
#include "kernels/softmax_s8/reciprocal.h"
#include "kernels/softmax_s8/softmax_s8.h"

namespace cortico::kernels {
namespace {

using mve::Int32x4;
using softmax::kSumBits;

struct Row {
  const int8_t* input;
  int32_t largest;
  int32_t multiplier;
  int32_t shift;
  int32_t diff_min;
};

// exp(x) for x <= 0, Q5.26 to Q0.31: see scalar.cc.
Int32x4 ExpOfNegative(Int32x4 x) {
  constexpr int32_t kQuarter = 1 << 24;
  const Int32x4 r = mve::Add(mve::And(x, kQuarter - 1), -kQuarter);
  const Int32x4 quarters = mve::ShiftRight<24>(mve::Subtract(r, x));

  const Int32x4 t = mve::Add(mve::ShiftLeft(r, 5), 1 << 28);
  const Int32x4 t2 = mve::MultiplyHigh(t, t);
  const Int32x4 t3 = mve::MultiplyHigh(t2, t);
  const Int32x4 t4 = mve::MultiplyHigh(t2, t2);
  constexpr int32_t kExpMinusEighth = 1895147668;
  constexpr int32_t kThird = 715827883;
  const Int32x4 cubic =
      mve::MultiplyHigh(mve::Add(mve::RoundingDivide<2>(t4), t3), kThird);
  const Int32x4 higher = mve::Add(t, mve::RoundingDivide<1>(mve::Add(cubic, t2)));
  Int32x4 result = mve::Add(mve::MultiplyHigh(higher, kExpMinusEighth), kExpMinusEighth);

  // exp(-1/4), exp(-1/2), exp(-1), ... exp(-16) in Q0.31.
  result = mve::MultiplyHighIf<0>(result, 1672461947, quarters);
  result = mve::MultiplyHighIf<1>(result, 1302514674, quarters);
  result = mve::MultiplyHighIf<2>(result, 790015084, quarters);
  result = mve::MultiplyHighIf<3>(result, 290630308, quarters);
  result = mve::MultiplyHighIf<4>(result, 39332535, quarters);
  result = mve::MultiplyHighIf<5>(result, 720401, quarters);
  result = mve::MultiplyHighIf<6>(result, 242, quarters);
  return mve::Select(x, 0, mve::Splat(softmax::kOne), result);
}

// 0 for what is too small, and for lanes past the row. Not inlined: twice the bytes otherwise.
__attribute__((noinline)) Int32x4 Exponentials(const Row& row, int32_t i, int32_t lanes) {
  const Int32x4 difference = mve::Add(mve::LoadBytes(row.input + i, lanes), -row.largest);
  const Int32x4 scaled =
      mve::MultiplyHigh(mve::ShiftLeft(difference, row.shift), row.multiplier);
  const Int32x4 values =
      mve::Select(difference, row.diff_min, ExpOfNegative(scaled), mve::Splat(0));
  return mve::KeepFirst(values, lanes);
}

}  // namespace

void softmax_s8_mve(const int8_t* input, int32_t rows, int32_t row_size, int32_t multiplier,
                    int32_t shift, int32_t diff_min, int8_t* output) {
  for (int32_t y = 0; y < rows; ++y, input += row_size, output += row_size) {
    Row row = {input, -128, multiplier, shift, diff_min};
    for (int32_t i = 0; i < row_size; i += 16) {
      const int32_t lanes = row_size - i;
      row.largest = mve::Largest(row.largest, mve::LoadBytes8(input + i, lanes), lanes);
    }
    int32_t sum = 0;
    for (int32_t i = 0; i < row_size; i += 4) {
      sum += mve::Sum(mve::RoundingDivide<kSumBits>(Exponentials(row, i, row_size - i)));
    }
    if (sum == 0) continue;  // an empty row
    // sum = (1 + fraction) * 2^(kSumBits - headroom)
    const int32_t headroom = __builtin_clz(static_cast<uint32_t>(sum));
    const uint32_t fraction = (static_cast<uint32_t>(sum) << headroom) - (uint32_t{1} << 31);
    const Int32x4 scale = mve::Splat(softmax::OneOverOnePlus(static_cast<int32_t>(fraction)));
    const int32_t right = kSumBits - headroom + 31 - 8;
    for (int32_t i = 0; i < row_size; i += 4) {
      const int32_t lanes = row_size - i;
      Int32x4 value = Exponentials(row, i, lanes);
      // Beyond 31 bits even the largest product is less than half a step.
      value = right > 31 ? mve::Splat(0)
                         : mve::Requantize(value, scale, mve::Splat(-right));
      mve::StoreBytes(output + i, mve::ToOutput(value, -128, -128, 127), lanes);
    }
  }
}

}  // namespace cortico::kernels

// MVE: sixteen elements at a time with the scales TensorFlow Lite chooses, where one input is
// multiplied by 2^19 exactly; four at a time, by the formula, for any others and for the rest.
#include <cstring>

#include "kernels/elementwise_add_s8/elementwise_add_s8.h"
#include "kernels/isa/mve_elementwise.h"

namespace cortico::kernels {
namespace {

using mve::Int32x4;

struct Input {
  const int8_t* data;
  int32_t offset;
  int32_t multiplier;
  int32_t shift;
};

struct Output {
  int8_t* data;
  int32_t offset;
  int32_t multiplier;
  int32_t shift;
  int32_t low;
  int32_t high;
};

Int32x4 Term(const Input& x, int32_t i, int32_t left_shift, int32_t lanes) {
  const Int32x4 value = mve::Add(mve::LoadBytes(x.data + i, lanes), x.offset);
  return mve::Requantize(mve::ShiftLeft(value, left_shift), mve::Splat(x.multiplier),
                         mve::Splat(x.shift));
}

void AddLanes(const Input& a, const Input& b, int32_t left_shift, const Output& output,
              int32_t from, int32_t size) {
  for (int32_t i = from; i < size; i += 4) {
    const int32_t lanes = size - i;
    const Int32x4 sum = mve::Add(Term(a, i, left_shift, lanes), Term(b, i, left_shift, lanes));
    const Int32x4 scaled =
        mve::Requantize(sum, mve::Splat(output.multiplier), mve::Splat(output.shift));
    mve::StoreBytes(output.data + i,
                    mve::ToOutput(scaled, output.offset, output.low, output.high), lanes);
  }
}

bool IsExact(const Input& x) { return x.multiplier == 1 << 30 && x.shift == 0; }

// Returns how many elements are done: whole blocks, or none if the scales are others.
int32_t AddWholeBlocks(const Input& exact, const Input& scaled, const Output& output,
                       int32_t size) {
  const bool is_unsigned = output.offset == -128 && output.low == -128 && output.high == 127;
  if (!IsExact(exact) || scaled.shift > 0 || output.shift > 0 ||
      (output.shift == 0 && !is_unsigned) || size < 16) {
    return 0;
  }
  mve::AddTerms terms = {};
  terms.exact_offset = exact.offset * 128;
  terms.scaled_offset = scaled.offset * 128;
  terms.multiplier = scaled.multiplier;
  terms.right = scaled.shift;
  terms.nudge = scaled.shift < 0 ? -1 : 0;
  terms.out_multiplier = output.multiplier;
  terms.out_right = output.shift;
  terms.blocks = size / 16;
  if (is_unsigned) {
    terms.out_offset = 128;
    mve::AddBlocks<true>(terms, exact.data, scaled.data, output.data);
  } else {
    terms.out_offset = output.offset;
    std::memset(terms.low, output.low, sizeof(terms.low));
    std::memset(terms.high, output.high, sizeof(terms.high));
    mve::AddBlocks<false>(terms, exact.data, scaled.data, output.data);
  }
  return size & ~15;
}

}  // namespace

arm_cmsis_nn_status elementwise_add_s8_mve(
    const int8_t* input_1, const int8_t* input_2, int32_t offset_1, int32_t multiplier_1,
    int32_t shift_1, int32_t offset_2, int32_t multiplier_2, int32_t shift_2, int32_t left_shift,
    int8_t* output, int32_t out_offset, int32_t out_multiplier, int32_t out_shift, int32_t low,
    int32_t high, int32_t size) {
  const Input a = {input_1, offset_1, multiplier_1, shift_1};
  const Input b = {input_2, offset_2, multiplier_2, shift_2};
  const Output out = {output, out_offset, out_multiplier, out_shift, low, high};
  int32_t done = 0;
  if (left_shift == 20) {
    done = IsExact(a) ? AddWholeBlocks(a, b, out, size) : AddWholeBlocks(b, a, out, size);
  }
  AddLanes(a, b, left_shift, out, done, size);
  return ARM_CMSIS_NN_SUCCESS;
}

}  // namespace cortico::kernels

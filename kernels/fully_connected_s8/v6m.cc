// v6-M: four outputs at a time share each input element (isa/v6m.h, DotRows). With one row of
// input nothing is used twice but that element, so neither panels nor sums of weights would pay.
#include "kernels/fully_connected_s8/fully_connected_s8.h"
#include "kernels/isa/v6m.h"

namespace cortico::kernels {
namespace {

using v6m::kDotRows;

int32_t DotRow(const int8_t* input, const int8_t* weights, int32_t count, int32_t offset) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += (input[i] + offset) * weights[i];
  return sum;
}

[[gnu::noinline]] void Finish(const FullyConnectedArgs& args, int32_t out, int32_t sum,
                              int8_t* output) {
  constexpr int32_t kLimit = v6m::kScaleMaxSum;
  const int32_t low = args.activation.min;
  const int32_t high = args.activation.max;
  if (args.start != nullptr) sum += args.start[out];
  const int32_t q = args.quant_step != 0 ? out : 0;
  const int32_t multiplier = args.multiplier[q];
  const int32_t shift = args.shift[q];
  if (sum < kLimit && sum > -kLimit && v6m::HasScale(multiplier, shift, args.output_offset)) {
    const v6m::Scale scale = v6m::MakeScale(multiplier, shift, args.output_offset);
    *output = static_cast<int8_t>(Clamp(v6m::Requantize(sum, scale), low, high));
  } else {
    *output = ToOutput(Requantize(sum, multiplier, shift), args.output_offset, low, high);
  }
}

}  // namespace

void fully_connected_s8_v6m(const FullyConnectedArgs& args) {
  const int32_t depth = args.depth;
  const int32_t even = depth & ~1;
  const int8_t* input = args.input;
  int8_t* output = args.output;
  for (int32_t batch = 0; batch < args.batches; ++batch) {
    // The filter's offset multiplies the sum of the inputs.
    int32_t common = 0;
    if (args.filter_offset != 0) {
      for (int32_t i = 0; i < depth; ++i) common += input[i] + args.input_offset;
      common *= args.filter_offset;
    }
    const int8_t* filter = args.filter;
    int32_t out = 0;
    for (; out + kDotRows <= args.outputs; out += kDotRows) {
      int32_t sums[kDotRows] = {common, common, common, common};
      v6m::DotRows(input, filter, depth, even, args.input_offset, sums);
      if (even != depth) {
        v6m::plain::DotRows(input + even, filter + even, depth, 1, args.input_offset, sums);
      }
      filter += kDotRows * depth;
      for (int32_t row = 0; row < kDotRows; ++row) {
        Finish(args, out + row, sums[row], output++);
      }
    }
    for (; out < args.outputs; ++out) {
      Finish(args, out, common + DotRow(input, filter, depth, args.input_offset), output++);
      filter += depth;
    }
    input += depth;
  }
}

}  // namespace cortico::kernels

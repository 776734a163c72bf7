// v6-M: four outputs at a time share each input element (isa/v6m_dense.h, DotRows). With one row of
// input nothing is used twice but that element, so neither panels nor sums of weights would pay.
#include "kernels/fully_connected_s8/fully_connected_s8.h"
#include "kernels/isa/v6m_dense.h"

namespace cortico::kernels {
namespace {

using v6m::kDotRows;
using v6m::kDotSteps;

constexpr int32_t kSums = 24;  // requantized together

// The outputs of `count` sums, from output `out` on.
void Finish(const FullyConnectedArgs& args, int32_t out, const int32_t* sums, int32_t count,
            int8_t* output) {
  const int32_t step = args.quant_step != 0 ? 1 : count;  // outputs of one scale
  for (int32_t i = 0; i < count; i += step) {
    const int32_t q = args.quant_step != 0 ? out + i : 0;
    uint32_t most = 0;
    for (int32_t j = i; j < i + step; ++j) {
      const uint32_t size = v6m::Magnitude(sums[j]);
      if (size > most) most = size;
    }
    v6m::RequantizeRun(
        sums + i, step,
        v6m::MakeOutputScale(most, args.multiplier[q], args.shift[q], args.output_offset),
        {args.activation.min, args.activation.max, args.output_offset}, output + i, 1);
  }
}

}  // namespace

void fully_connected_s8_v6m(const FullyConnectedArgs& args) {
  const int32_t depth = args.depth;
  const int32_t whole = depth & -kDotSteps;
  const int32_t rest = depth - whole;
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
    for (int32_t out = 0; out < args.outputs; out += kSums) {
      int32_t sums[kSums];
      const int32_t left = args.outputs - out;
      const int32_t count = left < kSums ? left : kSums;
      for (int32_t i = 0; i < count; ++i) {
        sums[i] = args.start != nullptr ? args.start[out + i] + common : common;
      }
      int32_t i = 0;
      for (; i + kDotRows <= count; i += kDotRows) {
        v6m::DotRows(input, filter, depth, whole, args.input_offset, sums + i);
        if (rest != 0) {
          v6m::plain::DotRows(input + whole, filter + whole, depth, rest, args.input_offset,
                              sums + i);
        }
        filter += kDotRows * depth;
      }
      for (; i < count; ++i) {
        sums[i] += v6m::DotRow(input, filter, whole, args.input_offset) +
                   v6m::plain::DotRow(input + whole, filter + whole, rest, args.input_offset);
        filter += depth;
      }
      Finish(args, out, sums, count, output);
      output += count;
    }
    input += depth;
  }
}

}  // namespace cortico::kernels

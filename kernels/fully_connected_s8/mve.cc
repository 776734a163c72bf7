// MVE: one row of input by four rows of weights, all in place; the results of four outputs are the
// lanes of a vector, requantized each with its own multiplier and shift.
//
// The sums start where the caller says (kernel sums, biases) if nothing but products is missing;
// else the offsets are folded into starts of our own, some outputs at a time.
#include "kernels/fully_connected_s8/fully_connected_s8.h"
#include "kernels/isa/mve_dense.h"

namespace cortico::kernels {
namespace {

constexpr int32_t kMostFolded = 32;  // outputs whose starts are on the stack

// start(o) and what of the sum is not a product of an input and a weight.
void FoldOffsets(const FullyConnectedArgs& args, int32_t input_sum, int32_t first, int32_t count,
                 int32_t* start) {
  const int32_t of_inputs = (input_sum + args.depth * args.input_offset) * args.filter_offset;
  for (int32_t i = 0; i < count; ++i) {
    int32_t sum = of_inputs + (args.start != nullptr ? args.start[first + i] : 0);
    if (args.input_offset != 0) {
      sum += args.input_offset *
             mve::SumBytes(args.filter + (first + i) * args.depth, args.depth);
    }
    start[i] = sum;
  }
}

}  // namespace

void fully_connected_s8_mve(const FullyConnectedArgs& args) {
  const bool is_folded =
      args.start == nullptr || args.input_offset != 0 || args.filter_offset != 0;
  const int32_t depth = args.depth;
  const int8_t* input = args.input;
  int8_t* output = args.output;
  for (int32_t batch = 0; batch < args.batches; ++batch) {
    const int32_t input_sum = args.filter_offset != 0 ? mve::SumBytes(input, depth) : 0;
    for (int32_t first = 0; first < args.outputs;) {
      // Fours of outputs, then what is left, copied where four are read.
      int32_t count = args.outputs - first;
      const bool is_rest = count < 4;
      if (!is_rest) count &= ~3;
      if (is_folded && count > kMostFolded) count = kMostFolded;
      int32_t start[kMostFolded];
      int32_t multiplier[4];
      int32_t shift[4];
      const bool is_own = args.quant_step == 0 || is_rest;
      for (int32_t i = 0; i < 4 && is_own; ++i) {
        const int32_t q = (first + (i < count ? i : 0)) * args.quant_step;
        multiplier[i] = args.multiplier[q];
        shift[i] = args.shift[q];
      }
      if (is_folded || is_rest) FoldOffsets(args, input_sum, first, count, start);

      mve::RowArgs row;
      row.x = input;
      row.SetWeights(args.filter + first * depth, depth, count);
      row.bias = is_folded || is_rest ? start : args.start + first;
      row.out = output + first;
      row.stage = {args.output_offset, args.activation.min, args.activation.max};
      row.multiplier = is_own ? multiplier : args.multiplier + first;
      row.shift = is_own ? shift : args.shift + first;
      row.per_channel = is_own ? 0 : 1;
      mve::MultiplyRow(&row);
      first += count;
    }
    input += depth;
    output += args.outputs;
  }
}

}  // namespace cortico::kernels

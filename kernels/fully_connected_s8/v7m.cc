// Armv7-M: one input row times four outputs (isa/v7m.h, Dot1x4).
//
// The input is widened once into int32 with its offset added, in slices of the depth that fit on the
// stack, with the sums of a group of outputs in between: 8 MLA and 8 LDRSB for one LDRD. Each weight
// is used once, so two instructions a product are the floor.
#include "kernels/fully_connected_s8/fully_connected_s8.h"
#include "kernels/isa/v7m.h"

namespace cortico::kernels {
namespace {

using v7m::OutputRange;
using v7m::ScaleKind;

constexpr int32_t kSlice = 128;
constexpr int32_t kOutputs = 64;

// Returns the sum of what it has widened.
__attribute__((noinline)) int32_t Widen(int32_t* panel, const int8_t* input, int32_t count,
                                        int32_t offset) {
  int32_t sum = 0;
  for (const int8_t* const end = input + count; input != end;) {
    const int32_t value = *input++ + offset;
    sum += value;
    *panel++ = value;
  }
  return sum;
}

template <typename Scale>
__attribute__((noinline)) void Store(const FullyConnectedArgs& args, const OutputRange& range,
                                     const int32_t* sums, int32_t first, int32_t count,
                                     int8_t* output) {
  const int32_t step = args.quant_step;
  const int32_t* multiplier = args.multiplier + first * step;
  const int32_t* shift = args.shift + first * step;
  for (int8_t* const end = output + count; output != end; multiplier += step, shift += step) {
    *output++ = static_cast<int8_t>(Scale(*multiplier, *shift, range)(*sums++));
  }
}

}  // namespace

void fully_connected_s8_v7m(const FullyConnectedArgs& args) {
  int32_t sums[kOutputs];
  int32_t memory[kSlice + 1];
  int32_t* const panel = memory + 1;
  memory[0] = 0;  // Dot1x4 looks at panel[-1]
  const OutputRange range = {args.output_offset, args.activation.min, args.activation.max};
  const ScaleKind scale = v7m::ChooseScale(args.shift, args.quant_step != 0 ? args.outputs : 1,
                                           args.start, args.outputs, range);
  const int8_t* input = args.input;
  int8_t* output = args.output;
  for (int32_t batch = args.batches; batch > 0; --batch) {
    int32_t count;
    for (int32_t first = 0; first < args.outputs; first += count) {
      count = args.outputs - first < kOutputs ? args.outputs - first : kOutputs;
      for (int32_t o = 0; o < count; ++o) {
        sums[o] = args.start != nullptr ? args.start[first + o] : 0;
      }
      const int32_t quads = (count + 3) / 4;
      for (int32_t o = count; o < 4 * quads; ++o) sums[o] = 0;
      for (int32_t begin = 0; begin < args.depth; begin += kSlice) {
        const int32_t size = args.depth - begin < kSlice ? args.depth - begin : kSlice;
        if (first == 0 || args.depth > kSlice || args.filter_offset != 0) {
          const int32_t sum = Widen(panel, input + begin, size, args.input_offset);
          if (args.filter_offset != 0) {
            for (int32_t o = 0; o < count; ++o) sums[o] += sum * args.filter_offset;
          }
        }
        v7m::Dot1x4(panel, size, args.filter + first * args.depth + begin, args.depth, sums, quads,
                    count - 4 * (quads - 1));
      }
      if (scale == ScaleKind::kRelu) {
        Store<v7m::ReluScale>(args, range, sums, first, count, output + first);
      } else if (scale == ScaleKind::kSigned) {
        Store<v7m::SignedScale>(args, range, sums, first, count, output + first);
      } else {
        Store<v7m::GeneralScale>(args, range, sums, first, count, output + first);
      }
    }
    input += args.depth;
    output += args.outputs;
  }
}

}  // namespace cortico::kernels

// Armv7-M: one input row times four outputs (isa/v7m.h, Dot1x4).
//
// The input is widened once into int32 with its offset added, in slices of the depth that fit on
// the stack, with the sums of a group of outputs in between: 8 MLA and 8 LDRSB for one LDRD. Each
// weight is used once, so two instructions a product are the floor.
#include "kernels/fully_connected_s8/fully_connected_s8.h"
#include "kernels/isa/v7m.h"

namespace cortico::kernels {
namespace {

using v7m::OutputRange;
using v7m::ScaleKind;

// At a time: what the stack has room for.
constexpr int32_t kSlice = 128;
constexpr int32_t kOutputs = 48;

CORTICO_NOINLINE void Widen(int32_t* panel, const int8_t* input, int32_t count, int32_t offset) {
  for (; count >= 4; count -= 4, panel += 4, input += 4) {
    panel[0] = input[0] + offset;
    panel[1] = input[1] + offset;
    panel[2] = input[2] + offset;
    panel[3] = input[3] + offset;
  }
  for (; count > 0; --count) *panel++ = *input++ + offset;
}

// The one to three outputs that make no quad, without a panel: two at a time, an odd one twice.
CORTICO_NOINLINE void DotFew(const int8_t* input, int32_t count, int32_t offset,
                             const int8_t* filter, int32_t pitch, int32_t* sums,
                             int32_t outputs) {
  for (; outputs > 0; outputs -= 2, sums += 2, filter += 2 * pitch) {
    const int8_t* a = filter;
    const int8_t* b = outputs > 1 ? filter + pitch : filter;
    int32_t sum_a = 0, sum_b = 0;
    for (const int8_t *x = input, *end = input + count; x != end;) {
      const int32_t value = *x++ + offset;
      sum_a += value * *a++;
      sum_b += value * *b++;
    }
    sums[0] += sum_a;
    if (outputs > 1) sums[1] += sum_b;
  }
}

template <typename Scale>
CORTICO_NOINLINE void Store(const FullyConnectedArgs& args, const OutputRange& range,
                            const int32_t* sums, int32_t first, int32_t count, int8_t* output) {
  const int32_t step = args.quant_step;
  const int32_t* multiplier = args.multiplier + first * step;
  const int32_t* shift = args.shift + first * step;
  for (int8_t* const end = output + count; output != end; multiplier += step, shift += step) {
    *output++ = static_cast<int8_t>(Scale::Make(*multiplier, *shift, range)(*sums++));
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
      const int32_t in_quads = count & ~3;
      for (int32_t begin = 0; begin < args.depth; begin += kSlice) {
        const int32_t size = args.depth - begin < kSlice ? args.depth - begin : kSlice;
        const bool wanted = in_quads > 0 || args.filter_offset != 0;
        if (wanted && (first == 0 || args.depth > kSlice)) {
          Widen(panel, input + begin, size, args.input_offset);
        }
        if (args.filter_offset != 0) {
          int32_t sum = 0;
          for (int32_t k = 0; k < size; ++k) sum += panel[k];
          for (int32_t o = 0; o < count; ++o) sums[o] += sum * args.filter_offset;
        }
        const int8_t* filter = args.filter + first * args.depth + begin;
        if (in_quads > 0) {
          v7m::Dot1x4(panel, size, filter, args.depth, sums, in_quads / 4);
        }
        if (in_quads < count) {
          DotFew(input + begin, size, args.input_offset, filter + in_quads * args.depth, args.depth,
                 sums + in_quads, count - in_quads);
        }
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

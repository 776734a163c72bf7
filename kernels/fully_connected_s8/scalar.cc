// Plain C++: two outputs at a time, so that each input element is loaded and offset once for two
// products. The filter's offset is taken out of the inner loop: it multiplies the sum of the
// inputs, which the loop has for one more addition.
#include "kernels/common/requantize.h"
#include "kernels/fully_connected_s8/fully_connected_s8.h"

namespace cortico::kernels {

void fully_connected_s8_scalar(const FullyConnectedArgs& args) {
  const int8_t* input = args.input;
  int8_t* output = args.output;
  const int32_t depth = args.depth;
  const int32_t input_offset = args.input_offset;
  for (int32_t batch = 0; batch < args.batches; ++batch) {
    const int8_t* filter = args.filter;
    for (int32_t out = 0; out < args.outputs;) {
      // The odd output at the end is computed twice rather than coded twice.
      const int32_t step = out + 1 < args.outputs ? 2 : 1;
      const int32_t second = (step - 1) * depth;
      int32_t sum_0 = 0;
      int32_t sum_1 = 0;
      int32_t input_sum = 0;
      for (int32_t i = 0; i < depth; ++i) {
        const int32_t value = input[i] + input_offset;
        input_sum += value;
        sum_0 += value * filter[i];
        sum_1 += value * filter[i + second];
      }
      for (int32_t i = 0; i < step; ++i, ++out) {
        int32_t sum = (i == 0 ? sum_0 : sum_1) + input_sum * args.filter_offset;
        if (args.start != nullptr) sum += args.start[out];
        const int32_t q = out * args.quant_step;
        sum = Requantize(sum, args.multiplier[q], args.shift[q]);
        *output++ =
            ToOutput(sum, args.output_offset, args.activation.min, args.activation.max);
      }
      filter += step * depth;
    }
    input += depth;
  }
}

}  // namespace cortico::kernels

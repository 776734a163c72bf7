#include "ops/quantized_div/op.h"

#include "ops/elementwise.h"

namespace cortico::ops {
namespace {

// As in quantize_per_tensor: a float of at most 2^22 plus and minus 1.5 * 2^23 is rounded to the
// nearest integer, halves to even.
constexpr float kRound = 12582912.0f;
constexpr float kMost = 1048576.0f;

}  // namespace

Error Check(const QuantizedDiv<Device>& op) {
  CORTICO_RETURN_IF_ERROR(CheckElementwise(op.self, op.other, op.out));
  return IsInt8(op.self_zero_point) && IsInt8(op.other_zero_point) &&
                 IsInt8(op.output_zero_point) && op.output_scale >= 1.0f / kMost &&
                 op.output_scale <= kMost
             ? Error::kOk
             : Error::kBadArgument;
}

void Run(const QuantizedDiv<Device>& op) {
  // Clamped before it is rounded, which is the same as after it: the bounds are integers.
  const auto low = static_cast<float>(-128 - op.output_zero_point);
  const auto high = static_cast<float>(127 - op.output_zero_point);
  ForEachBlock(op.self, op.other, op.out,
               [&](const int8_t* self, const int8_t* other, int8_t* out, int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
      const int32_t divisor = other[i] - op.other_zero_point;
      float value = 0.0f;
      if (divisor != 0) {
        value = static_cast<float>(self[i] - op.self_zero_point) / static_cast<float>(divisor);
        value *= op.output_scale;
      }
      value = value < low ? low : value;
      value = value > high ? high : value;
      value = (value + kRound) - kRound;
      out[i] = static_cast<int8_t>(static_cast<int32_t>(value) + op.output_zero_point);
    }
  });
}

}  // namespace cortico::ops

#include "ops/prelu/op.h"

#include "kernels/common/requantize.h"
#include "ops/blocks.h"

namespace cortico::ops {
namespace {

// 255 * 2^22 is within 31 bits.
constexpr int32_t kMostShift = 22;

bool IsNhwc(const Prelu<Device>& op) {
  return op.input.layout == Layout::kChannelsLast || op.out.layout == Layout::kChannelsLast;
}

}  // namespace

Error Check(const Prelu<Device>& op) {
  const bool nhwc = IsNhwc(op);
  if (op.input.dtype != DType::kInt8 || op.out.dtype != DType::kInt8 || !LiesSo(op.input, nhwc) ||
      !LiesSo(op.out, nhwc)) {
    return Error::kBadType;
  }
  if (op.input.rank < 2 || !SameSizes(op.input, op.out) || !HasElements(op.input)) {
    return Error::kBadShape;
  }
  const int32_t channels = op.input.size(1);
  CORTICO_RETURN_IF_ERROR(CheckRequantizes(op.multipliers, op.shifts, channels));
  CORTICO_RETURN_IF_ERROR(CheckRequantize(op.positive_multiplier, op.positive_shift));
  bool fits = op.positive_shift <= kMostShift;
  for (int32_t c = 0; c < channels; ++c) fits = fits && op.shifts.As<int32_t>()[c] <= kMostShift;
  return fits && IsInt8(op.input_zero_point) && IsInt8(op.output_zero_point)
             ? Error::kOk
             : Error::kBadArgument;
}

void Run(const Prelu<Device>& op) {
  const Blocks blocks = BlocksOf(op.input, 1, IsNhwc(op));
  const int32_t* multipliers = op.multipliers.As<int32_t>();
  const int32_t* shifts = op.shifts.As<int32_t>();
  const int8_t* in = op.input.As<int8_t>();
  int8_t* out = op.out.As<int8_t>();
  for (int32_t o = 0; o < blocks.outer; ++o) {
    for (int32_t c = 0; c < blocks.along; ++c) {
      for (int32_t i = 0; i < blocks.inner; ++i) {
        const int32_t x = *in++ - op.input_zero_point;
        const int32_t y = x < 0
                              ? kernels::Requantize(x, multipliers[c], shifts[c])
                              : kernels::Requantize(x, op.positive_multiplier, op.positive_shift);
        *out++ = kernels::ToOutput(y, op.output_zero_point, -128, 127);
      }
    }
  }
}

}  // namespace cortico::ops

#include "ops/quantize_per_tensor/op.h"

#include <cfloat>

#include "ops/checks.h"

namespace cortico::ops {
namespace {

// Adding and taking away 1.5 * 2^23 leaves a float of at most 2^22 rounded to the nearest integer,
// halves to even: the sum has no bits left for a fraction. The same on every core with IEEE floats,
// without libm, and two instructions where there is an FPU.
constexpr float kRound = 12582912.0f;

template <class T>
void Quantize(const QuantizePerTensor<Device>& op) {
  const float inverse = 1.0f / op.scale;
  // Clamping before rounding is the same as after it, as the bounds are integers, and keeps what is
  // rounded below 2^17.
  const auto low = static_cast<float>(op.quant_min - op.zero_point);
  const auto high = static_cast<float>(op.quant_max - op.zero_point);
  const float* in = op.input.As<float>();
  T* out = op.out.As<T>();
  for (const float* const end = in + op.input.numel(); in != end; ++in, ++out) {
    float value = *in * inverse;
    if (!(value == value)) value = 0.0f;
    value = value < low ? low : value;
    value = value > high ? high : value;
    value = (value + kRound) - kRound;
    *out = static_cast<T>(static_cast<int32_t>(value) + op.zero_point);
  }
}

}  // namespace

Error Check(const QuantizePerTensor<Device>& op) {
  if (op.input.dtype != DType::kFloat32 || op.out.dtype != op.dtype) return Error::kBadType;
  if (op.dtype != DType::kInt8 && op.dtype != DType::kInt16) return Error::kBadType;
  if (!SameSizes(op.input, op.out)) return Error::kBadShape;
  if (op.input.layout != op.out.layout || op.input.layout == Layout::kOther) {
    return Error::kBadType;
  }
  const int32_t most = op.dtype == DType::kInt8 ? INT8_MAX : INT16_MAX;
  return InRange(op.quant_min, -most - 1, most) && InRange(op.quant_max, op.quant_min, most) &&
                 InRange(op.zero_point, -most - 1, most) && op.scale >= FLT_MIN &&
                 op.scale <= 1.0f / FLT_MIN
             ? Error::kOk
             : Error::kBadArgument;
}

void Run(const QuantizePerTensor<Device>& op) {
  if (op.dtype == DType::kInt8) {
    Quantize<int8_t>(op);
  } else {
    Quantize<int16_t>(op);
  }
}

}  // namespace cortico::ops

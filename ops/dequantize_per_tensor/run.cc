#include "ops/dequantize_per_tensor/op.h"

#include <cfloat>

#include "ops/checks.h"

namespace cortico::ops {
namespace {

template <class T>
void Dequantize(const DequantizePerTensor<Device>& op) {
  const T* in = op.input.As<T>();
  float* out = op.out.As<float>();
  for (const T* const end = in + op.input.numel(); in != end; ++in, ++out) {
    *out = static_cast<float>(*in - op.zero_point) * op.scale;
  }
}

}  // namespace

Error Check(const DequantizePerTensor<Device>& op) {
  if (op.out.dtype != DType::kFloat32 || op.input.dtype != op.dtype) return Error::kBadType;
  if (op.dtype != DType::kInt8 && op.dtype != DType::kInt16) return Error::kBadType;
  if (!SameSizes(op.input, op.out)) return Error::kBadShape;
  if (op.input.layout != op.out.layout || op.input.layout == Layout::kOther) {
    return Error::kBadType;
  }
  const int32_t most = op.dtype == DType::kInt8 ? INT8_MAX : INT16_MAX;
  return InRange(op.zero_point, -most - 1, most) && op.scale > 0.0f && op.scale <= FLT_MAX
             ? Error::kOk
             : Error::kBadArgument;
}

void Run(const DequantizePerTensor<Device>& op) {
  if (op.dtype == DType::kInt8) {
    Dequantize<int8_t>(op);
  } else {
    Dequantize<int16_t>(op);
  }
}

}  // namespace cortico::ops

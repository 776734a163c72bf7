#include "ops/quantized_activation/op.h"

#include "ops/checks.h"

namespace cortico::ops {

Error Check(const QuantizedActivation<Device>& op) {
  for (const Tensor* t : {static_cast<const Tensor*>(&op.input), static_cast<const Tensor*>(&op.lut),
                          static_cast<const Tensor*>(&op.out)}) {
    if (t->dtype != DType::kInt8) return Error::kBadType;
  }
  if (op.input.layout != op.out.layout) return Error::kBadType;
  return op.lut.data != nullptr && op.lut.numel() == 256 && SameSizes(op.input, op.out)
             ? Error::kOk
             : Error::kBadShape;
}

void Run(const QuantizedActivation<Device>& op) {
  const int8_t* middle = op.lut.As<int8_t>() + 128;
  const int8_t* in = op.input.As<int8_t>();
  int8_t* out = op.out.As<int8_t>();
  const int32_t count = op.out.numel();
  for (int32_t i = 0; i < count; ++i) out[i] = middle[in[i]];
}

}  // namespace cortico::ops

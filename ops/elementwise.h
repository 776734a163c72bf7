// What ops on two int8 tensors, element by element, share on the target: who may be smaller, and
// the walk over blocks in which neither repeats.
#pragma once

#include <cstdint>

#include "ops/checks.h"

namespace cortico::ops {

/// One element per channel, [1, C, 1, 1], for the pixels of an NHWC tensor.
inline bool IsPerChannel(const Tensor& t, const Tensor& out) {
  return t.rank == 4 && out.IsNhwc() && t.size(1) == out.size(1) && t.numel() == t.size(1);
}

/// int8, of the sizes and in the order of `out`, or one element per channel of it.
CORTICO_AT_LOAD inline Error CheckElementwise(const Tensor& t, const Tensor& out) {
  if (t.dtype != DType::kInt8 || t.layout == Layout::kOther) return Error::kBadType;
  if (SameSizes(t, out)) return t.layout == out.layout ? Error::kOk : Error::kBadType;
  return IsPerChannel(t, out) ? Error::kOk : Error::kBadShape;
}

/// Both operands and the result; at least one operand is as large as the result.
CORTICO_AT_LOAD inline Error CheckElementwise(const Tensor& self, const Tensor& other, const Tensor& out) {
  if (out.dtype != DType::kInt8) return Error::kBadType;
  CORTICO_RETURN_IF_ERROR(CheckElementwise(self, out));
  CORTICO_RETURN_IF_ERROR(CheckElementwise(other, out));
  return SameSizes(self, out) || SameSizes(other, out) ? Error::kOk : Error::kBadShape;
}

/// Calls kernel(self, other, out, count) for runs of elements in memory order.
template <class Kernel>
void ForEachBlock(const Tensor& self, const Tensor& other, const Tensor& out, Kernel kernel) {
  const int32_t count = out.numel();
  const bool repeats_self = !SameSizes(self, out);
  const bool repeats_other = !SameSizes(other, out);
  const int32_t block = repeats_self || repeats_other ? out.size(1) : count;
  const int8_t* a = self.As<int8_t>();
  const int8_t* b = other.As<int8_t>();
  int8_t* to = out.As<int8_t>();
  for (int32_t done = 0; done < count; done += block) {
    kernel(a, b, to, block);
    if (!repeats_self) a += block;
    if (!repeats_other) b += block;
    to += block;
  }
}

}  // namespace cortico::ops

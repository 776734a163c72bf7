#include "ops/checks.h"

namespace cortico::ops {

bool HasElements(const Tensor& t) {
  for (int i = 0; i < t.rank; ++i) {
    if (t.size(i) == 0) return false;
  }
  return true;
}

bool SameSizes(const Tensor& a, const Tensor& b) {
  if (a.rank != b.rank) return false;
  for (int i = 0; i < a.rank; ++i) {
    if (a.size(i) != b.size(i)) return false;
  }
  return true;
}

Error CheckContiguousInt8(const Tensor& t, int rank) {
  if (t.dtype != DType::kInt8 || t.layout != Layout::kContiguous) return Error::kBadType;
  return t.rank == rank && HasElements(t) ? Error::kOk : Error::kBadShape;
}

Error CheckImage(const Tensor& t) {
  if (t.dtype != DType::kInt8 || !t.IsNhwc()) return Error::kBadType;
  return HasElements(t) ? Error::kOk : Error::kBadShape;
}

Error CheckInt32s(const Tensor& t, int32_t count) {
  if (t.data == nullptr) return Error::kOk;
  if (t.dtype != DType::kInt32 || t.layout != Layout::kContiguous) return Error::kBadType;
  return t.numel() == count ? Error::kOk : Error::kBadShape;
}

Error CheckOffsets(int32_t input_offset, int32_t output_offset) {
  return InRange(input_offset, -127, 128) && IsInt8(output_offset) ? Error::kOk
                                                                   : Error::kBadArgument;
}

Error CheckActivation(int32_t min, int32_t max) {
  return IsInt8(min) && IsInt8(max) && min <= max ? Error::kOk : Error::kBadArgument;
}

Error CheckRequantize(int32_t multiplier, int32_t shift) {
  return multiplier != INT32_MIN && InRange(shift, -31, 30) ? Error::kOk : Error::kBadArgument;
}

Error CheckRequantizes(const Tensor& multipliers, const Tensor& shifts, int32_t count) {
  if (multipliers.data == nullptr || shifts.data == nullptr) return Error::kBadShape;
  CORTICO_RETURN_IF_ERROR(CheckInt32s(multipliers, count));
  CORTICO_RETURN_IF_ERROR(CheckInt32s(shifts, count));
  for (int32_t i = 0; i < count; ++i) {
    CORTICO_RETURN_IF_ERROR(
        CheckRequantize(multipliers.As<int32_t>()[i], shifts.As<int32_t>()[i]));
  }
  return Error::kOk;
}

Error CheckSum(int32_t products, int32_t term, const Tensor& bias) {
  if (products > INT32_MAX / term) return Error::kSumOverflow;
  const int32_t most = INT32_MAX - products * term;
  if (bias.data == nullptr) return Error::kOk;
  const int32_t count = bias.numel();
  for (int32_t i = 0; i < count; ++i) {
    const int32_t b = bias.As<int32_t>()[i];
    if (!InRange(b, -most, most)) return Error::kSumOverflow;
  }
  return Error::kOk;
}

Error CheckScratch(const Tensor& scratch, int32_t bytes) {
  if (!kChecksScratch) return Error::kOk;
  if (SizeOf(scratch.dtype) != 1) return Error::kBadType;
  if (scratch.numel() < bytes) return Error::kBadShape;
  return reinterpret_cast<uintptr_t>(scratch.data) % 4 == 0 ? Error::kOk : Error::kMisaligned;
}

Error CheckWindow(const Tensor& in, const Tensor& out, const Window& window) {
  constexpr int32_t kMost = 1 << 15;
  for (int i = 0; i < 2; ++i) {
    const int32_t stride = window.stride[i];
    const int32_t padding = window.padding[i];
    if (!InRange(window.kernel[i], 1, kMost) || !InRange(stride, 1, kMost) ||
        !InRange(padding, 0, kMost) || !InRange(window.dilation[i], 1, kMost)) {
      return Error::kBadArgument;
    }
    const int32_t size = in.size(2 + i);
    const int32_t reach = window.dilation[i] * (window.kernel[i] - 1) + 1;
    if (size > INT32_MAX / 2) return Error::kBadShape;
    const int32_t room = size + 2 * padding - reach;
    if (room < 0) return Error::kBadShape;
    int32_t count = room / stride + 1;
    if (window.ceil && count * stride < size + padding && room % stride != 0) ++count;
    if (out.size(2 + i) != count) return Error::kBadShape;
  }
  return out.size(0) == in.size(0) ? Error::kOk : Error::kBadShape;
}

}  // namespace cortico::ops

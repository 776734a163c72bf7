// What several ops ask of their tensors and numbers when a model is loaded.
//
// A Check promises that no kernel reads or writes outside of its operands and that no int32 sum
// overflows, whatever the program says: afterwards nothing can go wrong. It is written against the
// contracts in kernels/include/arm_nnfunctions.h, so that it also holds for Arm's library.
//
// On the host, programs of every family run, by the kernels that the host has. Their scratch was
// measured for the family's kernels, not for the host's, and is not checked there: the host's
// kernels use none.
#pragma once

#include <cstdint>

#include "arm_nn_types.h"
#include "kernels/common/variants.h"
#include "runtime/core/error.h"
#include "runtime/core/fields.h"
#include "runtime/core/result.h"
#include "runtime/core/tensor.h"

namespace cortico::ops {

#if defined(__arm__)
inline constexpr bool kChecksScratch = true;
#else
inline constexpr bool kChecksScratch = false;
#endif

/// Whether fully connected kernels take sums instead of a bias (arm_fully_connected_s8).
inline constexpr bool kTakesKernelSums = kernels::kIsa == kernels::Isa::kMve;

inline bool InRange(int32_t x, int32_t low, int32_t high) { return x >= low && x <= high; }
inline bool IsInt8(int32_t x) { return InRange(x, -128, 127); }

inline cmsis_nn_dims NhwcDims(const Tensor& t) {
  return {t.size(0), t.size(2), t.size(3), t.size(1)};
}
/// Of a tensor whose sizes are in the kernel's order already.
inline cmsis_nn_dims Dims(const Tensor& t) { return {t.size(0), t.size(1), t.size(2), t.size(3)}; }
inline cmsis_nn_context ScratchOf(const Tensor& scratch, void* otherwise) {
  // `otherwise`: on the host a program may come without scratch that a kernel asks for and does not
  // use; the kernel then wants a pointer, any pointer.
  if (!kChecksScratch && scratch.data == nullptr) return {otherwise, 0};
  return {scratch.data, scratch.numel()};
}

CORTICO_AT_LOAD bool HasElements(const Tensor& t);
CORTICO_AT_LOAD bool SameSizes(const Tensor& a, const Tensor& b);
/// int8, in memory as its sizes say, at least one element.
CORTICO_AT_LOAD Error CheckContiguousInt8(const Tensor& t, int rank);
/// int8, rank 4, NHWC in memory, at least one element.
CORTICO_AT_LOAD Error CheckImage(const Tensor& t);
/// int32, contiguous, `count` elements; an absent one passes.
CORTICO_AT_LOAD Error CheckInt32s(const Tensor& t, int32_t count);
/// Offsets as the API has them: input's in [-127, 128], output's in [-128, 127]; min <= max, int8.
CORTICO_AT_LOAD Error CheckOffsets(int32_t input_offset, int32_t output_offset);
CORTICO_AT_LOAD Error CheckActivation(int32_t min, int32_t max);
/// 2^-32 <= factor < 2^30, as TensorFlow Lite writes it.
CORTICO_AT_LOAD Error CheckRequantize(int32_t multiplier, int32_t shift);
/// The same of a factor for each of `count` channels, in constant tensors.
CORTICO_AT_LOAD Error CheckRequantizes(const Tensor& multipliers, const Tensor& shifts, int32_t count);
/// A sum of `products` terms, each at most `term`, plus any element of `bias` (may be absent) stays
/// within int32.
CORTICO_AT_LOAD Error CheckSum(int32_t products, int32_t term, const Tensor& bias);
/// uint8 (or another type of one byte) with `bytes` bytes at a multiple of 4.
CORTICO_AT_LOAD Error CheckScratch(const Tensor& scratch, int32_t bytes);

/// Windows of kernel[0] x kernel[1] over the images in and out. Their output sizes are
///   (in + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
/// rounded down or, for `ceil`, up, in which case a window that would start beyond the image and
/// the padding on its left does not count. Numbers are at most 2^15.
struct Window {
  const int32_t* kernel;
  const int32_t* stride;
  const int32_t* padding;
  const int32_t* dilation;
  bool ceil;
};
CORTICO_AT_LOAD Error CheckWindow(const Tensor& in, const Tensor& out, const Window& window);

}  // namespace cortico::ops

// From a dim order, as programs and ExecuTorch's tensors carry it, to the three layouts of kernels.
#pragma once

#include <cstdint>

#include "runtime/core/tensor.h"

namespace cortico {

/// `order` names each of `rank` (at most kMaxRank) dimensions once.
inline bool IsPermutation(const uint8_t* order, uint32_t rank) {
  uint32_t seen = 0;
  for (uint32_t i = 0; i < rank; ++i) {
    if (order[i] >= rank) return false;
    seen |= 1u << order[i];
  }
  return seen == (1u << rank) - 1;
}

/// The layout of a tensor whose dimensions lie in memory in this order (a permutation), the
/// outermost first. Dimensions of one element are left aside: they lie anywhere, and writers differ
/// in where they put them.
inline Layout LayoutOf(const int32_t* sizes, const uint8_t* order, uint32_t rank) {
  static constexpr uint8_t kNhwcPlace[4] = {0, 3, 1, 2};
  bool contiguous = true;
  bool channels_last = rank == 4;
  int last = -1;
  int last_place = -1;
  for (uint32_t i = 0; i < rank; ++i) {
    const int dim = order[i];
    if (sizes[dim] == 1) continue;
    if (dim < last) contiguous = false;
    last = dim;
    if (channels_last) {
      const int place = kNhwcPlace[dim];
      if (place < last_place) channels_last = false;
      last_place = place;
    }
  }
  return contiguous ? Layout::kContiguous
                    : channels_last ? Layout::kChannelsLast : Layout::kOther;
}

}  // namespace cortico

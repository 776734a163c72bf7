// A tensor in memory as runs of bytes along one dimension: what ops that only move data share.
#pragma once

#include <cstdint>

#include "ops/checks.h"

namespace cortico::ops {

/// `outer` times `along` runs of `inner` bytes.
struct Blocks {
  int32_t outer = 1, along = 1, inner = 1;
};

/// Of a tensor in the logical order or, for `nhwc`, of images in N H W C.
inline Blocks BlocksOf(const Tensor& t, int dim, bool nhwc) {
  static constexpr int kNhwc[4] = {0, 2, 3, 1};
  Blocks blocks;
  blocks.inner = static_cast<int32_t>(SizeOf(t.dtype));
  bool behind = false;
  for (int i = 0; i < t.rank; ++i) {
    const int d = nhwc ? kNhwc[i] : i;
    if (d == dim) {
      blocks.along = t.size(d);
      behind = true;
    } else {
      (behind ? blocks.inner : blocks.outer) *= t.size(d);
    }
  }
  return blocks;
}

/// Whether both lie in the order that `nhwc` says. With one channel, or one pixel, both orders are
/// the same.
inline bool LiesSo(const Tensor& t, bool nhwc) {
  return nhwc ? t.IsNhwc() : t.layout == Layout::kContiguous;
}

}  // namespace cortico::ops

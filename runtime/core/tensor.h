// A tensor as an operator sees it on the target: where the bytes are and how they are arranged.
#pragma once

#include <cstdint>

#include "runtime/core/dtype.h"

namespace cortico {

inline constexpr int kMaxRank = 8;

/// The order of dimensions in memory, as far as kernels care.
enum class Layout : uint8_t {
  kContiguous,    ///< outermost dimension first: sizes and memory agree
  kChannelsLast,  ///< rank 4, logical N C H W, memory N H W C
  kOther,         ///< any other permutation; only data movement takes it
};

/// Three words. `sizes` points into the program, which outlives every model made from it.
struct Tensor {
  void* data = nullptr;
  const int32_t* sizes = nullptr;
  DType dtype = DType::kUInt8;
  uint8_t rank = 0;
  Layout layout = Layout::kContiguous;
  bool is_constant = false;

  int32_t size(int dim) const { return sizes[dim]; }
  /// Number of elements. Checked against overflow when the program was loaded.
  int32_t numel() const {
    int32_t n = 1;
    for (int i = 0; i < rank; ++i) n *= sizes[i];
    return n;
  }
  /// True when memory order is N H W C: by declaration, or because only one order exists
  /// (one channel, or a single pixel).
  bool IsNhwc() const {
    return rank == 4 && (layout == Layout::kChannelsLast ||
                         (layout == Layout::kContiguous &&
                          (sizes[1] == 1 || (sizes[2] == 1 && sizes[3] == 1))));
  }
  template <class T>
  T* As() const {
    return static_cast<T*>(data);
  }
};

}  // namespace cortico

// Clipping of a sliding window to the input, so that loops over taps need no bounds tests.
#pragma once

#include <cstdint>

namespace cortico::kernels {

// Taps [begin, end) of a window read inside the input; empty when begin >= end.
struct Taps {
  int32_t begin;
  int32_t end;
};

// The taps k in [0, taps) with 0 <= base + k * dilation < size. base is the position of tap 0,
// output index * stride - padding. dilation >= 1.
inline Taps ClipTaps(int32_t base, int32_t dilation, int32_t taps, int32_t size) {
  int32_t before = base < 0 ? -base : 0;
  int32_t inside = size - base;
  if (inside < 0) inside = 0;
  if (dilation > 1) {  // the division is a library call on v6-M
    before = (before + dilation - 1) / dilation;
    inside = (inside + dilation - 1) / dilation;
  }
  return {before, inside < taps ? inside : taps};
}

}  // namespace cortico::kernels

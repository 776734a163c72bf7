// cortico::adaptive_avg_pool2d, cortico::adaptive_max_pool2d: int8 pools with a given result size.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out[n,c,y,x] = mean of input[n, c, i, j] over floor(y*H/OH) <= i < ceil((y+1)*H/OH) and
/// floor(x*W/OW) <= j < ceil((x+1)*W/OW), rounded to nearest, halves away from zero.
/// input [N, C, H, W], out [N, C, OH, OW]: int8, memory NHWC, of one scale and zero point. A window
/// has at most 2^22 elements.
template <class D>
struct AdaptiveAvgPool2d {
  static constexpr char kName[] = "cortico::adaptive_avg_pool2d";

  In<D> input;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("out", op.out);
  }
};

/// The same with the largest element of each window.
template <class D>
struct AdaptiveMaxPool2d : AdaptiveAvgPool2d<D> {
  static constexpr char kName[] = "cortico::adaptive_max_pool2d";
};

CORTICO_AT_LOAD Error Check(const AdaptiveAvgPool2d<Device>& op);
void Run(const AdaptiveAvgPool2d<Device>& op);
void Run(const AdaptiveMaxPool2d<Device>& op);

}  // namespace cortico::ops

// cortico::upsample_nearest2d, cortico::upsample_bilinear2d: int8 images made larger (or smaller).
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out(y, x) = input(floor(y * H / OH), floor(x * W / OW))
/// input [N, C, H, W], out [N, C, OH, OW]: int8, NHWC in memory, the same scale and zero point.
/// Sizes are at most 2^15.
template <class D>
struct UpsampleNearest2d {
  static constexpr char kName[] = "cortico::upsample_nearest2d";

  In<D> input;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("out", op.out);
  }
};

/// out(y, x) = the mean of the four input pixels around (v, u), weighted by nearness in steps of
/// 1/1024 and rounded to nearest, halves up:
/// align_corners: v = y * (H - 1) / (OH - 1); otherwise v = max((y + 1/2) * H / OH - 1/2, 0); u
/// likewise. input, out: as UpsampleNearest2d.
template <class D>
struct UpsampleBilinear2d {
  static constexpr char kName[] = "cortico::upsample_bilinear2d";

  In<D> input;
  bool align_corners = false;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("align_corners", op.align_corners);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const UpsampleNearest2d<Device>& op);
void Run(const UpsampleNearest2d<Device>& op);
CORTICO_AT_LOAD Error Check(const UpsampleBilinear2d<Device>& op);
void Run(const UpsampleBilinear2d<Device>& op);

}  // namespace cortico::ops

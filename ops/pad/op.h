// cortex_m::pad: an int8 tensor with a border of one value.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out is input with pre_pad[d] elements of pad_value before and post_pad[d] after it along each
/// dimension. The four entries follow memory from the outermost dimension in: N H W C for a
/// channels-last tensor, otherwise the dimensions as they are, a rank below 4 padded with zeros in
/// front (rank 2: entries 2 and 3 count, 0 and 1 are 0).
/// input, out: int8, rank 1 to 4, contiguous or NHWC in memory, both alike. Entries: >= 0.
/// pad_value: int8 range, a quantized value (the zero point, for a border of zeros).
template <class D>
struct Pad {
  static constexpr char kName[] = "cortex_m::pad";

  In<D> input;
  Ints<4> pre_pad, post_pad;
  int32_t pad_value = 0;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("pre_pad", op.pre_pad);
    visit("post_pad", op.post_pad);
    visit("pad_value", op.pad_value);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const Pad<Device>& op);
void Run(const Pad<Device>& op);

}  // namespace cortico::ops

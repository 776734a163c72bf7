// aten::convolution: float convolution of images, transposed or not, under ExecuTorch's portable
// name.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// out = input convolved with weight, plus bias.
/// input [N, C, H, W], out [N, O, H', W'], weight [O, C / groups, kh, kw] or, transposed,
/// [C, O / groups, kh, kw]; bias [O] or none. float32, in the logical order. H' is
///   (H + 2 * padding - dilation * (kh - 1) - 1) / stride + 1, rounded down, or, transposed,
///   (H - 1) * stride - 2 * padding + dilation * (kh - 1) + output_padding + 1
/// and W' likewise; output_padding is smaller than stride or dilation. Numbers are at most 2^15.
template <class D>
struct AtenConvolution {
  static constexpr char kName[] = "aten::convolution";
  static constexpr char kAten[] = "aten.convolution.default";
  static constexpr char kSchema[] =
      "aten::convolution.out(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, "
      "SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, "
      "SymInt groups, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> input, weight;
  OptionalIn<D> bias;
  Ints<2> stride = {{1, 1}}, padding, dilation = {{1, 1}};
  bool transposed = false;
  Ints<2> output_padding;
  int32_t groups = 1;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("weight", op.weight);
    visit("bias", op.bias);
    visit("stride", op.stride);
    visit("padding", op.padding);
    visit("dilation", op.dilation);
    visit("transposed", op.transposed);
    visit("output_padding", op.output_padding);
    visit("groups", op.groups);
    visit("out", op.out);
  }
};

CORTICO_AT_LOAD Error Check(const AtenConvolution<Device>& op);
void Run(const AtenConvolution<Device>& op);

}  // namespace cortico::ops

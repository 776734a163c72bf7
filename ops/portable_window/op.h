// aten::avg_pool2d, aten::max_pool2d_with_indices, aten::_adaptive_avg_pool2d and the two
// upsamplings: floats over windows of an image, under ExecuTorch's portable names.
#pragma once

#include "runtime/core/fields.h"

namespace cortico::ops {

/// In all of them the image is [N, C, H, W], float32, in the logical order. Windows: a stride that
/// is left out is the kernel; a padding is at most half of the kernel; sizes by PyTorch's rule, with
/// ceil_mode the last window starts inside of the image or its left padding. At most 2^15.

/// The mean of each window, summed in double. Divided by divisor_override, or by the elements that
/// the window has inside of the image and, for count_include_pad, its padding.
template <class D>
struct AtenAvgPool2d {
  static constexpr char kName[] = "aten::avg_pool2d";
  static constexpr char kAten[] = "aten.avg_pool2d.default";
  static constexpr char kSchema[] =
      "aten::avg_pool2d.out(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, "
      "bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None, *, "
      "Tensor(a!) out) -> Tensor(a!)";

  In<D> self;
  Ints<2> kernel_size = {{1, 1}};
  IntList<2> stride;
  Ints<2> padding;
  bool ceil_mode = false, count_include_pad = true;
  OptionalInt divisor_override;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("kernel_size", op.kernel_size);
    visit("stride", op.stride);
    visit("padding", op.padding);
    visit("ceil_mode", op.ceil_mode);
    visit("count_include_pad", op.count_include_pad);
    visit("divisor_override", op.divisor_override);
    visit("out", op.out);
  }
};

/// The largest element of each window, and its place in the plane; of equals the first, NaN wins.
/// indices: int64.
template <class D>
struct AtenMaxPool2d {
  static constexpr char kName[] = "aten::max_pool2d_with_indices";
  static constexpr char kAten[] = "aten.max_pool2d_with_indices.default";
  static constexpr char kSchema[] =
      "aten::max_pool2d_with_indices.out(Tensor self, int[2] kernel_size, int[2] stride=[], "
      "int[2] padding=0, int[2] dilation=1, bool ceil_mode=False, *, Tensor(a!) out, "
      "Tensor(b!) indices) -> (Tensor(a!), Tensor(b!))";

  In<D> self;
  Ints<2> kernel_size = {{1, 1}};
  IntList<2> stride;
  Ints<2> padding, dilation = {{1, 1}};
  bool ceil_mode = false;
  Out<D> out, indices;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("kernel_size", op.kernel_size);
    visit("stride", op.stride);
    visit("padding", op.padding);
    visit("dilation", op.dilation);
    visit("ceil_mode", op.ceil_mode);
    visit("out", op.out);
    visit("indices", op.indices);
  }
};

/// out[y, x] = the mean of rows floor(y * H / H') to ceil((y + 1) * H / H'), columns likewise.
template <class D>
struct AtenAdaptiveAvgPool2d {
  static constexpr char kName[] = "aten::_adaptive_avg_pool2d";
  static constexpr char kAten[] = "aten._adaptive_avg_pool2d.default";
  static constexpr char kSchema[] =
      "aten::_adaptive_avg_pool2d.out(Tensor self, SymInt[2] output_size, *, Tensor(a!) out) "
      "-> Tensor(a!)";

  In<D> self;
  Ints<2> output_size;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("self", op.self);
    visit("output_size", op.output_size);
    visit("out", op.out);
  }
};

/// out[y, x] = input[floor(y * sh), floor(x * sw)]; s is 1 / scale_factor or, without one, the
/// ratio of the sizes. One of output_size and scale_factors is given.
template <class D>
struct AtenUpsampleNearest2d {
  static constexpr char kName[] = "aten::upsample_nearest2d";
  static constexpr char kOverload[] = "vec_out";
  static constexpr char kAten[] = "aten.upsample_nearest2d.vec";
  static constexpr char kSchema[] =
      "aten::upsample_nearest2d.vec_out(Tensor input, SymInt[]? output_size, "
      "float[]? scale_factors, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> input;
  OptionalIntList<2> output_size;
  OptionalFloats<2> scale_factors;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("output_size", op.output_size);
    visit("scale_factors", op.scale_factors);
    visit("out", op.out);
  }
};

/// Between the four nearest pixels, whose corners (align_corners) or edges fall together; s as
/// above or, for align_corners, (size - 1) / (size' - 1).
template <class D>
struct AtenUpsampleBilinear2d {
  static constexpr char kName[] = "aten::upsample_bilinear2d";
  static constexpr char kOverload[] = "vec_out";
  static constexpr char kAten[] = "aten.upsample_bilinear2d.vec";
  static constexpr char kSchema[] =
      "aten::upsample_bilinear2d.vec_out(Tensor input, SymInt[]? output_size, bool align_corners, "
      "float[]? scale_factors, *, Tensor(a!) out) -> Tensor(a!)";

  In<D> input;
  OptionalIntList<2> output_size;
  bool align_corners = false;
  OptionalFloats<2> scale_factors;
  Out<D> out;

  template <class Op, class Visitor>
  static constexpr void Fields(Op& op, Visitor& visit) {
    visit("input", op.input);
    visit("output_size", op.output_size);
    visit("align_corners", op.align_corners);
    visit("scale_factors", op.scale_factors);
    visit("out", op.out);
  }
};

#define CORTICO_DECLARE(Struct)                          \
  CORTICO_AT_LOAD Error Check(const Struct<Device>& op); \
  void Run(const Struct<Device>& op);
CORTICO_DECLARE(AtenAvgPool2d)
CORTICO_DECLARE(AtenMaxPool2d)
CORTICO_DECLARE(AtenAdaptiveAvgPool2d)
CORTICO_DECLARE(AtenUpsampleNearest2d)
CORTICO_DECLARE(AtenUpsampleBilinear2d)
#undef CORTICO_DECLARE

}  // namespace cortico::ops

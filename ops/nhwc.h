// The `_nhwc` twin of an op on images: the same fields and the same arithmetic, but the sizes of
// images are N H W C themselves, in the plain order of memory. The bytes are the same, so a twin is
// its plain sibling behind another reading of the sizes.
//
//   template <class D>
//   struct QuantizedConv2dNhwc : QuantizedConv2d<D> {
//     static constexpr char kName[] = "cortex_m::quantized_conv2d_nhwc";
//   };
#pragma once

#include "ops/checks.h"

namespace cortico::ops {

/// `op` of the plain family, made of a twin's fields. Points into itself: not to be copied.
template <class Op>
class PlainView {
 public:
  explicit PlainView(const Op& op) : op_(op) {
    Turn(op_.input, input_sizes_);
    Turn(op_.out, output_sizes_);
  }
  PlainView(const PlainView&) = delete;
  PlainView& operator=(const PlainView&) = delete;
  const Op& op() const { return op_; }

 private:
  static void Turn(Tensor& image, int32_t (&sizes)[4]) {
    sizes[0] = image.size(0), sizes[1] = image.size(3);
    sizes[2] = image.size(1), sizes[3] = image.size(2);
    image.sizes = sizes;
    image.layout = Layout::kChannelsLast;
  }

  Op op_;
  int32_t input_sizes_[4], output_sizes_[4];
};

/// Check and Run of a twin; `Op` is its plain sibling.
template <class Op>
CORTICO_AT_LOAD Error CheckNhwc(const Op& op) {
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(op.input, 4));
  CORTICO_RETURN_IF_ERROR(CheckContiguousInt8(op.out, 4));
  return Check(PlainView<Op>(op).op());
}

template <class Op>
void RunNhwc(const Op& op) {
  Run(PlainView<Op>(op).op());
}

}  // namespace cortico::ops

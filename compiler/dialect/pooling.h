// What the two poolings answer alike.
#pragma once

#include <string>
#include <vector>

#include "compiler/dialect/rules.h"

namespace cortico::rules {

/// Window and ceil mode of an ATen pooling. A stride that is left out is the kernel's size.
template <class Op>
void TakePool(const Node& node, Op* op) {
  const auto kernel = Pair(node.IntList("kernel_size", {1}));
  const Ints64 stride = node.IntList("stride", {});
  const auto steps = stride.empty() ? kernel : Pair(stride);
  const auto padding = Pair(node.IntList("padding", {0}));
  for (size_t i = 0; i < 2; ++i) {
    const int k = static_cast<int>(i);
    op->kernel_size[k] = kernel[i], op->stride[k] = steps[i], op->padding[k] = padding[i];
  }
  op->ceil_mode = node.Bool("ceil_mode", false);
}

/// What is illegal about a pooling.
template <class Op>
std::string IllegalPool(const Op& op) {
  if (std::string why = ExpectTensor(op.input.value, "its input", DType::kInt8, 4); !why.empty())
    return why;
  return ExpectTensor(op.out.value, "its result", DType::kInt8, 4);
}

/// The result of a pooling whose window takes every `dilation[k]`th element.
template <class Op>
TensorType PooledType(const Op& op, const std::array<int32_t, 2>& dilation) {
  const Ints64& in = op.input.type().sizes;
  TensorType type = op.out.type();
  type.dtype = DType::kInt8;
  type.sizes = {in.at(0), in.at(1)};
  for (size_t i = 0; i < 2; ++i) {
    const int k = static_cast<int>(i);
    type.sizes.push_back(WindowedSize(in.at(2 + i), op.kernel_size[k], op.stride[k],
                                      op.padding[k], dilation[i], op.ceil_mode));
  }
  return type;
}

/// The reference's view of a pooling, without a clamp.
template <class Op>
reference::Pool ToReferencePool(const Op& op) {
  reference::Pool p;
  p.input = NhwcShape(op.input.type());
  p.output = NhwcShape(op.out.type());
  p.window_h = op.kernel_size[0], p.window_w = op.kernel_size[1];
  p.stride_h = op.stride[0], p.stride_w = op.stride[1];
  p.pad_h = op.padding[0], p.pad_w = op.padding[1];
  return p;
}

}  // namespace cortico::rules

#include "compiler/dialect/elementwise.h"

namespace cortico::rules {

bool IsPerChannel(const TensorType& type, const TensorType& of) {
  return type.rank() == 4 && of.rank() == 4 && type.sizes[1] == of.sizes[1] &&
         type.numel() == type.sizes[1];
}

std::string UnfitElementwise(const Node& node) {
  const Value* self = node.Tensor("self");
  const Value* other = node.Tensor("other");
  if (self == nullptr || other == nullptr) return "its other operand is a number, not a tensor";
  if (self->type.sizes == other->type.sizes || IsPerChannel(self->type, other->type) ||
      IsPerChannel(other->type, self->type))
    return "";
  return "its inputs " + self->type.ToString() + " and " + other->type.ToString() +
         " differ in size by more than one element per channel";
}

LayoutWish ElementwiseLayout(const Node& node) {
  const Value* self = node.Tensor("self");
  const Value* other = node.Tensor("other");
  return self != nullptr && other != nullptr && self->type.sizes != other->type.sizes
             ? LayoutWish::kChannelsLast
             : LayoutWish::kAsInput;
}

std::string IllegalElementwise(const TensorType& self, const TensorType& other,
                               const TensorType& out) {
  for (const TensorType* type : {&self, &other, &out})
    if (type->dtype != DType::kInt8) return type->ToString() + " is not int8";
  const auto fits = [&out](const TensorType& type) {
    return (type.sizes == out.sizes && type.order() == out.order()) ||
           (IsPerChannel(type, out) && out.channels_last());
  };
  if (fits(self) && fits(other) && (self.sizes == out.sizes || other.sizes == out.sizes)) return "";
  return self.ToString() + ", " + other.ToString() + " and " + out.ToString() +
         " differ in sizes or in their order in memory";
}

const Ints64& ElementwiseSizes(const TensorType& self, const TensorType& other) {
  return self.numel() >= other.numel() ? self.sizes : other.sizes;
}

std::vector<Overlay> ElementwiseOverlays(const TensorType& self, const TensorType& other,
                                         const TensorType& out) {
  std::vector<Overlay> overlays;
  if (self.sizes == out.sizes) overlays.push_back({"self", 0});
  if (other.sizes == out.sizes) overlays.push_back({"other", 0});
  return overlays;
}

std::pair<std::vector<int8_t>, std::vector<int8_t>> ElementwiseOperands(
    const TensorType& out, const std::vector<const HostTensor*>& inputs) {
  const auto spread = [&out](const HostTensor& tensor) {
    const int8_t* data = tensor.As<int8_t>();
    const auto count = static_cast<size_t>(out.numel());
    if (tensor.type.sizes == out.sizes) return std::vector<int8_t>(data, data + count);
    const int64_t pixels = out.sizes[2] * out.sizes[3];
    std::vector<int8_t> all(count);
    for (size_t i = 0; i < count; ++i)
      all[i] = data[static_cast<int64_t>(i) / pixels % out.sizes[1]];
    return all;
  };
  // The same tensor on both sides is listed once by some callers and twice by others.
  return {spread(*inputs.at(0)), spread(*inputs.at(inputs.size() > 1 ? 1 : 0))};
}

}  // namespace cortico::rules

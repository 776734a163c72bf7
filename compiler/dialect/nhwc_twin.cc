#include "compiler/dialect/nhwc_twin.h"

namespace cortico::rules {

PlainNode::PlainNode(const Node& node, std::string_view name) {
  auto args = node.args;
  for (auto& [key, arg] : args) {
    auto* value = std::get_if<Value*>(&arg);
    if (value == nullptr || *value == nullptr) continue;
    const TensorType type = key == "input" ? NhwcToPlain((*value)->type) : (*value)->type;
    *value = (*value)->is_constant() ? graph_.AddConstant((*value)->name, type, (*value)->data)
                                     : graph_.AddInput((*value)->name, type);
  }
  node_ = graph_.AddNode(std::string(name), std::move(args), NhwcToPlain(node.output()->type),
                         node.output()->name);
  node_->location = node.location;
}

TensorType NhwcToPlain(TensorType type) {
  const Ints64 s = type.sizes;
  type.sizes = {s.at(0), s.at(3), s.at(1), s.at(2)};
  type.dim_order = {0, 2, 3, 1};
  return type;
}

TensorType PlainToNhwc(TensorType type) {
  const Ints64 s = type.sizes;
  type.sizes = {s.at(0), s.at(2), s.at(3), s.at(1)};
  type.dim_order.clear();
  return type;
}

HostTensor NhwcToPlain(const HostTensor& tensor) {
  const auto* data = tensor.As<int8_t>();
  return FromNhwc(NhwcToPlain(tensor.type), {data, data + tensor.type.numel()});
}

HostTensor PlainToNhwc(const HostTensor& tensor) {
  const std::vector<int8_t> data = ToNhwc(tensor);
  HostTensor turned{PlainToNhwc(tensor.type), Bytes(data.size())};
  std::copy(data.begin(), data.end(), turned.As<int8_t>());
  return turned;
}

}  // namespace cortico::rules

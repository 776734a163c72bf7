#include <algorithm>

#include "compiler/dialect/rules.h"
#include "ops/argmax/op.h"

namespace cortico::ops {
namespace {

template <template <class> class Op, bool largest>
class Place : public TypedOp<Op> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    QuantPattern pattern;
    pattern.name = largest ? "argmax" : "argmin";
    pattern.ops = LowersFrom();
    pattern.arguments = {{"self", QuantRole::kActivation, 0}};
    pattern.only_reads = true;
    return {pattern};
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  // Over the channels of an image, or with its dimension kept, it works in any order.
  LayoutWish Layout(const Node& node) const override {
    const Value* self = node.Tensor("self");
    if (self == nullptr) return LayoutWish::kContiguous;
    const bool keeps = node.output()->type.rank() == self->type.rank();
    return keeps || (self->type.rank() == 4 && DimOf(node) == 1) ? LayoutWish::kAsInput
                                                                 : LayoutWish::kContiguous;
  }
  std::vector<std::string> LowersFrom() const override {
    return {largest ? "aten.argmax.default" : "aten.argmin.default"};
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Op<OnGraph> op;
    op.input.value = node->Tensor("self");
    if (std::string why = rules::ExpectInt8(op.input.value, "its input"); !why.empty()) return why;
    op.dim = static_cast<int32_t>(DimOf(*node));
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = this->Read(node);
    if (std::string why = rules::ExpectTensor(op.input.value, "its input", DType::kInt8);
        !why.empty())
      return why;
    const TensorType &in = op.input.type(), &out = op.out.type();
    if (op.dim < 0 || op.dim >= in.rank()) return "its dimension is none of " + in.ToString();
    const bool keeps = out.rank() == in.rank();
    if (keeps ? out.order() != in.order() : in.channels_last() && op.dim != 1)
      return "its result is not in the order of its input in memory";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = this->Read(node);
    TensorType type = node.output()->type;
    const bool keeps = type.rank() == op.input.type().rank();
    type.dtype = DType::kInt64;
    type.sizes = op.input.type().sizes;
    if (keeps) type.sizes[static_cast<size_t>(op.dim)] = 1;
    else type.sizes.erase(type.sizes.begin() + op.dim);
    return type;
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = this->Read(node);
    const HostTensor& input = *inputs.at(0);
    const int64_t stride = StridesOf(input.type)[static_cast<size_t>(op.dim)];
    const int64_t size = input.type.sizes[static_cast<size_t>(op.dim)];
    HostTensor result{rules::Contiguous(op.out.type()),
                      Bytes(static_cast<size_t>(op.out.type().nbytes()))};
    for (int64_t i = 0; i < result.type.numel(); ++i) {
      std::vector<int8_t> row;
      for (int64_t k = 0; k < size; ++k)
        row.push_back(input.As<int8_t>()[i / stride * stride * size + k * stride + i % stride]);
      const auto best = largest ? std::max_element(row.begin(), row.end())
                                : std::min_element(row.begin(), row.end());
      result.As<int64_t>()[i] = best - row.begin();
    }
    std::vector<HostTensor> list;
    list.push_back(std::move(result));
    return list;
  }

 private:
  static int64_t DimOf(const Node& node) {
    const int64_t dim = node.Int("dim", 0);
    return dim < 0 ? dim + node.Tensor("self")->type.rank() : dim;
  }
  static std::string Unfit(const Node& node) {
    const Value* self = node.Tensor("self");
    if (self == nullptr) return "it has no input";
    const int64_t dim = DimOf(node);
    return dim < 0 || dim >= self->type.rank() ? "its dimension is none of its input's" : "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineArgmax() { return std::make_unique<Place<Argmax, true>>(); }
std::unique_ptr<OpDefinition> DefineArgmin() { return std::make_unique<Place<Argmin, false>>(); }

}  // namespace cortico::ops

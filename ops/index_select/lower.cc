#include <algorithm>

#include "compiler/dialect/rules.h"
#include "ops/index_select/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<IndexSelect> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    return {{"index_select", LowersFrom(), {{"self", QuantRole::kActivation, 0}}, true}};
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  std::vector<std::string> LowersFrom() const override { return {"aten.index_select.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    IndexSelect<OnGraph> op;
    op.input.value = node->Tensor("self");
    if (std::string why = rules::ExpectSameParameters(op.input.value, node->output()); !why.empty())
      return why;
    op.dim = static_cast<int32_t>(DimOf(*node));
    const Value* index = node->Tensor("index");
    const int64_t* first = index->DataAs<int64_t>();
    const std::vector<int32_t> places(first, first + index->type.numel());
    op.index.value = context.Constant(index->name + "_32",
                                      {DType::kInt32, {index->type.numel()}, {}, {}}, places);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const TensorType& in = op.input.type();
    if (op.dim < 0 || op.dim >= in.rank()) return "its dimension is none of " + in.ToString();
    if (std::string why = rules::ExpectTensor(op.index.value, "its index", DType::kInt32, 1);
        !why.empty())
      return why;
    for (int32_t place : rules::Int32s(op.index.value))
      if (place < 0 || place >= in.sizes[static_cast<size_t>(op.dim)])
        return "index " + std::to_string(place) + " is none of " + in.ToString();
    if (in.order() != op.out.type().order() || in.quantization != op.out.type().quantization)
      return "it does not keep the order in memory or the parameters";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = op.input.type();
    type.sizes[static_cast<size_t>(op.dim)] = op.index.type().numel();
    return type;
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& input = *inputs.at(0);
    const TensorType& out = op.out.type();
    HostTensor result{rules::Contiguous(out), Bytes(static_cast<size_t>(out.nbytes()))};
    const std::vector<int32_t> index = rules::Int32s(op.index.value);
    const std::vector<int64_t> from = StridesOf(input.type), to = StridesOf(result.type);
    const auto element = static_cast<int64_t>(SizeOf(out.dtype));
    for (int64_t i = 0; i < out.numel(); ++i) {
      int64_t rest = i, place = 0;
      for (size_t d = 0; d < to.size(); ++d) {
        const auto k = static_cast<size_t>(rest / to[d]);
        rest %= to[d];
        place += (static_cast<int32_t>(d) == op.dim ? index[k] : static_cast<int64_t>(k)) * from[d];
      }
      std::copy_n(input.data.begin() + place * element, element, result.data.begin() + i * element);
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
    const Value *self = node.Tensor("self"), *index = node.Tensor("index");
    if (self == nullptr || index == nullptr || !index->is_constant())
      return "its indices are computed, not constants";
    if (index->type.dtype != DType::kInt64) return "its indices are not int64";
    const int64_t dim = DimOf(node);
    if (dim < 0 || dim >= self->type.rank()) return "its dimension is none of its input's";
    for (int64_t k = 0; k < index->type.numel(); ++k)
      if (index->DataAs<int64_t>()[k] < 0 ||
          index->DataAs<int64_t>()[k] >= self->type.sizes[static_cast<size_t>(dim)])
        return "an index lies outside of its input";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineIndexSelect() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops

#include <algorithm>

#include "compiler/dialect/rules.h"
#include "ops/cat/op.h"

namespace cortico::ops {
namespace {

constexpr size_t kMost = 8;

int64_t DimOf(int64_t dim, int rank) { return dim < 0 ? dim + rank : dim; }

class Definition : public TypedOp<Cat> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    QuantPattern pattern;
    pattern.name = "cat";
    pattern.ops = {"aten.cat.default"};
    pattern.arguments = {{"tensors", QuantRole::kActivation, 0}};
    pattern.shares_input = true;
    return {pattern};
  }
  std::string Reject(const std::vector<Node*>& chain) const override { return Unfit(*chain.front()); }

  bool TakesFloat() const override { return true; }
  std::vector<std::string> LowersFrom() const override { return {"aten.cat.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Values list = std::get<Values>(*node->Find("tensors"));
    for (const Value* value : list) {
      if (rules::ArePlain(value, node->output())) continue;
      if (std::string why = rules::ExpectSameParameters(value, node->output()); !why.empty())
        return why;
    }
    const int64_t dim = DimOf(node->Int("dim", 0), node->output()->type.rank());
    // The first eight become one tensor, which is the first of the rest.
    while (list.size() > kMost) {
      TensorType type = node->output()->type;
      type.sizes[static_cast<size_t>(dim)] = 0;
      for (size_t i = 0; i < kMost; ++i)
        type.sizes[static_cast<size_t>(dim)] += list[i]->type.sizes[static_cast<size_t>(dim)];
      Cat<OnGraph> part;
      Fill({list.begin(), list.begin() + kMost}, dim, &part);
      Node* first = context.graph.AddNode(std::string(name()), WriteArgs(part), type,
                                          node->output()->name + "_part", node);
      first->location = node->location;
      list.erase(list.begin(), list.begin() + kMost);
      list.insert(list.begin(), first->output());
    }
    Cat<OnGraph> op;
    Fill(list, dim, &op);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    const TensorType& out = op.out.type();
    const int64_t dim = DimOf(op.dim, out.rank());
    if (op.tensors.count < 1 || dim < 0 || dim >= out.rank()) return "it has no dimension";
    for (int i = 0; i < op.tensors.count; ++i) {
      const TensorType& type = op.tensors.v[i].type();
      if (type.dtype != out.dtype || type.rank() != out.rank() || type.order() != out.order())
        return type.ToString() + " does not fit " + out.ToString();
      for (int64_t d = 0; d < out.rank(); ++d)
        if (d != dim && type.sizes[static_cast<size_t>(d)] != out.sizes[static_cast<size_t>(d)])
          return type.ToString() + " does not fit " + out.ToString();
      if (type.quantization != out.quantization)
        return "its inputs and its result are quantized with different parameters";
    }
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = node.output()->type;
    int64_t& size = type.sizes[static_cast<size_t>(DimOf(op.dim, type.rank()))];
    size = 0;
    for (int i = 0; i < op.tensors.count; ++i)
      size += op.tensors.v[i].type().sizes[static_cast<size_t>(DimOf(op.dim, type.rank()))];
    return type;
  }
  // Where nothing stands before the dimension in memory, an input can be made at its place.
  std::vector<Overlay> Overlays(const Node& node) const override {
    const auto op = Read(node);
    const TensorType& out = op.out.type();
    const auto dim = static_cast<int>(DimOf(op.dim, out.rank()));
    for (int d : out.order()) {
      if (d == dim) break;
      if (out.sizes[static_cast<size_t>(d)] != 1) return {};
    }
    std::vector<Overlay> overlays;
    int64_t offset = 0;
    for (int i = 0; i < op.tensors.count; ++i) {
      overlays.push_back({"tensors[" + std::to_string(i) + "]", -offset});
      offset += op.tensors.v[i].type().nbytes();
    }
    return overlays;
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const TensorType& out = op.out.type();
    const auto dim = static_cast<size_t>(DimOf(op.dim, out.rank()));
    HostTensor result{rules::Contiguous(out), Bytes(static_cast<size_t>(out.nbytes()))};
    int64_t outer = 1, inner = static_cast<int64_t>(SizeOf(out.dtype));
    for (size_t d = 0; d < dim; ++d) outer *= out.sizes[d];
    for (size_t d = dim + 1; d < out.sizes.size(); ++d) inner *= out.sizes[d];
    auto to = result.data.begin();
    for (int64_t k = 0; k < outer; ++k)
      for (const Value* value : ListOf(node)) {
        const HostTensor& part = *inputs.at(PlaceOf(node, value));
        const int64_t bytes = part.type.sizes[dim] * inner;
        to = std::copy_n(part.data.begin() + k * bytes, bytes, to);
      }
    std::vector<HostTensor> list;
    list.push_back(std::move(result));
    return list;
  }

 private:
  static void Fill(const Values& list, int64_t dim, Cat<OnGraph>* op) {
    op->tensors.count = static_cast<int32_t>(list.size());
    for (size_t i = 0; i < list.size(); ++i) op->tensors.v[i].value = list[i];
    op->dim = static_cast<int32_t>(dim);
  }
  static const Values& ListOf(const Node& node) { return std::get<Values>(*node.Find("tensors")); }
  // Where callers put the value: once for each different tensor, or once for each entry.
  static size_t PlaceOf(const Node& node, const Value* value) {
    const Values inputs = node.Inputs();
    return static_cast<size_t>(std::find(inputs.begin(), inputs.end(), value) - inputs.begin());
  }
  static std::string Unfit(const Node& node) {
    const Arg* arg = node.Find("tensors");
    if (arg == nullptr || !std::holds_alternative<Values>(*arg) || std::get<Values>(*arg).empty())
      return "it has no tensors";
    for (const Value* value : std::get<Values>(*arg))
      if (value == nullptr || value->type.rank() != node.output()->type.rank())
        return "its tensors differ in rank";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineCat() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops

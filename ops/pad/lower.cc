#include <algorithm>
#include <cmath>

#include "compiler/dialect/rules.h"
#include "ops/pad/op.h"

namespace cortico::ops {
namespace {

// Entry of the op's four for each logical dimension: they follow memory, filled up in front.
std::vector<int> Entries(const TensorType& type) {
  const std::vector<int> order = type.order();
  std::vector<int> entries(order.size());
  for (size_t i = 0; i < order.size(); ++i)
    entries[static_cast<size_t>(order[i])] = static_cast<int>(4 - order.size() + i);
  return entries;
}

class Definition : public TypedOp<Pad> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    return {{"constant_pad_nd", {"aten.constant_pad_nd.default"},
             {{"self", QuantRole::kActivation, 0}}, true}};
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    return Unfit(*chain.front());
  }

  std::vector<double> Introduces(const std::vector<Node*>& chain, const Graph& graph) const override {
    const Node& node = *chain.front();
    const double value = node.Double("value", 0.0);
    if (value < 0 && OnlyMaximaRead(node, graph)) return {};
    return {value};
  }

  std::vector<std::string> LowersFrom() const override { return {"aten.constant_pad_nd.default"}; }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = Unfit(*node); !why.empty()) return why;
    Value* input = node->Tensor("self");
    if (std::string why = rules::ExpectSameParameters(input, node->output()); !why.empty())
      return why;
    Pad<OnGraph> op;
    op.input.value = input;
    const std::vector<int> entries = Entries(input->type);
    const Ints64 pad = node->IntList("pad", {});
    // PyTorch counts from the last dimension: (left, right, top, bottom, …).
    for (size_t i = 0; 2 * i + 1 < pad.size(); ++i) {
      const int entry = entries.at(entries.size() - 1 - i);
      op.pre_pad[entry] = static_cast<int32_t>(pad[2 * i]);
      op.post_pad[entry] = static_cast<int32_t>(pad[2 * i + 1]);
    }
    const Quantization& q = *input->type.quantization;
    const double units = std::nearbyint(node->Double("value", 0.0) / q.scale()) + q.zero_point();
    op.pad_value = static_cast<int32_t>(std::clamp<double>(units, q.qmin, q.qmax));
    if (op.pad_value != units && !(units < 0 && OnlyMaximaRead(*node, context.graph)))
      return "its value " + std::to_string(node->Double("value", 0.0)) +
             " is outside of the range that its input is quantized for";
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (std::string why = rules::ExpectTensor(op.input.value, "its input", DType::kInt8); !why.empty())
      return why;
    if (op.input.type().rank() > 4) return "its input has more than four dimensions";
    for (int i = 0; i < 4; ++i)
      if (op.pre_pad[i] < 0 || op.post_pad[i] < 0) return "a negative padding";
    return "";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    type.sizes = op.input.type().sizes;
    const std::vector<int> entries = Entries(op.input.type());
    for (size_t i = 0; i < type.sizes.size(); ++i)
      type.sizes[i] += op.pre_pad[entries[i]] + op.post_pad[entries[i]];
    return type;
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& input = *inputs.at(0);
    const std::vector<int> entries = Entries(op.input.type());
    HostTensor out{rules::Contiguous(op.out.type()), {}};
    out.data.assign(static_cast<size_t>(out.type.numel()), static_cast<uint8_t>(op.pad_value));
    const std::vector<int64_t> from = StridesOf(input.type), to = StridesOf(out.type);
    for (int64_t i = 0; i < input.type.numel(); ++i) {
      int64_t rest = i, target = 0;
      for (size_t d = 0; d < from.size(); ++d) {
        target += (rest / from[d] + op.pre_pad[entries[d]]) * to[d];
        rest %= from[d];
      }
      out.data[static_cast<size_t>(target)] = input.data[static_cast<size_t>(i)];
    }
    std::vector<HostTensor> list;
    list.push_back(std::move(out));
    return list;
  }

 private:
  // The smallest number there is serves a maximum as well as a smaller one would.
  static bool OnlyMaximaRead(const Node& node, const Graph& graph) {
    const std::vector<Node*> readers = graph.Users(node.output());
    return !graph.IsOutput(node.output()) && !readers.empty() &&
           std::all_of(readers.begin(), readers.end(), [](const Node* reader) {
             return reader->Is("aten.max_pool2d.default") ||
                    reader->Is("cortex_m::quantized_max_pool2d");
           });
  }
  static std::string Unfit(const Node& node) {
    const Value* input = node.Tensor("self");
    if (input == nullptr || input->type.rank() < 1 || input->type.rank() > 4)
      return "it pads a tensor of more than four dimensions";
    for (int64_t amount : node.IntList("pad", {}))
      if (amount < 0) return "it crops (negative padding)";
    if (!std::isfinite(node.Double("value", 0.0))) return "its value is not finite";
    return "";
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefinePad() { return std::make_unique<Definition>(); }

}  // namespace cortico::ops

#include "compiler/dialect/rules.h"
#include "compiler/dialect/table.h"
#include "ops/quantized_activation/op.h"

namespace cortico::ops {
namespace {

class Definition : public TypedOp<QuantizedActivation> {
 public:
  std::vector<QuantPattern> Patterns() const override {
    std::vector<QuantPattern> patterns;
    for (const std::string& name : rules::FunctionsOfOneElement()) {
      QuantPattern pattern;
      pattern.name = name.substr(5, name.find('.', 5) - 5);  // "aten.sigmoid.default"
      pattern.ops = {name};
      pattern.arguments = {{"self", QuantRole::kActivation, 0}};
      patterns.push_back(std::move(pattern));
    }
    return patterns;
  }
  std::string Reject(const std::vector<Node*>& chain) const override {
    return rules::NoFunctionOfOneElement(*chain.front());
  }

  // "cortico.requantize" is what the passes write where two scales meet.
  std::vector<std::string> LowersFrom() const override {
    std::vector<std::string> names = rules::FunctionsOfOneElement();
    names.push_back("cortico.requantize");
    return names;
  }
  std::string Lower(Node* node, LowerContext& context) const override {
    if (std::string why = rules::NoFunctionOfOneElement(*node); !why.empty()) return why;
    Value* input = node->Tensor("self");
    if (std::string why = rules::ExpectInt8(input, "its input"); !why.empty()) return why;
    if (std::string why = rules::ExpectInt8(node->output(), "its result"); !why.empty()) return why;
    std::string error;
    std::vector<int8_t> table = rules::TableOf(*node, *input->type.quantization,
                                               *node->output()->type.quantization, &error);
    if (!error.empty()) return error;
    QuantizedActivation<OnGraph> op;
    op.input.value = Composed(input, context.graph, &table);
    op.lut.value = context.Constant(node->output()->name + "_lut", {DType::kInt8, {256}, {}, {}},
                                    table);
    context.Replace(node, op);
    return "";
  }

  std::string Illegal(const Node& node) const override {
    const auto op = Read(node);
    if (std::string why = rules::ExpectTensor(op.input.value, "its input", DType::kInt8);
        !why.empty())
      return why;
    if (std::string why = rules::ExpectTensor(op.lut.value, "its table", DType::kInt8, 1);
        !why.empty())
      return why;
    if (op.lut.type().sizes[0] != 256) return "its table has not 256 elements";
    return op.input.type().order() == op.out.type().order() ? "" : "it does not keep the order in memory";
  }
  TensorType OutputType(const Node& node) const override {
    const auto op = Read(node);
    TensorType type = node.output()->type;
    type.dtype = DType::kInt8;
    type.sizes = op.input.type().sizes;
    return type;
  }
  std::vector<Overlay> Overlays(const Node& node) const override {
    (void)node;
    return {{"input", 0}};
  }

  std::vector<HostTensor> Reference(const Node& node,
                                    const std::vector<const HostTensor*>& inputs) const override {
    const auto op = Read(node);
    const HostTensor& input = *inputs.at(0);
    const int8_t* table = op.lut.value->DataAs<int8_t>();
    HostTensor result{rules::Contiguous(op.out.type()), Bytes(input.data.size())};
    for (int64_t i = 0; i < input.type.numel(); ++i)
      result.As<int8_t>()[i] = table[input.As<int8_t>()[i] + 128];
    std::vector<HostTensor> list;
    list.push_back(std::move(result));
    return list;
  }

 private:
  // A table of a table that nobody else reads is one table, to the bit: `table` becomes it, and
  // what comes back is what the first one reads.
  static Value* Composed(Value* input, const Graph& graph, std::vector<int8_t>* table) {
    const Node* first = input->producer;
    if (first == nullptr || !first->Is(QuantizedActivation<OnGraph>::kName) ||
        graph.UseCount(input) != 1)
      return input;
    const int8_t* inner = first->Tensor("lut")->DataAs<int8_t>();
    std::vector<int8_t> both(table->size());
    for (size_t i = 0; i < both.size(); ++i) both[i] = (*table)[static_cast<size_t>(inner[i] + 128)];
    *table = std::move(both);
    return first->Tensor("input");
  }
};

}  // namespace

std::unique_ptr<OpDefinition> DefineQuantizedActivation() {
  return std::make_unique<Definition>();
}

}  // namespace cortico::ops

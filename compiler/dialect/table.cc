#include "compiler/dialect/table.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "compiler/reference/aten.h"
#include "compiler/reference/evaluate.h"

namespace cortico::rules {
namespace {

constexpr const char* kWithANumber[] = {
    "aten.add.Tensor", "aten.add.Scalar", "aten.sub.Tensor", "aten.sub.Scalar",
    "aten.rsub.Scalar", "aten.mul.Tensor", "aten.mul.Scalar", "aten.div.Tensor",
    "aten.div.Scalar", "aten.pow.Tensor_Scalar"};

// A constant of one element is a number in tensor's clothes.
bool IsNumber(const Value* value) { return value->is_constant() && value->type.numel() == 1; }

Value* ActivationOf(const Node& node) {
  Value* activation = nullptr;
  for (Value* input : node.Inputs())
    if (!IsNumber(input)) activation = input;
  return activation;
}

}  // namespace

const std::vector<std::string>& FunctionsOfOneElement() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const AtenEntry& entry : UnaryOps()) list.emplace_back(entry.name);
    list.insert(list.end(), std::begin(kWithANumber), std::end(kWithANumber));
    return list;
  }();
  return names;
}

std::string NoFunctionOfOneElement(const Node& node) {
  int activations = 0;
  for (const Value* input : node.Inputs()) activations += IsNumber(input) ? 0 : 1;
  if (activations != 1) return "it reads more than one tensor";
  const Value* activation = ActivationOf(node);
  if (node.outputs.size() != 1 || node.output()->type.sizes != activation->type.sizes)
    return "its result has other sizes than its input";
  return "";
}

std::vector<int8_t> TableOf(const Node& node, const Quantization& in, const Quantization& out,
                            std::string* error) {
  std::vector<float> reals(256);
  for (int q = -128; q < 128; ++q)
    reals[static_cast<size_t>(q + 128)] =
        static_cast<float>(q - in.zero_point()) * static_cast<float>(in.scale());
  if (!node.Is("cortico.requantize")) {
    // The function alone, on 256 elements.
    Graph graph;
    const TensorType type = {DType::kFloat32, {256}, {}, {}};
    Value* x = graph.AddInput("x", type);
    auto args = node.args;
    const Value* activation = ActivationOf(node);
    for (auto& [name, arg] : args) {
      auto* value = std::get_if<Value*>(&arg);
      if (value == nullptr || *value == nullptr) continue;
      if (*value == activation) *value = x;
      else *value = graph.AddConstant((*value)->name, (*value)->type, (*value)->data);
    }
    Node* copy = graph.AddNode(node.op, args, type, "y");
    graph.outputs = {copy->output()};
    graph.output_names = {"y"};
    HostTensor sample{type, Bytes(256 * sizeof(float))};
    std::copy(reals.begin(), reals.end(), sample.As<float>());
    Diagnostics diagnostics;
    Sample samples;
    samples.push_back(std::move(sample));
    const auto results = Evaluator(graph).Run(samples, diagnostics);
    if (!results) {
      *error = diagnostics.all().empty() ? "it has no value" : diagnostics.all().front().message;
      return {};
    }
    std::copy_n(results->front().As<float>(), 256, reals.begin());
  }
  std::vector<int8_t> table(256);
  const auto inverse = static_cast<float>(1.0 / out.scale());
  for (size_t i = 0; i < table.size(); ++i) {
    const float scaled = reals[i] * inverse;
    const double units = std::isnan(scaled) ? 0.0 : std::nearbyint(static_cast<double>(scaled));
    table[i] = static_cast<int8_t>(
        std::clamp<double>(units + out.zero_point(), out.qmin, out.qmax));
  }
  return table;
}

}  // namespace cortico::rules

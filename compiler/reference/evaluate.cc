#include "compiler/reference/evaluate.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "compiler/graph/op_domain.h"
#include "compiler/reference/aten.h"

namespace cortico {
namespace {

// A constant's bytes in logical order; its own are in the order of its dim order.
HostTensor ConstantTensor(const Value& value) {
  HostTensor tensor{{value.type.dtype, value.type.sizes, {}, {}}, {}};
  const std::vector<int> order = value.type.order();
  if (std::is_sorted(order.begin(), order.end())) {
    tensor.data = *value.data;
    return tensor;
  }
  tensor.data.resize(value.data->size());
  const size_t bytes = SizeOf(value.type.dtype);
  const std::vector<int64_t> strides = StridesOf(value.type);
  const std::vector<int64_t>& sizes = value.type.sizes;
  const int64_t count = value.type.numel();
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, at = 0;
    for (size_t d = sizes.size(); d-- > 0;) {
      at += rest % sizes[d] * strides[d];
      rest /= sizes[d];
    }
    std::memcpy(tensor.data.data() + static_cast<size_t>(i) * bytes,
                value.data->data() + static_cast<size_t>(at) * bytes, bytes);
  }
  return tensor;
}

struct Step {
  const Node* node = nullptr;
  const OpDefinition* op = nullptr;  // of the dialect, or
  AtenFunction aten = nullptr;       // of the table; neither: unknown
  bool constant = false;             // depends on constants only
  std::vector<const Value*> dead;    // results whose last reader this is
};

// run_decompositions() opens what is not core ATen; of the rest it leaves every op as it is.
std::string RemedyFor(const std::string& op) {
  static constexpr const char* kOpened[] = {
      "aten.lstm.", "aten.gru.", "aten.rnn_", "aten.lstm_cell.", "aten.gru_cell.", "aten.einsum.",
      "aten.bilinear.", "aten.cosine_similarity.", "aten.unfold.", "aten.im2col.",
      "aten.multi_head_attention", "aten.nan_to_num.", "aten.logsumexp.", "aten.tensordot.",
      "aten.scaled_dot_product_attention."};
  for (const char* name : kOpened)
    if (op.starts_with(name))
      return "call run_decompositions() on the exported program before saving it, or write it in "
             "the model with ops that docs/coverage.md lists";
  return "write it in the model with ops that docs/coverage.md lists";
}

bool IsDialectOp(const std::string& name) { return name.find("::") != std::string::npos; }

}  // namespace

struct Evaluator::Impl {
  const Graph& graph;
  Hook hook;
  std::vector<Step> steps;
  std::unordered_map<const Value*, HostTensor> fixed;   // constants and what follows from them
  std::unordered_map<const Value*, HostTensor> living;  // results of this run
  std::unordered_map<const Value*, const HostTensor*> inputs;
  const OpCall::Lookup lookup = [this](const Value* value) { return Find(value); };

  explicit Impl(const Graph& g) : graph(g) { Prepare(); }

  void Prepare() {
    std::unordered_map<const Value*, Step*> last_reader;
    std::unordered_set<const Node*> constant_nodes;
    steps.reserve(graph.nodes().size());
    for (const auto& node : graph.nodes()) {
      Step& step = steps.emplace_back();
      step.node = node.get();
      if (IsDialectOp(node->op))
        step.op = FindOp(node->op);
      else
        step.aten = FindAten(node->op);
      step.constant = true;
      for (const Value* input : node->Inputs()) {
        last_reader[input] = &step;
        if (input->kind == Value::Kind::kInput ||
            (input->kind == Value::Kind::kResult && !constant_nodes.contains(input->producer)))
          step.constant = false;
        if (input->is_constant() && !fixed.contains(input))
          fixed.emplace(input, ConstantTensor(*input));
      }
      if (step.constant) constant_nodes.insert(node.get());
    }
    for (Step& step : steps)
      for (const Value* output : step.node->outputs)
        if (!last_reader.contains(output)) last_reader[output] = &step;  // never read
    for (const auto& [value, step] : last_reader)
      if (value->kind == Value::Kind::kResult && !graph.IsOutput(value))
        step->dead.push_back(value);
    for (const Value* output : graph.outputs)
      if (output->is_constant() && !fixed.contains(output))
        fixed.emplace(output, ConstantTensor(*output));
  }

  const HostTensor* Find(const Value* value) const {
    if (const auto it = living.find(value); it != living.end()) return &it->second;
    if (const auto it = fixed.find(value); it != fixed.end()) return &it->second;
    if (const auto it = inputs.find(value); it != inputs.end()) return it->second;
    return nullptr;
  }

  bool Check(Diagnostics& diagnostics) const {
    bool ok = true;
    for (const Step& step : steps) {
      if (step.op != nullptr || step.aten != nullptr) continue;
      ok = false;
      diagnostics.Error(step.node->location,
                        "op '" + step.node->op + "' cannot be evaluated on the host",
                        RemedyFor(step.node->op));
    }
    return ok;
  }

  bool BindInputs(const Sample& sample, Diagnostics& diagnostics) {
    inputs.clear();
    if (sample.size() != graph.inputs.size()) {
      diagnostics.Error({}, "the sample has " + std::to_string(sample.size()) +
                                " tensors, the program " + std::to_string(graph.inputs.size()) +
                                " inputs");
      return false;
    }
    bool ok = true;
    for (size_t i = 0; i < sample.size(); ++i) {
      const Value* input = graph.inputs[i];
      const TensorType& type = sample[i].type;
      if (type.dtype == input->type.dtype && type.sizes == input->type.sizes &&
          static_cast<int64_t>(sample[i].data.size()) == type.nbytes()) {
        inputs[input] = &sample[i];
        continue;
      }
      ok = false;
      diagnostics.Error({}, "input '" + input->name + "' takes " + Name(input->type.dtype) +
                                ToText(input->type.sizes) + ", the sample gives " +
                                Name(type.dtype) + ToText(type.sizes));
    }
    return ok;
  }

  std::optional<std::vector<HostTensor>> Compute(const Step& step, Diagnostics& diagnostics) {
    if (step.op != nullptr) {
      std::vector<const HostTensor*> tensors;
      for (const Value* input : step.node->Inputs())
        if (input->kind != Value::Kind::kScratch) tensors.push_back(Find(input));
      return step.op->Reference(*step.node, tensors);
    }
    OpCall call(*step.node, lookup);
    step.aten(call);
    if (call.ok()) return std::move(call.results());
    diagnostics.Error(step.node->location, step.node->op + ": " + call.error(), call.remedy());
    return std::nullopt;
  }

  bool RunStep(const Step& step, Diagnostics& diagnostics) {
    const Values& outputs = step.node->outputs;
    if (!step.constant || outputs.empty() || !fixed.contains(outputs.front())) {
      auto results = Compute(step, diagnostics);
      if (!results.has_value()) return false;
      for (size_t i = 0; i < outputs.size(); ++i) {
        const TensorType& type = outputs[i]->type;
        if (i >= results->size() || (*results)[i].type.sizes != type.sizes ||
            (*results)[i].type.dtype != type.dtype) {
          const bool missing = i >= results->size();
          diagnostics.Error(
              step.node->location,
              step.node->op + ": result " + std::to_string(i) + " is " +
                  (missing ? std::string("missing")
                           : Name((*results)[i].type.dtype) + ToText((*results)[i].type.sizes)) +
                  ", the program says " + Name(type.dtype) + ToText(type.sizes),
              "export the model again");
          return false;
        }
        (step.constant ? fixed : living)[outputs[i]] = std::move((*results)[i]);
      }
    }
    if (hook)
      for (const Value* output : outputs) hook(*output, *Find(output));
    for (const Value* value : step.dead) living.erase(value);
    return true;
  }

  std::optional<std::vector<HostTensor>> Run(const Sample& sample, Diagnostics& diagnostics) {
    if (!BindInputs(sample, diagnostics) || !Check(diagnostics)) return std::nullopt;
    if (hook)
      for (const Value* input : graph.inputs) hook(*input, *inputs.at(input));
    bool ok = true;
    for (const Step& step : steps) {
      ok = RunStep(step, diagnostics);
      if (!ok) break;
    }
    std::vector<HostTensor> results;
    for (const Value* output : graph.outputs) {
      if (!ok) break;
      const HostTensor* tensor = Find(output);
      CORTICO_CHECK(tensor != nullptr);
      results.push_back(*tensor);
    }
    living.clear();
    inputs.clear();
    if (!ok) return std::nullopt;
    return results;
  }
};

Evaluator::Evaluator(const Graph& graph) : impl_(std::make_unique<Impl>(graph)) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

void Evaluator::set_hook(Hook hook) { impl_->hook = std::move(hook); }
bool Evaluator::Check(Diagnostics& diagnostics) const { return impl_->Check(diagnostics); }
std::optional<std::vector<HostTensor>> Evaluator::Run(const Sample& sample,
                                                      Diagnostics& diagnostics) {
  return impl_->Run(sample, diagnostics);
}

}  // namespace cortico

#include "compiler/tools/layers.h"

#include <set>

#include "compiler/graph/op_domain.h"

namespace cortico::tools {
namespace {

/// Ops that patterns put behind a layer: those that can disappear into it.
const std::set<std::string>& Followers() {
  static const std::set<std::string> followers = [] {
    std::set<std::string> names;
    for (const auto& op : AllOps())
      for (const QuantPattern& pattern : op->Patterns())
        for (size_t i = 1; i < pattern.ops.size(); ++i) names.insert(pattern.ops[i]);
    return names;
  }();
  return followers;
}

struct CallEnds {
  int input = -1, result = -1;  ///< first tensors that are planned; -1: none
};

CallEnds EndsOf(const PteFile& file, const PteCall& call) {
  CallEnds ends;
  const OpDefinition* op = FindOp(call.op);
  if (op == nullptr) return ends;
  const std::vector<FieldInfo> fields = op->fields();
  for (size_t i = 0; i < fields.size() && i < call.args.size(); ++i) {
    const int value = call.args[i];
    if (file.values[static_cast<size_t>(value)].kind != PteValue::Kind::kTensor) continue;
    if (fields[i].kind == FieldKind::kIn && ends.input < 0) ends.input = value;
    if (fields[i].kind == FieldKind::kOut && ends.result < 0) ends.result = value;
  }
  return ends;
}

bool IsReal(const Value* value) { return value->type.dtype == DType::kFloat32; }

}  // namespace

LayerTable::LayerTable(const PteFile& file, const Graph& float_graph) : file_(file) {
  for (size_t v = 0; v < file.values.size(); ++v)
    if (!file.values[v].tensor.name.empty())
      names_[file.values[v].tensor.name] = static_cast<int>(v);
  std::map<int, const Value*> truth_of;  // by number of the program's value
  for (size_t i = 0; i < file.inputs.size() && i < float_graph.inputs.size(); ++i)
    truth_of[file.inputs[i]] = float_graph.inputs[i];
  for (size_t c = 0; c < file.calls.size(); ++c) {
    const CallEnds ends = EndsOf(file, file.calls[c]);
    Layer layer;
    layer.call = c;
    if (ends.result >= 0) {
      const PteValue::Tensor& result = file.values[static_cast<size_t>(ends.result)].tensor;
      layer.truth = Counterpart(float_graph, result.name);
      if (layer.truth == nullptr && ends.input >= 0) {
        const PteValue::Tensor& input = file.values[static_cast<size_t>(ends.input)].tensor;
        const auto it = truth_of.find(ends.input);
        const Value* passed_on =
            it != truth_of.end() ? it->second : Counterpart(float_graph, input.name);
        if (input.type.sizes == result.type.sizes) layer.truth = passed_on;
      }
      if (layer.truth != nullptr && layer.truth->type.numel() != result.type.numel())
        layer.truth = nullptr;
      if (layer.truth != nullptr) truth_of[ends.result] = layer.truth;
    }
    if (layer.truth != nullptr) wanted_[layer.truth] = 0;
    layers_.push_back(layer);
    results_.push_back(ends.result);
  }
}

const Value* LayerTable::Counterpart(const Graph& graph, const std::string& name) const {
  if (name.empty()) return nullptr;
  const Value* value = graph.FindValue(name);
  if (value == nullptr || !IsReal(value)) return nullptr;
  for (;;) {
    const std::vector<Node*> readers = graph.Users(value);
    if (readers.size() != 1 || graph.IsOutput(value) || !Followers().contains(readers[0]->op))
      return value;
    const Value* next = readers[0]->output();
    if (names_.contains(next->name) || !IsReal(next)) return value;
    value = next;
  }
}

bool LayerTable::any() const { return !wanted_.empty(); }

void LayerTable::Add(const std::map<const Value*, std::vector<double>>& truth,
                     const std::vector<HostTensor>& host, const std::vector<HostTensor>* target) {
  CORTICO_CHECK(host.size() == layers_.size());
  CORTICO_CHECK(target == nullptr || target->size() == layers_.size());
  for (size_t c = 0; c < layers_.size(); ++c) {
    Layer& layer = layers_[c];
    if (results_[c] < 0) continue;
    if (target != nullptr && (*target)[c].data != host[c].data) layer.target_equals_host = false;
    if (layer.truth == nullptr) continue;
    const auto& q = file_.values[static_cast<size_t>(results_[c])].tensor.type.quantization;
    const std::vector<double>& wanted = truth.at(layer.truth);
    layer.host.Add(wanted, ToReals(host[c], q));
    if (target != nullptr) layer.target.Add(wanted, ToReals((*target)[c], q));
  }
}

}  // namespace cortico::tools

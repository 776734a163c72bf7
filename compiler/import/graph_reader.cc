#include "compiler/import/graph_reader.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "compiler/import/node_kinds.h"

namespace cortico {
namespace {

constexpr size_t kMaxNodes = 200000;
// A damaged file can be wrong in every node; nobody reads further.
constexpr size_t kMaxProblems = 100;
constexpr size_t kAlways = std::numeric_limits<size_t>::max();
constexpr const char* kSaveAgain = "export and save the model again";
constexpr const char* kEval = "call model.eval() before torch.export.export";

/// Calls `visit` for the name of every tensor that occurs in an argument, graphs inside included.
void ForEachTensorName(const Json& json, const std::function<void(const std::string&)>& visit) {
  if (json.is_array()) {
    for (const Json& item : json) ForEachTensorName(item, visit);
  } else if (json.is_object()) {
    if (const std::string* name = StringIn(&json, "name")) visit(*name);
    for (const Json& item : json) {
      if (item.is_structured()) ForEachTensorName(item, visit);
    }
  }
}

std::string Describe(const Union& arg) {
  if (arg.Is("as_none")) return "None";
  std::string text =
      arg.value == nullptr ? "" : arg.value->dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 37) + "...";
  return text;
}

bool IsBatchCounter(const std::string& buffer) { return buffer.ends_with("num_batches_tracked"); }
bool IsBatchNormState(const std::string& buffer) {
  return buffer.ends_with("running_mean") || buffer.ends_with("running_var");
}

}  // namespace

void GraphReader::Damaged(const Location& where, const std::string& what) {
  diagnostics_.Error(where, "the program's JSON is damaged: " + what, kSaveAgain);
}

void GraphReader::Read() {
  const Json* graph = Field(Field(&document_, "graph_module"), "graph");
  const Json* nodes = ArrayIn(graph, "nodes");
  const Json* signature = Field(Field(&document_, "graph_module"), "signature");
  if (nodes == nullptr || ArrayIn(signature, "input_specs") == nullptr ||
      ArrayIn(signature, "output_specs") == nullptr) {
    return Damaged({}, "it holds no graph with a signature");
  }
  if (nodes->size() > kMaxNodes) {
    return diagnostics_.Error({},
                              "has " + std::to_string(nodes->size()) + " nodes, more than the " +
                                  std::to_string(kMaxNodes) + " that are read",
                              "export a smaller model");
  }
  Scope scope;
  scope.graph = graph;
  symbols_.BindInputs(document_, options_);
  CountUses(*graph);
  ReadInputs(scope);
  ReadNodes(scope);
  ReadOutputs(scope);
  // What only fed an assertion or a counter.
  if (diagnostics_.ok()) graph_.RemoveDead();
}

/// Finds where each name is read last. Nodes that are dropped do not count.
void GraphReader::CountUses(const Json& graph) {
  size_t position = 0;
  for (const Json& node : *ArrayIn(&graph, "nodes")) {
    const Json* inputs = ArrayIn(&node, "inputs");
    if (inputs != nullptr && !IsDropped(TextIn(&node, "target"))) {
      for (const Json& input : *inputs) {
        const Json* arg = Field(&input, "arg");
        if (arg == nullptr) continue;
        ForEachTensorName(*arg, [&](const std::string& name) { last_use_[name] = position; });
      }
    }
    ++position;
  }
  const Json* specs =
      ArrayIn(Field(Field(&document_, "graph_module"), "signature"), "output_specs");
  for (const Json& spec : *specs) {
    ForEachTensorName(spec, [&](const std::string& name) { last_use_[name] = kAlways; });
  }
}

void GraphReader::Define(Scope& scope, const std::string& name, Value* value) {
  if (!scope.values.emplace(name, value).second) {
    return Damaged({name, "", ""}, "two values have the name '" + name + "'");
  }
  if (scope.top && value != nullptr) names_of_[value].push_back(name);
}

// ---- Signature ---------------------------------------------------------------------------------

void GraphReader::ReadInputs(Scope& scope) {
  const Json* signature = Field(Field(&document_, "graph_module"), "signature");
  for (const Json& json : *ArrayIn(signature, "input_specs")) {
    const Union spec = AsUnion(&json);
    if (spec.Is("parameter")) {
      ReadConstant(scope, *spec.value, weights_, constants_, "parameter_name");
    } else if (spec.Is("buffer")) {
      // Those that are not persistent are no part of the state dict and lie with the constants.
      ReadConstant(scope, *spec.value, weights_, constants_, "buffer_name");
    } else if (spec.Is("tensor_constant")) {
      ReadConstant(scope, *spec.value, constants_, weights_, "tensor_constant_name");
    } else if (spec.Is("constant_input")) {
      // A Python value that the export has already written into the nodes.
      diagnostics_.Note({}, "input '" + TextIn(spec.value, "name") +
                                "' is no tensor and keeps the value it had in the export");
    } else if (spec.Is("user_input")) {
      const Union arg = AsUnion(Field(spec.value, "arg"));
      const std::string name = TextIn(arg.value, "name");
      if (!arg.Is("as_tensor") || !IsName(name)) {
        diagnostics_.Error({}, "an input of the program is no tensor (" + arg.kind + ")",
                           "pass tensors only, and plain numbers as constants");
        continue;
      }
      const Location where{name, "", ""};
      const Json* meta = Field(Field(scope.graph, "tensor_values"), name.c_str());
      const auto type = symbols_.ReadType(meta, "input '" + name + "'", where);
      Define(scope, name, type ? graph_.AddInput(name, *type) : nullptr);
    } else if (spec.Is("custom_obj") || spec.Is("token")) {
      const std::string name = TextIn(Field(spec.value, "arg"), "name");
      if (last_use_.contains(name)) {
        diagnostics_.Error({name, "", ""}, "the program reads a custom object or token",
                           "use plain tensors only");
      }
    } else {
      Damaged({}, "it has an input of unknown kind '" + spec.kind + "'");
    }
  }
}

void GraphReader::ReadConstant(Scope& scope, const Json& spec, PayloadStore& first,
                               PayloadStore& second, const char* name_key) {
  const std::string name = TextIn(Field(&spec, "arg"), "name");
  const std::string origin = TextIn(&spec, name_key);
  const Location where{name, origin, ""};
  if (!IsName(name)) return Damaged(where, "a weight has no name");
  if (!last_use_.contains(name)) return;
  PayloadStore& store = !first.Has(origin) && second.Has(origin) ? second : first;
  const auto payload = store.Load(origin, where, diagnostics_);
  const Json* meta = Field(Field(scope.graph, "tensor_values"), name.c_str());
  const auto type =
      payload ? symbols_.ReadType(meta, "weight '" + origin + "'", where) : std::nullopt;
  if (type && *type != payload->type) {
    Damaged(where, "weight '" + origin + "' is " + payload->type.ToString() +
                       " in the archive and " + type->ToString() + " in the graph");
  } else if (type) {
    Value* value = graph_.AddConstant(name, payload->type, payload->data);
    value->origin = origin;
    return Define(scope, name, value);
  }
  Define(scope, name, nullptr);
}

void GraphReader::ReadOutputs(const Scope& scope) {
  const Json* signature = Field(Field(&document_, "graph_module"), "signature");
  size_t index = 0;
  for (const Json& json : *ArrayIn(signature, "output_specs")) {
    const Union spec = AsUnion(&json);
    if (spec.Is("user_output")) {
      ReadOutput(scope, *spec.value, index++);
    } else if (spec.Is("buffer_mutation") || spec.Is("user_input_mutation") ||
               spec.Is("parameter_mutation")) {
      ReadMutation(spec);
    } else if (spec.Is("loss_output") || spec.Is("gradient_to_parameter") ||
               spec.Is("gradient_to_user_input")) {
      diagnostics_.Error({}, "the program is one for training: it returns a loss or gradients",
                         "export the model for inference, after model.eval()");
    } else {
      diagnostics_.Error({},
                         "the program has an output of an unsupported kind, '" + spec.kind + "'",
                         "return tensors only");
    }
  }
  if (index == 0) {
    diagnostics_.Error({}, "the program returns nothing", "return at least one tensor");
  }
}

void GraphReader::ReadOutput(const Scope& scope, const Json& spec, size_t index) {
  const Union arg = AsUnion(Field(&spec, "arg"));
  if (!arg.Is("as_tensor")) {
    return diagnostics_.Error(
        {}, "output " + std::to_string(index) + " of the program is no tensor but " + Describe(arg),
        "return tensors only");
  }
  const std::string name = TextIn(arg.value, "name");
  const auto found = scope.values.find(name);
  if (found == scope.values.end()) {
    return Damaged({}, "the program returns '" + name + "', which nothing computes");
  }
  if (found->second != nullptr) AddOutput(name, found->second);
}

void GraphReader::AddOutput(const std::string& name, Value* value) {
  // Outputs are told apart by name in an .npz, so one tensor that is returned twice gets two.
  std::string unique = name;
  for (int i = 1; !output_names_.insert(unique).second; ++i)
    unique = name + "_" + std::to_string(i);
  graph_.outputs.push_back(value);
  graph_.output_names.push_back(unique);
}

void GraphReader::ReadMutation(const Union& spec) {
  const std::string name = TextIn(Field(spec.value, "arg"), "name");
  const auto found = defined_at_.find(name);
  const Location where = found != defined_at_.end() ? found->second : Location{name, "", ""};
  if (spec.Is("user_input_mutation")) {
    return diagnostics_.Error(
        where, "the program writes into its input '" + TextIn(spec.value, "user_input_name") + "'",
        "write into a copy: x = x.clone()");
  }
  const std::string target =
      TextIn(spec.value, spec.Is("buffer_mutation") ? "buffer_name" : "parameter_name");
  // It counts batches during training and is never read in inference.
  if (IsBatchCounter(target)) return;
  if (IsBatchNormState(target)) {
    if (training_) return;
    return diagnostics_.Error(where, "the program updates '" + target + "' as in training", kEval);
  }
  diagnostics_.Error(where,
                     "the program writes into '" + target +
                         "'; state that lasts from one call to the next is not supported",
                     "return the new state as an output and take it as an input");
}

// ---- Nodes -------------------------------------------------------------------------------------

void GraphReader::ReadNodes(Scope& scope) {
  const Json* nodes = ArrayIn(scope.graph, "nodes");
  if (nodes == nullptr) return Damaged({}, "a graph inside of the program has no nodes");
  const size_t before = diagnostics_.all().size();
  size_t index = 0;
  for (const Json& node : *nodes) {
    if (scope.top) position_ = index;
    ++index;
    ReadNode(scope, node);
    if (diagnostics_.all().size() - before > kMaxProblems) {
      return diagnostics_.Error(
          {}, "there may be more problems; these were the first " + std::to_string(kMaxProblems));
    }
  }
}

}  // namespace cortico

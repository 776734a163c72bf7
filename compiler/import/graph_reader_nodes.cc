#include <algorithm>
#include <array>
#include <string_view>

#include "compiler/import/graph_reader.h"
#include "compiler/import/node_kinds.h"
#include "compiler/import/source_location.h"

namespace cortico {
namespace {

constexpr std::string_view kHigherOrder = "torch.ops.higher_order.";
constexpr const char* kDecompose =
    "call exported = exported.run_decompositions() before torch.export.save";

const Json* EmptyList() {
  static const Json empty = Json::array();
  return &empty;
}
const Json* ListIn(const Json& node, const char* key) {
  const Json* list = ArrayIn(&node, key);
  return list == nullptr ? EmptyList() : list;
}

/// The names of a node's results, those inside of lists too; empty texts for None.
template <class Visit>
void ForEachResult(const Json& node, Visit visit) {
  for (const Json& json : *ListIn(node, "outputs")) {
    const Union output = AsUnion(&json);
    if (output.Is("as_tensors") || output.Is("as_optional_tensors")) {
      if (!output.value->is_array()) continue;
      for (const Json& item : *output.value) {
        const Json* tensor = Field(&item, "as_tensor");
        visit(TextIn(tensor == nullptr ? &item : tensor, "name"));
      }
    } else if (output.Is("as_optional_tensor")) {
      visit(TextIn(Field(output.value, "as_tensor"), "name"));
    } else {
      visit(TextIn(output.value, "name"));
    }
  }
}

/// Results that are numbers: sizes and what is computed from them.
bool IsArithmetic(const Json& node) {
  const Json* outputs = ListIn(node, "outputs");
  return !outputs->empty() && std::all_of(outputs->begin(), outputs->end(), [](const Json& json) {
    const std::string kind = AsUnion(&json).kind;
    return kind == "as_sym_int" || kind == "as_sym_float" || kind == "as_sym_bool";
  });
}

std::string FirstResult(const Json& node) {
  std::string first;
  ForEachResult(node, [&](const std::string& name) {
    if (first.empty()) first = name;
  });
  return first.empty() ? TextIn(&node, "name") : first;
}

}  // namespace

/// Whoever reads a result of this node has been told.
void GraphReader::Poison(Scope& scope, const Json& node) {
  ForEachResult(node, [&](const std::string& name) {
    if (!name.empty()) scope.values.emplace(name, nullptr);
  });
}

void GraphReader::ReadNode(Scope& scope, const Json& node) {
  const std::string target = TextIn(&node, "target");
  const Json* metadata = Field(&node, "metadata");
  const Location where = LocationFrom(FirstResult(node), TextIn(metadata, "stack_trace"),
                                      TextIn(metadata, "nn_module_stack"));
  if (IsDropped(target)) return Poison(scope, node);
  if (IsArithmetic(node)) return;  // who needs the number looks up its expression
  if (target == std::string(kHigherOrder) + "wrap_with_set_grad_enabled") {
    return InlineGraph(scope, node, where);
  }
  if (target.starts_with(kHigherOrder)) {
    const std::string name = target.substr(kHigherOrder.size());
    diagnostics_.Error(where, "the higher-order op '" + name + "' is not supported",
                       name == "wrap_with_autocast"
                           ? "leave torch.autocast out of the model, or " + std::string(kDecompose)
                           : "rewrite the model without control flow that depends on data");
    return Poison(scope, node);
  }
  std::string op = target.starts_with(kTorchOps) ? target.substr(kTorchOps.size()) : "";
  if (!IsName(op)) {
    diagnostics_.Error(where, "'" + target.substr(0, 80) + "' is no operator of torch",
                       "use torch operators only in forward()");
    return Poison(scope, node);
  }
  ReadTensorNode(scope, node, std::move(op), where);
}

bool GraphReader::ReadArgs(Scope& scope, const Json& node, const Location& where,
                           std::vector<NamedArg>* args) {
  bool ok = true;
  for (const Json& input : *ListIn(node, "inputs")) {
    const std::string name = TextIn(&input, "name");
    const bool twice = std::any_of(args->begin(), args->end(),
                                   [&](const NamedArg& arg) { return arg.first == name; });
    if (!IsName(name) || twice) {
      Damaged(where, "an argument has no name of its own");
      ok = false;
      continue;
    }
    auto value = ReadArg(scope, Field(&input, "arg"), name, where);
    ok = ok && value;
    if (value) args->emplace_back(name, std::move(*value));
  }
  return ok;
}

bool GraphReader::ReadResults(Scope& scope, const Json& node, const Location& where,
                              std::vector<Result>* results) {
  bool ok = true;
  for (const Json& json : *ListIn(node, "outputs")) {
    const std::string kind = AsUnion(&json).kind;
    if (kind == "as_tensor" || kind == "as_tensors" || kind == "as_optional_tensors" ||
        kind == "as_optional_tensor" || kind == "as_none") {
      continue;
    }
    diagnostics_.Error(where, "it has a result that is no tensor (" + kind + ")",
                       "rewrite the model so that ops return tensors");
    return false;
  }
  const Json* types = Field(scope.graph, "tensor_values");
  ForEachResult(node, [&](const std::string& name) {
    Result result{name, std::nullopt};
    if (!name.empty() && !IsName(name)) {
      Damaged(where, "a result has an impossible name");
      ok = false;
      return;
    }
    if (!name.empty()) {
      result.type = symbols_.ReadType(Field(types, name.c_str()), "result '" + name + "'", where);
      ok = ok && result.type;
    }
    results->push_back(std::move(result));
  });
  if (ok && results->empty()) {
    diagnostics_.Error(where, "it returns nothing, and effects are not supported", kDecompose);
    return false;
  }
  return ok;
}

void GraphReader::CheckTrainingMode(const std::string& op, const std::vector<NamedArg>& args,
                                    const Location& where) {
  struct Flag {
    std::string_view op;
    std::string_view argument;
  };
  constexpr std::array<Flag, 8> kFlags = {
      {{"aten.batch_norm.", "training"},
       {"aten.native_batch_norm.", "training"},
       {"aten._native_batch_norm_legit.default", "training"},
       {"aten._native_batch_norm_legit_functional.", "training"},
       {"aten.dropout.", "train"},
       {"aten.feature_dropout.", "train"},
       {"aten.alpha_dropout.", "train"},
       {"aten.native_dropout.", "train"}}};
  const bool no_statistics =
      op.starts_with("aten._native_batch_norm_legit.no_stats") ||
      (op.starts_with("aten.batch_norm.") &&
       std::any_of(args.begin(), args.end(), [](const NamedArg& arg) {
         return arg.first == "running_mean" && std::holds_alternative<std::monostate>(arg.second);
       }));
  if (no_statistics) {
    diagnostics_.Error(where, op + " has no running statistics: it normalizes by each batch's own",
                       "train the layer with track_running_stats=True");
    return;
  }
  for (const Flag& flag : kFlags) {
    if (options_.training || !op.starts_with(flag.op)) continue;
    for (const auto& [name, value] : args) {
      const bool* on = std::get_if<bool>(&value);
      if (name != flag.argument || on == nullptr || !*on) continue;
      training_ = true;
      diagnostics_.Error(where, op + " is in training mode",
                         "call model.eval() before torch.export.export");
    }
  }
}

/// True when writing into `target` can be replaced by reading the op's result from here on: nothing
/// that is read later, the program's inputs and its weights included, would have seen the write.
bool GraphReader::PrepareInPlace(const Scope& scope, const std::string& op, Value* target,
                                 const Location& where) {
  const auto fail = [&](const std::string& problem, const char* remedy) {
    diagnostics_.Error(where, op + " " + problem, remedy);
    return false;
  };
  if (!scope.top) {
    return fail("writes in place inside of torch.no_grad()", kDecompose);
  }
  for (Value* value : aliases_.Sharing(target)) {
    if (value->kind == Value::Kind::kInput) {
      return fail("writes into the program's input '" + value->name + "'",
                  "write into a copy: x = x.clone()");
    }
    if (value->kind == Value::Kind::kConstant) {
      return fail("writes into '" + value->origin +
                      "'; state that lasts from one call to the next is not supported",
                  "return the new state as an output and take it as an input");
    }
    if (value == target) continue;
    for (const std::string& name : names_of_[value]) {
      const auto last = last_use_.find(name);
      if (last == last_use_.end() || last->second <= position_) continue;
      return fail("writes into memory that '" + name + "' shares and that is read later",
                  kDecompose);
    }
  }
  aliases_.Dissolve(target);
  return true;
}

void GraphReader::ReadTensorNode(Scope& scope, const Json& node, std::string op,
                                 const Location& where) {
  std::vector<NamedArg> args;
  std::vector<Result> results;
  const bool args_ok = ReadArgs(scope, node, where, &args);
  const std::string functional = FunctionalName(op);
  CheckTrainingMode(functional.empty() ? op : functional, args, where);
  Value** first = args.empty() ? nullptr : std::get_if<Value*>(&args[0].second);
  const bool counts_batches = !functional.empty() && first != nullptr && (*first)->is_constant() &&
                              (*first)->origin.ends_with("num_batches_tracked");
  if (counts_batches) return Poison(scope, node);
  if (!ReadResults(scope, node, where, &results) || !args_ok) return Poison(scope, node);
  if (op.ends_with(".out") || op.ends_with("_out")) {
    diagnostics_.Error(where, op + " writes into one of its arguments", kDecompose);
    return Poison(scope, node);
  }

  Value* replaced = nullptr;
  if (!functional.empty() && first != nullptr) {
    // Only the flag that records gradients changes.
    if (functional.starts_with("aten.detach.") || functional.starts_with("aten.requires_grad.")) {
      return Define(scope, results[0].name, *first);
    }
    if (!PrepareInPlace(scope, op, *first, where)) return Poison(scope, node);
    replaced = *first;
    op = functional;
  }
  // A list makes a list (meshgrid): result i is a view of tensor i.
  const bool is_view = MayReturnView(op) && !args.empty();
  const Values* list = is_view ? std::get_if<Values>(&args[0].second) : nullptr;
  const Values bases = list != nullptr    ? *list
                       : first != nullptr ? Values(results.size(), *first)
                                          : Values();

  std::vector<TensorType> types;
  std::vector<std::string> names;
  for (Result& result : results) {
    // An empty tensor keeps the place of a None.
    types.push_back(result.type ? std::move(*result.type)
                                : TensorType{DType::kFloat32, {0}, {}, {}});
    names.push_back(result.name.empty() ? where.node + "_none" : result.name);
  }
  Node* made = graph_.AddNode(std::move(op), std::move(args), std::move(types), std::move(names));
  made->location = where;
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].name.empty()) continue;
    Define(scope, results[i].name, made->output(i));
    if (scope.top) defined_at_[results[i].name] = where;
    if (is_view && i < bases.size()) aliases_.Add(made->output(i), bases[i]);
  }
  if (replaced == nullptr) return;
  // Whatever name the written tensor goes by, from now on it is the result.
  std::vector<std::string> moved = std::move(names_of_[replaced]);
  names_of_.erase(replaced);
  for (const std::string& name : moved) {
    scope.values[name] = made->output(0);
    names_of_[made->output(0)].push_back(name);
  }
}

/// Opens up `with torch.no_grad():`, which is a call of a graph inside: its arguments are a flag,
/// the graph, and one tensor for each of the graph's inputs.
void GraphReader::InlineGraph(Scope& scope, const Json& node, const Location& where) {
  const Json* inputs = ListIn(node, "inputs");
  const Json* inner = nullptr;
  std::vector<Value*> values;
  bool ok = true;
  for (const Json& input : *inputs) {
    const Union arg = AsUnion(Field(&input, "arg"));
    if (arg.Is("as_graph") && inner == nullptr) {
      inner = Field(arg.value, "graph");
    } else if (arg.Is("as_tensor")) {
      values.push_back(FindTensor(scope, arg.value, where));
    } else if (!arg.Is("as_bool")) {
      ok = false;
    }
  }
  Scope local;
  local.graph = inner;
  local.top = false;
  const Json* names = ArrayIn(inner, "inputs");
  const Json* inner_results = ArrayIn(inner, "outputs");
  if (!ok || names == nullptr || inner_results == nullptr || names->size() != values.size()) {
    Damaged(where, "a torch.no_grad() region cannot be read");
    return Poison(scope, node);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    Define(local, TextIn(Field(&(*names)[i], "as_tensor"), "name"), values[i]);
  }
  ReadNodes(local);

  std::vector<Value*> results;
  for (const Json& result : *inner_results) {
    results.push_back(FindTensor(local, Field(&result, "as_tensor"), where));
  }
  size_t index = 0;
  ForEachResult(node, [&](const std::string& name) {
    if (index < results.size())
      Define(scope, name, results[index]);
    else
      Damaged(where, "a torch.no_grad() region returns too little");
    ++index;
  });
}

}  // namespace cortico

#include <array>
#include <cstring>

#include "compiler/import/graph_reader.h"

namespace cortico {
namespace {

constexpr std::array<const char*, 5> kMemoryFormats = {
    nullptr, "contiguous_format", "channels_last", "channels_last_3d", "preserve_format"};
constexpr std::array<const char*, 8> kLayouts = {nullptr,      "sparse_coo", "sparse_csr",
                                                 "sparse_csc", "sparse_bsr", "sparse_bsc",
                                                 "_mkldnn",    "strided"};

template <size_t kCount>
std::optional<Arg> Enumerator(const Json* json, const std::array<const char*, kCount>& names) {
  const auto number = AsInt(json);
  if (!number || *number < 1 || *number >= static_cast<int64_t>(kCount)) return std::nullopt;
  return Symbol{names[static_cast<size_t>(*number)]};
}

/// A list with `read` applied to each item; nothing when one of them is not of the kind.
template <class T, class Read>
std::optional<Arg> ListOf(const Json& list, Read read) {
  T values;
  for (const Json& item : list) {
    const auto value = read(&item);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

/// Kinds that no op of a network that runs on a target needs, and what each is.
struct Refused {
  const char* kind;
  const char* what;
  const char* remedy;
};
constexpr const char* kNoControlFlow =
    "rewrite it without torch.cond, while_loop and map: control flow is not supported";
constexpr std::array<Refused, 9> kRefused = {{
    {"as_graph", "a graph inside of the graph", kNoControlFlow},
    {"as_operator", "an operator as a value", "call the operator in the model instead"},
    {"as_custom_obj", "a custom object", "use plain tensors and numbers"},
    {"as_complex", "a complex number", "use real numbers"},
    {"as_strings", "a list of texts", "use an op without such an argument"},
    {"as_nested_tensors", "a list of lists of tensors", "use an op without such an argument"},
    {"as_int_lists", "a list of lists of numbers", "use an op without such an argument"},
    {"as_float_lists", "a list of lists of numbers", "use an op without such an argument"},
    {"as_string_to_argument", "a dictionary", "use an op without such an argument"},
}};

}  // namespace

std::span<const char* const> SerializedMemoryFormats() { return kMemoryFormats; }
std::span<const char* const> SerializedLayouts() { return kLayouts; }

Value* GraphReader::FindTensor(const Scope& scope, const Json* json, const Location& where) {
  const std::string name = TextIn(json, "name");
  const auto found = scope.values.find(name);
  if (found != scope.values.end()) return found->second;
  Damaged(where, "it reads '" + name + "', which nothing before computes");
  return nullptr;
}

std::optional<int64_t> GraphReader::ReadSymInt(const Scope& scope, const Json* json,
                                               const Location& where) {
  const Union arg = AsUnion(json);
  if (arg.Is("as_int")) {
    if (const auto value = AsInt(arg.value)) return value;
  } else if (arg.Is("as_name") && arg.value->is_string()) {
    const std::string& name = arg.value->get_ref<const std::string&>();
    if (const Json* value = Field(Field(scope.graph, "sym_int_values"), name.c_str())) {
      return symbols_.Evaluate(value, where);
    }
  }
  Damaged(where, "a size among the arguments has no value");
  return std::nullopt;
}

std::optional<Arg> GraphReader::ReadArg(Scope& scope, const Json* json, const std::string& name,
                                        const Location& where) {
  const Union arg = AsUnion(json);
  for (const Refused& refused : kRefused) {
    if (!arg.Is(refused.kind)) continue;
    diagnostics_.Error(where,
                       "argument '" + name + "' is " + refused.what + ", which is not supported",
                       refused.remedy);
    return std::nullopt;
  }
  // These report on their own what is wrong, or stay silent about a tensor known to be missing.
  if (arg.Is("as_tensor")) {
    Value* value = FindTensor(scope, arg.value, where);
    return value == nullptr ? std::nullopt : std::optional<Arg>(value);
  }
  if (arg.Is("as_optional_tensor")) {
    const Union inner = AsUnion(arg.value);
    if (inner.Is("as_none")) return std::monostate();
    Value* value = FindTensor(scope, inner.value, where);
    return value == nullptr ? std::nullopt : std::optional<Arg>(value);
  }
  if (arg.Is("as_sym_int")) {
    const auto value = ReadSymInt(scope, arg.value, where);
    return value ? std::optional<Arg>(*value) : std::nullopt;
  }
  if (arg.Is("as_tensors") || arg.Is("as_optional_tensors") || arg.Is("as_sym_ints")) {
    if (arg.value->is_array()) return ReadList(scope, arg, where);
    Damaged(where, "argument '" + name + "' is no list");
    return std::nullopt;
  }
  auto value = ReadScalar(scope, arg);
  if (!value && arg.kind.starts_with("as_sym_")) {
    diagnostics_.Error(where, "argument '" + name + "' is a number that depends on the data",
                       "rewrite the model so that it is a constant");
  } else if (!value && arg.Is("as_scalar_type")) {
    diagnostics_.Error(where,
                       "argument '" + name + "' is the type " +
                           SerializedDTypeName(AsInt(arg.value).value_or(0)) +
                           ", which no target supports",
                       "use float32 or whole numbers there");
  } else if (!value) {
    Damaged(where, "argument '" + name + "' is of an unknown kind or has a wrong value" +
                       (arg.kind.empty() ? "" : " (" + arg.kind + ")"));
  }
  return value;
}

std::optional<Arg> GraphReader::ReadList(Scope& scope, const Union& arg, const Location& where) {
  bool ok = true;
  if (arg.Is("as_sym_ints")) {
    Ints64 values;
    for (const Json& item : *arg.value) {
      const auto value = ReadSymInt(scope, &item, where);
      ok = ok && value;
      values.push_back(value.value_or(0));
    }
    return ok ? std::optional<Arg>(values) : std::nullopt;
  }
  Values values;
  for (const Json& item : *arg.value) {
    const Union inner = AsUnion(&item);
    if (arg.Is("as_optional_tensors") && inner.Is("as_none")) {
      values.push_back(nullptr);
      continue;
    }
    const Json* tensor = arg.Is("as_tensors") ? &item : inner.value;
    values.push_back(FindTensor(scope, tensor, where));
    ok = ok && values.back() != nullptr;
  }
  return ok ? std::optional<Arg>(values) : std::nullopt;
}

/// Everything that names no tensor and no size. Nothing: of an unknown kind, or not of its kind.
std::optional<Arg> GraphReader::ReadScalar(const Scope& scope, const Union& arg) {
  const auto wrap = [](auto value) { return value ? std::optional<Arg>(*value) : std::nullopt; };
  if (arg.Is("as_none")) return std::monostate();
  if (arg.Is("as_int")) return wrap(AsInt(arg.value));
  if (arg.Is("as_bool")) return wrap(AsBool(arg.value));
  if (arg.Is("as_float")) return wrap(AsDouble(arg.value));
  if (arg.Is("as_string")) return wrap(AsString(arg.value));
  if (arg.Is("as_memory_format")) return Enumerator(arg.value, kMemoryFormats);
  if (arg.Is("as_layout")) return Enumerator(arg.value, kLayouts);
  if (arg.Is("as_scalar_type")) {
    const auto number = AsInt(arg.value);
    return number ? wrap(DTypeFromSerialized(*number)) : std::nullopt;
  }
  if (arg.Is("as_device")) {
    const std::string* type = StringIn(arg.value, "type");
    if (type == nullptr) return std::nullopt;
    const auto index = AsInt(Field(arg.value, "index"));
    return Symbol{index ? *type + ":" + std::to_string(*index) : *type};
  }
  if (arg.Is("as_sym_float") || arg.Is("as_sym_bool")) {
    const bool is_float = arg.Is("as_sym_float");
    const std::string name = TextIn(arg.value, "as_name");
    const Json* table = Field(scope.graph, is_float ? "sym_float_values" : "sym_bool_values");
    const Json* value = name.empty() ? arg.value : Field(table, name.c_str());
    return is_float ? wrap(AsDouble(Field(value, "as_float")))
                    : wrap(AsBool(Field(value, "as_bool")));
  }
  if (arg.value == nullptr || !arg.value->is_array()) return std::nullopt;
  if (arg.Is("as_ints")) return ListOf<Ints64>(*arg.value, AsInt);
  if (arg.Is("as_bools")) return ListOf<Ints64>(*arg.value, AsBool);
  if (arg.Is("as_floats")) return ListOf<Doubles>(*arg.value, AsDouble);
  return std::nullopt;
}

}  // namespace cortico

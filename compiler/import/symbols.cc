#include "compiler/import/symbols.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "compiler/import/payload.h"
#include "compiler/import/sym_expr.h"

namespace cortico {
namespace {

// More elements than any memory has, and few enough that no later product of sizes overflows.
constexpr int64_t kMaxElements = int64_t{1} << 40;
constexpr size_t kMaxRank = 64;
constexpr const char* kSaveAgain = "export and save the model again";

std::optional<std::string> SymbolOf(const Json& size) {
  const std::string* text = StringIn(Field(&size, "as_expr"), "expr_str");
  return text == nullptr ? std::nullopt : SingleSymbol(*text);
}

int64_t TracedValue(const Json* size) {
  const auto hint = AsInt(Field(Field(Field(size, "as_expr"), "hint"), "as_int"));
  return std::clamp<int64_t>(hint.value_or(1), 1, kMaxElements);
}

}  // namespace

bool SymbolTable::InRange(const std::string& symbol, int64_t batch, const Json* ranges) {
  const Json* range = Field(ranges, symbol.c_str());
  int64_t least = AsInt(Field(range, "min_val")).value_or(1);
  // Export never assumes a size of 1 for a dimension that is to vary, and writes 2 as the least;
  // the program is right for 1 all the same, since nothing in it was chosen because the size is
  // larger.
  if (least == 2) least = 1;
  const auto most = AsInt(Field(range, "max_val"));
  if (batch >= std::max<int64_t>(least, 1) && batch <= most.value_or(batch)) return true;
  diagnostics_.Error(
      {},
      "a batch of " + std::to_string(batch) + " is outside of what the model was exported for (" +
          std::to_string(least) + " to " + (most ? std::to_string(*most) : "any") + ")",
      "choose another --batch or export the model again");
  return false;
}

/// Gives the symbol of one input dimension its value. False: it is no single symbol.
bool SymbolTable::Bind(const Json& size, size_t dimension, const std::string& input, bool as_batch,
                       const ImportOptions& options, const Json* ranges) {
  const auto symbol = SymbolOf(size);
  if (!symbol) return false;
  if (values_.contains(*symbol)) return true;
  values_[*symbol] = TracedValue(&size);
  const Location where{input, "", ""};
  const std::string what = "dimension " + std::to_string(dimension) + " of input '" + input +
                           "' has no fixed size (" + *symbol + ")";
  if (!as_batch) {
    diagnostics_.Error(where, what, "export the model with a fixed size there");
  } else if (!options.batch) {
    diagnostics_.Error(where, what, "export with a fixed batch size or pass --batch N");
  } else if (InRange(*symbol, *options.batch, ranges)) {
    values_[*symbol] = *options.batch;
  }
  return true;
}

void SymbolTable::BindInputs(const Json& document, const ImportOptions& options) {
  const Json* module = Field(&document, "graph_module");
  const Json* types = Field(Field(module, "graph"), "tensor_values");
  const Json* ranges = Field(&document, "range_constraints");
  const Json* specs = ArrayIn(Field(module, "signature"), "input_specs");
  if (options.batch && *options.batch < 1) {
    diagnostics_.Error({}, "a batch of " + std::to_string(*options.batch) + " makes no program",
                       "pass --batch 1 or more");
  }
  if (specs == nullptr) return;
  std::vector<std::pair<std::string, const Json*>> inputs;
  for (const Json& spec : *specs) {
    const Json* argument = Field(Field(&spec, "user_input"), "arg");
    const std::string name = TextIn(Field(argument, "as_tensor"), "name");
    const Json* sizes = ArrayIn(Field(types, name.c_str()), "sizes");
    if (!name.empty() && sizes != nullptr && !sizes->empty()) inputs.emplace_back(name, sizes);
  }
  bool any_batch = false;
  for (const auto& [name, sizes] : inputs) {
    any_batch |= Bind((*sizes)[0], 0, name, /*as_batch=*/true, options, ranges);
  }
  for (const auto& [name, sizes] : inputs) {
    for (size_t d = 1; d < sizes->size(); ++d) Bind((*sizes)[d], d, name, false, options, ranges);
  }
  if (any_batch || !options.batch) return;
  for (const auto& [name, sizes] : inputs) {
    const auto size = AsInt(Field(&(*sizes)[0], "as_int"));
    if (!size || *size == *options.batch) continue;
    diagnostics_.Error({name, "", ""},
                       "--batch " + std::to_string(*options.batch) + " was given, but input '" +
                           name + "' has a fixed first dimension of " + std::to_string(*size),
                       "export the model with a dynamic batch dimension, or without --batch");
    return;
  }
}

std::optional<int64_t> SymbolTable::Evaluate(const Json* size, const Location& where) {
  if (const auto value = AsInt(Field(size, "as_int"))) return value;
  const std::string* text = StringIn(Field(size, "as_expr"), "expr_str");
  if (text == nullptr) {
    diagnostics_.Error(where, "the program's JSON is damaged: a size is no number", kSaveAgain);
    return std::nullopt;
  }
  const auto lookup = [&](const std::string& name) -> std::optional<int64_t> {
    const auto [symbol, is_new] = values_.try_emplace(name, 1);
    if (is_new) {
      symbol->second = SingleSymbol(*text) ? TracedValue(size) : 1;
      diagnostics_.Error(where, "a size depends on the data ('" + name + "')",
                         "rewrite the model so that every shape is fixed");
    }
    return symbol->second;
  };
  std::string error;
  const auto value = EvaluateExpression(*text, lookup, &error);
  if (!value) {
    const std::string shown = text->size() <= 80 ? *text : text->substr(0, 77) + "...";
    diagnostics_.Error(where, "the size '" + shown + "' is not understood: " + error,
                       "export the model with fixed sizes");
  }
  return value;
}

std::optional<TensorType> SymbolTable::ReadType(const Json* meta, const std::string& what,
                                                const Location& where) {
  const auto number = AsInt(Field(meta, "dtype"));
  const Json* sizes = ArrayIn(meta, "sizes");
  if (!number || sizes == nullptr || sizes->size() > kMaxRank) {
    diagnostics_.Error(where, "the program's JSON is damaged: " + what + " has no type",
                       kSaveAgain);
    return std::nullopt;
  }
  bool ok = true;
  TensorType type;
  if (const auto dtype = DTypeFromSerialized(*number)) {
    type.dtype = *dtype;
  } else {
    ok = false;
    diagnostics_.Error(
        where, what + " is of type " + SerializedDTypeName(*number) + ", which no target supports",
        "use float32 or whole numbers there");
  }
  constexpr int64_t kStrided = 7;
  const auto layout = AsInt(Field(meta, "layout"));
  if (layout && *layout != kStrided) {
    ok = false;
    diagnostics_.Error(where, what + " is a sparse tensor", "use a dense tensor there");
  }
  int64_t elements = 1;
  for (const Json& json : *sizes) {
    const auto size = Evaluate(&json, where);
    ok = ok && size;
    if (!size) continue;
    type.sizes.push_back(*size);
    // A size of 0 must not hide that the others overflow.
    if (*size < 0 || __builtin_mul_overflow(elements, std::max<int64_t>(1, *size), &elements) ||
        elements > kMaxElements) {
      diagnostics_.Error(where, what + " has an impossible size, " + std::to_string(*size),
                         kSaveAgain);
      return std::nullopt;
    }
  }
  if (!ok) return std::nullopt;
  return type;
}

}  // namespace cortico

// Sizes in a program, plain or symbolic, as numbers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "compiler/graph/diagnostics.h"
#include "compiler/graph/graph.h"
#include "compiler/import/json_reader.h"
#include "compiler/import/pt2.h"

namespace cortico {

/// Knows the value of each symbolic dimension. A symbol without a value is reported once and then
/// has the value that the export was traced with, so that the rest of the program can be checked.
class SymbolTable {
 public:
  explicit SymbolTable(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Goes over the user's inputs: a symbol that is the first dimension of one is the batch and gets
  /// its value from `options`; any other is an error. `document` is the whole program.
  void BindInputs(const Json& document, const ImportOptions& options);

  /// {"as_int": n} or {"as_expr": {"expr_str": "...", "hint": ...}}; nothing after an error.
  std::optional<int64_t> Evaluate(const Json* size, const Location& where);

  /// A tensor's description; `what` names it in messages ("input 'x'"). Nothing after an error.
  std::optional<TensorType> ReadType(const Json* meta, const std::string& what,
                                     const Location& where);

 private:
  bool Bind(const Json& size, size_t dimension, const std::string& input, bool as_batch,
            const ImportOptions& options, const Json* ranges);
  bool InRange(const std::string& symbol, int64_t batch, const Json* ranges);

  Diagnostics& diagnostics_;
  std::map<std::string, int64_t> values_;
};

}  // namespace cortico

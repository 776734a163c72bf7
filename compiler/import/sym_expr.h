// Sizes that a program gives as expressions of its symbolic dimensions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cortico {

/// The value of a symbol, or nothing when it has none.
using SymbolLookup = std::function<std::optional<int64_t>(const std::string& name)>;

/// Evaluates an integer expression in either spelling that exports use: "2*s77 + 1" with + - * // %
/// and parentheses, or "Add(Mul(Integer(2), Symbol('s77', integer=True)), Integer(1))" with Add,
/// Mul, FloorDiv, Mod, PythonMod, CleanDiv, Max, Min and Pow. Division and remainder round down.
/// Nothing, with the reason in `error`, for all else: an unknown function or symbol, a division by
/// zero, an overflow of 64 bits.
std::optional<int64_t> EvaluateExpression(std::string_view text, const SymbolLookup& lookup,
                                          std::string* error);

/// The symbol's name when the expression is one symbol and nothing else.
std::optional<std::string> SingleSymbol(std::string_view text);

}  // namespace cortico

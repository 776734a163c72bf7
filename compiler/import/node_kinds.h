// What is known of nodes by their names alone.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace cortico {

inline constexpr std::string_view kTorchOps = "torch.ops.";

/// Ops that only check or log, and change nothing.
inline bool IsDropped(std::string_view target) {
  constexpr std::array<std::string_view, 10> kNames = {
      "aten._assert_async",
      "aten._assert_scalar",
      "aten._assert_tensor_metadata",
      "aten._functional_assert_async",
      "aten._functional_assert_scalar",
      "aten._print",
      "aten.sym_constrain_range",
      "aten.sym_constrain_range_for_size",
      "aten._functional_sym_constrain_range",
      "aten._functional_sym_constrain_range_for_size"};
  // Input guards, in programs exported with them.
  if (target.ends_with("_guards_fn")) return true;
  if (!target.starts_with(kTorchOps)) return false;
  target.remove_prefix(kTorchOps.size());
  const size_t overload = target.rfind('.');
  if (overload != target.npos) target = target.substr(0, overload);
  return std::find(kNames.begin(), kNames.end(), target) != kNames.end();
}

/// A name that can stand in messages and in the graph's text form. Python's identifiers fit, in any
/// language.
inline bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 1000 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
  });
}

}  // namespace cortico

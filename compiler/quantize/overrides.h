// Rules for single layers: what `--override RULES.json` holds. docs/overrides.md has the format.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/quantize/observer.h"

namespace cortico {

/// One rule. Where several concern a node, each later one wins in what it says.
struct OverrideRule {
  /// Components of an nn.Module path with * and ? inside of them ("blocks.*.expand"); concerns every
  /// node of that module and of those below it. Empty: `node` says which.
  std::string path;
  /// Name of a node or an input in the exported graph, with * and ?.
  std::string node;

  std::optional<bool> skip;  ///< stays float
  std::optional<ObserverKind> observer;  ///< of its result and its weights
  std::optional<bool> per_tensor;        ///< one scale for the whole weight

  /// Whether the rule concerns what was made from this node.
  bool Concerns(const Location& location) const;
  /// "'blocks.0'" or "node 'add_1'".
  std::string Subject() const;
};

/// Reports everything that is wrong with the text: what is no JSON, an unknown key, a value that a
/// key does not take, a rule that says nothing or concerns nothing.
std::optional<std::vector<OverrideRule>> ParseOverrides(std::string_view json,
                                                        Diagnostics& diagnostics);

}  // namespace cortico

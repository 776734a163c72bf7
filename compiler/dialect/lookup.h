// Which ops of the dialect know a node, by its name: what passes ask of every node of a graph.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/graph/op_domain.h"

namespace cortico {

struct KnownPattern {
  const OpDefinition* op = nullptr;
  QuantPattern pattern;
};

/// Patterns that begin with this op, in the order of AllOps().
const std::vector<KnownPattern>& PatternsFrom(std::string_view name);

/// Ops that lower from nodes of this name, in the order of AllOps().
const std::vector<const OpDefinition*>& LoweringsFrom(std::string_view name);

}  // namespace cortico

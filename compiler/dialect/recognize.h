// A lowered program that travelled through torch comes back in torch's words;
// this finds the dialect's ops in it again.
#pragma once

#include "compiler/graph/diagnostics.h"
#include "compiler/graph/graph.h"

namespace cortico {

/// Which nodes are taken for ops of the dialect.
enum class Recognize {
  kOwnNames,  ///< those whose name no ATen program has (cortex_m::, cortico::)
  kAll,       ///< in a lowered program: aten.cat.default too is the dialect's
};

/// Renames nodes from OpDefinition::TorchName() to the op's own name, fills in
/// arguments left at their schema's default, turns uninitialized tensors
/// (aten.empty) that a scratch argument reads into scratch, and completes
/// result types: what is known of order in memory and quantization is kept, the
/// rest is OpDefinition::OutputType's answer. Reports nodes that are no legal
/// calls.
void RecognizeDialect(Graph& graph, Recognize which, Diagnostics& diagnostics);

}  // namespace cortico

// Quantization-aware training: the quantizer's view of a graph that is still being trained.
#pragma once

#include "compiler/graph/diagnostics.h"
#include "compiler/graph/graph.h"

namespace cortico {

/// A copy in the canonical form, for annotation alone: its numbers are not those of `graph`.
/// Dropout is gone, and a batch norm behind a convolution is part of it, as it will be after the
/// training: the convolution's result goes by the batch norm's name. All values that are left keep
/// their names.
Graph StructureAfterTraining(const Graph& graph, Diagnostics& diagnostics);

}  // namespace cortico

// How fine a program's results are.
#pragma once

#include <cstddef>

#include "compiler/graph/graph.h"

namespace cortico {

/// The scale of the integers that an output is, or that the dequantize which made it reads: one step
/// of the output. 0 for a result that was computed in float.
double StepOfOutput(const Graph& graph, size_t output);

}  // namespace cortico

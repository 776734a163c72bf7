// The passes before quantization, for those who have a graph and no pipeline.
#pragma once

#include "compiler/passes/pass.h"

namespace cortico {

/// Runs CanonicalizePasses() on a float or quantized ATen graph.
void CanonicalizeForQuantization(Graph& graph, Diagnostics& diagnostics, RewriteLog& log);

}  // namespace cortico

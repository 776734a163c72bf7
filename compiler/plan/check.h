// Checks a plan against the definition of what it promises, sharing no code with the planner.
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/plan/plan.h"
#include "compiler/target.h"

namespace cortico {

/// Runs the program in the plan's order on a model of memory that remembers, for every byte, which
/// value it belongs to. An error for every value that is read after some of its bytes were
/// overwritten, for every output that shares bytes with an argument, a scratch or another output of
/// its own node in a way that the op has not declared, for an order in which a value is read before
/// it is written, for a place that is missing, misaligned, of the wrong size or outside of its
/// bank, and for a bank beyond its limit.
void CheckPlan(
    const Graph& lowered, const Plan& plan, const TargetConfig& target, Diagnostics& diagnostics,
    const OpLookup& find_op = [](std::string_view name) { return FindOp(name); });

}  // namespace cortico

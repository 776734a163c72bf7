// Finds an order of the nodes in which fewer bytes live at one time.
//
// What lives between two nodes follows from the set of nodes that have run, not from their order.
// So the best order is a path through these sets (only sets closed under "what a node reads has
// been written") along which the largest need is smallest: a shortest-path search with max in place
// of +. Networks are narrow, and have few such sets; where there are more than `states`, a beam
// search takes over.
#pragma once

#include <vector>

#include "compiler/plan/model.h"

namespace cortico::plan {

/// The order of the graph when no better one is found. In-place results count as far as the
/// overlays of one node tell; the caller measures the outcome exactly.
std::vector<int> FindOrder(const Model& model, int states);

}  // namespace cortico::plan

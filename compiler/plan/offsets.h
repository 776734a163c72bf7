// Offsets for groups of values, in one bank or several.
//
// Placing groups one after the other, each at the lowest place that is free over its life, gives a
// plan for every order of placing; some order gives the best plan (place by final offset). So the
// search is over orders: several that are known to be good first, then changes of the best one that
// bring the groups at the top to the front, until the lower bound is reached or the work is used
// up.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/plan/model.h"

namespace cortico::plan {

struct GroupPlace {
  int bank = 0;
  int64_t offset = 0;
};

struct Packing {
  std::vector<GroupPlace> places;   ///< per group
  std::vector<int64_t> bank_bytes;  ///< multiples of kPlanAlignment
  /// Bytes that the last bank is too small by.
  int64_t overflow = 0;
  /// Bytes written and read per run in banks after the first, times the number of banks before.
  int64_t spill = 0;
  int64_t total() const;
  bool BetterThan(const Packing& other) const;
};

/// Packs into banks of these limits, the last of which is taken as unlimited: the caller compares.
/// `floor`: a total below which no packing can be. `work`: a bound in steps of the innermost loop.
Packing Pack(const Model& model, const Schedule& schedule, const std::vector<Group>& groups,
             const std::vector<std::optional<int64_t>>& limits, int64_t floor, int64_t work);

}  // namespace cortico::plan

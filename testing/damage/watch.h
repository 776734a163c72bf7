// Says which case it was when one takes the process down, and ends a case that takes too long.
#pragma once

#include <string>

namespace cortico::testing {

/// Seconds of wall time after which a case counts as hung: a thousand times what it takes on an idle
/// machine, since a loaded one must not fail the test.
inline constexpr unsigned kMostSeconds = 10;

/// Before the first case: hooks into the sanitizer's death, or into the signals without one.
void StartWatching();
/// `label` is printed on standard error if the process dies before the next call.
void WatchCase(const std::string& label);
/// No case is at hand.
void StopWatching();

}  // namespace cortico::testing

// Independent pieces of work on all cores. Results go where the caller put a place for each piece:
// the order in which pieces run changes nothing.
#pragma once

#include <cstddef>
#include <functional>

namespace cortico {

/// How many threads `pieces` pieces of work are worth: at most one per core, 1 for only a few.
size_t WorkersFor(size_t pieces);

/// Calls work(worker, piece) once for each piece below `pieces`, from `workers` threads at a time;
/// `worker`, below `workers`, is the calling thread's own, for what it must not share. `progress`
/// is called on the caller's thread, now and then and once all is done, with the number of pieces
/// done. The first exception of `work` ends the work and is thrown again here.
void ForEachInParallel(size_t pieces, size_t workers,
                       const std::function<void(size_t worker, size_t piece)>& work,
                       const std::function<void(size_t done)>& progress);

}  // namespace cortico

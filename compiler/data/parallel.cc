#include "compiler/data/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace cortico {
namespace {

// Below this many pieces per thread the threads cost more than they give.
constexpr size_t kFewest = 16;

}  // namespace

size_t WorkersFor(size_t pieces) {
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  return std::clamp<size_t>(pieces / kFewest, 1, cores);
}

void ForEachInParallel(size_t pieces, size_t workers,
                       const std::function<void(size_t worker, size_t piece)>& work,
                       const std::function<void(size_t done)>& progress) {
  std::atomic<size_t> next = 0;
  std::atomic<size_t> done = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&](size_t worker, bool tell) {
    try {
      for (size_t piece = next++; piece < pieces; piece = next++) {
        work(worker, piece);
        const size_t so_far = ++done;
        if (tell) progress(so_far);
      }
    } catch (...) {
      next = pieces;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::jthread> threads;
  for (size_t worker = 1; worker < workers; ++worker) threads.emplace_back(run, worker, false);
  run(0, true);
  threads.clear();  // joins
  if (failure) std::rethrow_exception(failure);
  progress(done);
}

}  // namespace cortico

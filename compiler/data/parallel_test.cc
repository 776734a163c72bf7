#include "compiler/data/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cortico {
namespace {

TEST(ForEachInParallelTest, EveryPieceOnceAndAWorkerNeverTwiceAtATime) {
  std::vector<int> runs(1000, 0);
  std::vector<std::atomic<int>> busy(4);
  size_t last = 0;
  ForEachInParallel(
      runs.size(), busy.size(),
      [&](size_t worker, size_t piece) {
        EXPECT_EQ(busy.at(worker)++, 0);
        ++runs[piece];
        std::this_thread::yield();
        --busy[worker];
      },
      [&](size_t done) { last = done; });
  EXPECT_EQ(runs, std::vector<int>(1000, 1));
  EXPECT_EQ(last, 1000u);
}

TEST(ForEachInParallelTest, AnExceptionEndsTheWork) {
  std::atomic<int> runs = 0;
  const auto work = [&](size_t, size_t piece) {
    ++runs;
    if (piece == 3) throw std::runtime_error("piece 3");
  };
  EXPECT_THROW(ForEachInParallel(1000000, 2, work, [](size_t) {}), std::runtime_error);
  EXPECT_LT(runs, 1000000);
}

TEST(ForEachInParallelTest, NothingToDo) {
  EXPECT_EQ(WorkersFor(0), 1u);
  EXPECT_EQ(WorkersFor(1), 1u);
  size_t last = 7;
  ForEachInParallel(
      0, 1, [](size_t, size_t) { FAIL(); }, [&](size_t done) { last = done; });
  EXPECT_EQ(last, 0u);
}

}  // namespace
}  // namespace cortico

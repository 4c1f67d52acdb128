#include "texture/workers.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <numeric>
#include <vector>

namespace pawfect::texture {
namespace {

TEST(Workers, CallEveryPieceOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    Workers workers(threads);
    for (const int pieces : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> calls(pieces);
      workers.run(pieces, [&](int piece) { ++calls[piece]; });
      for (const std::atomic<int>& count : calls) {
        ASSERT_EQ(count, 1) << threads << " threads, " << pieces << " pieces";
      }
    }
  }
}

TEST(Workers, WhatPiecesWroteIsSeenAfterTheRun) {
  Workers workers(4);
  std::vector<int> written(503, 0);  // not atomic: the thread sanitizer judges the hand-over
  for (int round = 1; round <= 200; ++round) {
    workers.run(int(written.size()), [&](int piece) { written[piece] += piece; });
    const int sum = std::accumulate(written.begin(), written.end(), 0);
    ASSERT_EQ(sum, round * 503 * 502 / 2);
  }
}

TEST(Workers, StartNoThreadForOne) {
  Workers workers(1);
  const std::thread::id caller = std::this_thread::get_id();
  workers.run(20, [&](int) { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

TEST(Workers, MoreThreadsThanPiecesAreNoTrouble) {
  Workers workers(16);
  std::atomic<int> calls = 0;
  for (int round = 0; round < 100; ++round) workers.run(2, [&](int) { ++calls; });
  EXPECT_EQ(calls, 200);
}

TEST(Workers, RowsAreSplitWithoutGapOrOverlap) {
  for (const int threads : {1, 3}) {
    Workers workers(threads);
    for (const int rows : {0, 1, 16, 17, 100}) {
      for (const std::int64_t pixels : {std::int64_t{10}, std::int64_t{1000000}}) {
        std::vector<std::atomic<int>> calls(rows);
        workers.run_rows(rows, 16, pixels, [&](int first, int last) {
          for (int row = first; row < last; ++row) ++calls[row];
        });
        for (const std::atomic<int>& count : calls) ASSERT_EQ(count, 1);
      }
    }
  }
}

TEST(Workers, ASmallLoopStaysInTheCaller) {
  Workers workers(4);
  const std::thread::id caller = std::this_thread::get_id();
  workers.run_rows(64, 4, 100, [&](int first, int last) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(last - first, 64);
  });
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they need the memory

// In a process of its own: leaves room for the stacks of a few threads, then asks for many.
void work_with_room_for_few_threads() {
  alarm(20);  // a hang is a failure, not a wait for ever
  long pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld", &pages) != 1) std::_Exit(3);
  std::fclose(file);
  const rlim_t bytes = rlim_t(pages) * rlim_t(sysconf(_SC_PAGESIZE)) + (rlim_t{64} << 20);
  const rlimit limit = {bytes, bytes};
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::_Exit(4);
  std::atomic<int> calls = 0;
  {
    Workers workers(1000);
    workers.run(500, [&](int) { ++calls; });
  }
  std::_Exit(calls == 500 ? 0 : 5);
}

TEST(WorkersDeathTest, MakeDoWithTheThreadsThatTheSystemGives) {
  EXPECT_EXIT(work_with_room_for_few_threads(), testing::ExitedWithCode(0), "");
}

#endif

TEST(Workers, EndWithoutEverHavingWorked) {
  for (int k = 0; k < 50; ++k) Workers workers(4);
}

}  // namespace
}  // namespace pawfect::texture

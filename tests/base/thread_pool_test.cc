#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

namespace xquant {
namespace {

TEST(ThreadPool, RunsEveryIndexOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (const std::int64_t count : {0, 1, 3, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      pool.run(count, [&](std::int64_t index, int worker) {
        EXPECT_LT(worker, threads);
        ++runs[static_cast<std::size_t>(index)];
      });
      for (const auto& times : runs) EXPECT_EQ(times, 1);
    }
  }
}

TEST(ThreadPool, RethrowsTheExceptionOfTheSmallestIndex) {
  ThreadPool pool(4);
  for (int round = 0; round < 50; ++round) {
    try {
      pool.run(100, [](std::int64_t index, int) {
        if (index >= 7) throw std::runtime_error(std::to_string(index));
      });
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "7");
    }
  }
}

TEST(ThreadPool, WorksOnAfterAnException) {
  ThreadPool pool(3);
  EXPECT_THROW(pool.run(9, [](std::int64_t, int) { throw std::runtime_error("no"); }),
               std::runtime_error);
  std::atomic<int> done = 0;
  pool.run(9, [&](std::int64_t, int) { ++done; });
  EXPECT_EQ(done, 9);
}

}  // namespace
}  // namespace xquant

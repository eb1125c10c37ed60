#include "base/cancellation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>

#include "base/error.h"
#include "base/monitor.h"
#include "base/thread_pool.h"

namespace xquant {
namespace {

class Switch final : public Monitor {
 public:
  bool cancelled() override { return on; }
  bool on = false;
};

TEST(Cancellation, IsHeardWithinAScopeOnly) {
  Switch monitor;
  monitor.on = true;
  cancellation_point();
  {
    const CancellationScope scope(monitor);
    EXPECT_THROW(cancellation_point(), Error);
    Switch other;
    {
      const CancellationScope inner(other);
      cancellation_point();
    }
    EXPECT_THROW(cancellation_point(), Error);
  }
  cancellation_point();
}

/// Work that would never end by itself, on every thread of a pool.
TEST(Cancellation, ReachesTheThreadsOfAPool) {
  ThreadPool pool(3);
  Switch monitor;
  const CancellationScope scope(monitor);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> running{0};
    monitor.on = false;
    try {
      pool.run(3, [&](std::int64_t, int worker) {
        ++running;
        for (;;) {
          if (worker == 0 && running == 3) monitor.on = true;
          cancellation_point();
        }
      });
      FAIL() << "the work ended";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
    }
  }
  // The next work is not cancelled.
  monitor.on = false;
  std::atomic<int> done{0};
  pool.run(3, [&](std::int64_t, int) {
    cancellation_point();
    ++done;
  });
  EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace xquant

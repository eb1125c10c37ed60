#pragma once

#include <atomic>

namespace xquant {

class Monitor;

/// Where long work looks whether it goes on: throws Error(kCancelled) on the thread of a job whose
/// caller wants to stop, and on the threads of a pool that works for it once that one has thrown.
/// Does nothing on other threads. Costs a few nanoseconds: no loop that may take longer than some
/// ten milliseconds should be without one.
void cancellation_point();

/// While it lives, cancellation_point() asks that monitor on this thread.
class CancellationScope {
 public:
  explicit CancellationScope(Monitor& monitor);
  ~CancellationScope();
  CancellationScope(const CancellationScope&) = delete;
  CancellationScope& operator=(const CancellationScope&) = delete;

 private:
  Monitor* before_;
};

/// From here on, cancellation_point() throws on this thread when the flag is set. For the threads
/// of a pool; the flag has to outlive the thread.
void follow_cancellation(const std::atomic<bool>& flag);

}  // namespace xquant

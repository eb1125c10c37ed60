#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/cancellation.h"
#include "base/error.h"

namespace xquant {
namespace {

/// Tells the processor that this thread only waits.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// How often a thread looks again before it goes to sleep: some 50 microseconds. The operators of a
/// small network follow each other faster than the system wakes a thread.
#if defined(__x86_64__)
constexpr int kLooks = 1000;
#else
constexpr int kLooks = 20000;
#endif

}  // namespace

struct ThreadPool::State {
  using Body = std::function<void(std::int64_t, int)>;

  std::mutex mutex;
  std::condition_variable start;
  std::condition_variable finished;
  std::vector<std::thread> threads;
  const Body* body = nullptr;
  std::int64_t count = 0;
  std::atomic<std::int64_t> next{0};
  // Written under the mutex; those that are atomic are looked at without it, too.
  std::atomic<int> joined{0};  ///< threads that work on the body
  bool open = false;           ///< whether more may join
  std::atomic<std::uint64_t> round{0};
  std::atomic<bool> stopping{false};
  bool spins = false;  ///< whether every thread has a core to itself
  std::int64_t failed_index = std::numeric_limits<std::int64_t>::max();
  std::exception_ptr failure;
  std::atomic<bool> cancelled{false};  ///< the rest of this round is not wanted

  /// Looks for a while whether something has happened; what follows decides under the mutex.
  template <typename Condition>
  void spin_until(const Condition& condition) const {
    for (int looks = spins ? kLooks : 0; looks > 0 && !condition(); --looks) relax();
  }

  void work(int worker) {
    for (;;) {
      const std::int64_t index = next.fetch_add(1);
      if (index >= count) return;
      try {
        (*body)(index, worker);
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::kCancelled) cancelled.store(true);
        fail(index);
      } catch (...) {
        fail(index);
      }
    }
  }

  /// Keeps the exception that is being handled, unless an earlier index has thrown one.
  void fail(std::int64_t index) {
    const std::lock_guard lock(mutex);
    if (index < failed_index) {
      failed_index = index;
      failure = std::current_exception();
    }
    next.store(count);  // indices not yet taken are dropped
  }

  void loop(int worker) {
    follow_cancellation(cancelled);
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex, std::defer_lock);
    for (;;) {
      spin_until([&] { return stopping || round != seen; });
      lock.lock();
      start.wait(lock, [&] { return stopping || round != seen; });
      if (stopping) return;
      seen = round;
      if (open) {
        ++joined;
        lock.unlock();
        work(worker);
        lock.lock();
        if (--joined == 0) finished.notify_one();
      }
      lock.unlock();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  size_ =
      threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  state_->spins = size_ <= static_cast<int>(std::thread::hardware_concurrency());
  try {
    for (int worker = 1; worker < size_; ++worker) {
      state_->threads.emplace_back([state = state_.get(), worker] { state->loop(worker); });
    }
  } catch (const std::system_error&) {
    size_ = 1 + static_cast<int>(state_->threads.size());  // no more threads to be had: fewer do
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->start.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void ThreadPool::run(std::int64_t count, const std::function<void(std::int64_t, int)>& body) {
  if (count <= 0) return;
  State& state = *state_;
  {
    const std::lock_guard lock(state.mutex);
    state.body = &body;
    state.count = count;
    state.next.store(0);
    state.open = true;
    state.failed_index = std::numeric_limits<std::int64_t>::max();
    state.failure = nullptr;
    state.cancelled.store(false);
    ++state.round;
  }
  state.start.notify_all();
  state.work(0);
  // All indices are taken: a thread that has not woken by now is not waited for.
  // Closed at once, so that none joins while this thread waits.
  {
    const std::lock_guard lock(state.mutex);
    state.open = false;
  }
  state.spin_until([&] { return state.joined == 0; });
  std::unique_lock lock(state.mutex);
  state.finished.wait(lock, [&] { return state.joined == 0; });
  if (state.failure) std::rethrow_exception(state.failure);
}

}  // namespace xquant

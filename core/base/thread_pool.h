#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace xquant {

/// A fixed set of threads that share the indices of a loop. The calling thread is worker 0, so a
/// pool of one starts no thread and runs everywhere, also where threads do not exist.
class ThreadPool {
 public:
  /// threads >= 1; 0 asks for the machine's number of cores. Where the system refuses to start so
  /// many, the pool is smaller.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return size_; }

  /// Calls body(index, worker) for every index in [0, count) and returns when all are done. Which
  /// worker gets which index is not fixed: results must not depend on it. The exception of the
  /// smallest index that threw is rethrown; later indices may then not have run. Not reentrant.
  void run(std::int64_t count, const std::function<void(std::int64_t index, int worker)>& body);

 private:
  struct State;
  int size_;
  std::unique_ptr<State> state_;
};

}  // namespace xquant

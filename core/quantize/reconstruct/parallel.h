#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/thread_pool.h"

namespace xquant::quantize {

/// Calls body for every index of [0, count), on several threads or on this one. Each index writes
/// memory of its own, so results do not depend on which.
using ForEach = std::function<void(std::int64_t count, const std::function<void(std::int64_t)>&)>;

inline ForEach on_threads(ThreadPool& pool) {
  return [&pool](std::int64_t count, const std::function<void(std::int64_t)>& body) {
    pool.run(count, [&](std::int64_t i, int) { body(i); });
  };
}

/// Likewise; `between` is called on the calling thread before each index that it takes, and may
/// throw.
inline ForEach on_threads(ThreadPool& pool, std::function<void()> between) {
  return [&pool, between = std::move(between)](std::int64_t count,
                                               const std::function<void(std::int64_t)>& body) {
    pool.run(count, [&](std::int64_t i, int worker) {
      if (worker == 0) between();
      body(i);
    });
  };
}

inline ForEach on_this_thread() {
  return [](std::int64_t count, const std::function<void(std::int64_t)>& body) {
    for (std::int64_t i = 0; i < count; ++i) body(i);
  };
}

}  // namespace xquant::quantize

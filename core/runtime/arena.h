#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace xquant::runtime {

/// Memory that is needed from step first to step last, both included.
struct Lifetime {
  std::size_t bytes = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

struct ArenaPlan {
  std::vector<std::size_t> offsets;  ///< one for each lifetime, multiples of kAlignment
  std::size_t bytes = 0;
};

/// Places lifetimes so that no two that overlap in time overlap in memory: largest first, each into
/// the smallest gap that holds it.
ArenaPlan plan_arena(std::span<const Lifetime> lifetimes);

}  // namespace xquant::runtime

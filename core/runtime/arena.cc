#include "runtime/arena.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "runtime/aligned_buffer.h"

namespace xquant::runtime {
namespace {

bool overlap_in_time(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

/// The offset of the smallest gap among the neighbours (sorted by offset), or the end.
std::size_t best_gap(std::span<const std::size_t> neighbours, std::span<const Lifetime> lifetimes,
                     std::span<const std::size_t> offsets, std::size_t bytes) {
  std::size_t best = 0, best_size = std::numeric_limits<std::size_t>::max(), end = 0;
  bool found = false;
  for (const std::size_t other : neighbours) {
    const std::size_t gap = offsets[other] > end ? offsets[other] - end : 0;
    if (gap >= bytes && gap < best_size) best = end, best_size = gap, found = true;
    end = std::max(end, offsets[other] + align_up(lifetimes[other].bytes));
  }
  return found ? best : end;
}

}  // namespace

ArenaPlan plan_arena(std::span<const Lifetime> lifetimes) {
  std::vector<std::size_t> by_size(lifetimes.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::sort(by_size.begin(), by_size.end(), [&](std::size_t a, std::size_t b) {
    return lifetimes[a].bytes != lifetimes[b].bytes ? lifetimes[a].bytes > lifetimes[b].bytes
                                                    : a < b;
  });
  ArenaPlan plan;
  plan.offsets.assign(lifetimes.size(), 0);
  std::vector<std::size_t> placed, neighbours;  // placed is sorted by offset
  for (const std::size_t next : by_size) {
    neighbours.clear();
    for (const std::size_t other : placed) {
      if (overlap_in_time(lifetimes[next], lifetimes[other])) neighbours.push_back(other);
    }
    const std::size_t bytes = align_up(lifetimes[next].bytes);
    plan.offsets[next] = best_gap(neighbours, lifetimes, plan.offsets, bytes);
    plan.bytes = std::max(plan.bytes, plan.offsets[next] + bytes);
    const auto position = std::upper_bound(
        placed.begin(), placed.end(), plan.offsets[next],
        [&](std::size_t offset, std::size_t other) { return offset < plan.offsets[other]; });
    placed.insert(position, next);
  }
  return plan;
}

}  // namespace xquant::runtime

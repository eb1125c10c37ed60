#include "runtime/arena.h"

#include <gtest/gtest.h>

#include "runtime/aligned_buffer.h"
#include "runtime/random.h"

namespace xquant::runtime {
namespace {

/// Largest sum of bytes that live at one time: no plan can need less.
std::size_t largest_live_set(const std::vector<Lifetime>& lifetimes) {
  std::size_t largest = 0;
  for (const Lifetime& at : lifetimes) {
    std::size_t sum = 0;
    for (const Lifetime& other : lifetimes) {
      if (other.first <= at.first && at.first <= other.last) sum += align_up(other.bytes);
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

TEST(Arena, NeverOverlapsWhatLivesAtTheSameTime) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    std::vector<Lifetime> lifetimes;
    for (std::size_t i = 0; i < 60; ++i) {
      const std::size_t first = random.below(50);
      lifetimes.push_back({random.below(5000), first, first + random.below(8)});
    }
    const ArenaPlan plan = plan_arena(lifetimes);
    for (std::size_t i = 0; i < lifetimes.size(); ++i) {
      ASSERT_EQ(plan.offsets[i] % kAlignment, 0u);
      ASSERT_LE(plan.offsets[i] + lifetimes[i].bytes, plan.bytes);
      for (std::size_t j = 0; j < i; ++j) {
        const bool in_time =
            lifetimes[i].first <= lifetimes[j].last && lifetimes[j].first <= lifetimes[i].last;
        const bool in_memory = plan.offsets[i] < plan.offsets[j] + lifetimes[j].bytes &&
                               plan.offsets[j] < plan.offsets[i] + lifetimes[i].bytes;
        ASSERT_FALSE(in_time && in_memory) << "seed " << seed << ", " << i << " and " << j;
      }
    }
    EXPECT_GE(plan.bytes, largest_live_set(lifetimes));
  }
}

TEST(Arena, AChainNeedsTwoBuffers) {
  std::vector<Lifetime> chain;
  for (std::size_t i = 0; i < 20; ++i) chain.push_back({1024, i, i + 1});
  EXPECT_EQ(plan_arena(chain).bytes, 2048u);
}

TEST(Arena, NothingNeedsNothing) { EXPECT_EQ(plan_arena({}).bytes, 0u); }

}  // namespace
}  // namespace xquant::runtime

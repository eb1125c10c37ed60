#include "quantize/calibrate/sample_parts.h"

#include <gtest/gtest.h>

#include <numeric>

namespace xquant::quantize {
namespace {

/// Nobody learns from samples that judge the whole.
TEST(SampleParts, EverySampleIsInOne) {
  for (std::size_t count = 2; count < 40; ++count) {
    std::vector<std::size_t> places(count);
    std::iota(places.begin(), places.end(), std::size_t{0});
    const SampleParts parts = SampleParts::of(places, count);
    EXPECT_EQ(parts.fit.size() + parts.ways.size() + parts.whole.size(), count);
    EXPECT_FALSE(parts.fit.empty());
    EXPECT_FALSE(parts.whole.empty());
    for (const std::size_t place : parts.whole)
      EXPECT_TRUE(SampleParts::judges_whole(place, count));
    for (const std::size_t place : parts.ways)
      EXPECT_FALSE(SampleParts::judges_whole(place, count));
  }
}

TEST(SampleParts, StayTheSameWhenASampleCannotBeRead) {
  const SampleParts parts = SampleParts::of({0, 1, 3, 4, 5, 6, 7}, 8);
  EXPECT_EQ(parts.fit, (std::vector<std::size_t>{0, 3, 5}));
  EXPECT_EQ(parts.ways, (std::vector<std::size_t>{1, 4}));
  EXPECT_EQ(parts.whole, (std::vector<std::size_t>{2, 6}));
}

/// What a stage that looks at few samples learns from is no judge of one that looks at many.
TEST(SampleParts, AreTheSameHoweverManySamplesAreLookedAt) {
  for (std::int64_t available = 4; available < 120; available += 7) {
    for (std::int64_t count = 4; count <= available; ++count) {
      for (std::int64_t place = 0; place < count; ++place) {
        EXPECT_EQ(spread_sample(place, count, available) % 4, place % 4);
      }
    }
  }
}

TEST(EvenlySpread, GivesEveryPlaceASampleOfItsOwn) {
  for (std::int64_t available = 1; available < 70; ++available) {
    for (std::int64_t count = 1; count <= available; ++count) {
      std::int64_t found = 0;
      for (std::int64_t sample = 0; sample < available; ++sample) {
        const auto place = evenly_spread(sample, count, available);
        if (!place) continue;
        EXPECT_EQ(static_cast<std::int64_t>(*place), found) << "ascending";
        EXPECT_EQ(spread_sample(found, count, available), sample);
        ++found;
      }
      EXPECT_EQ(found, count);
    }
  }
}

TEST(EvenlySpread, LeavesNoLargeGaps) {
  for (std::int64_t count : {6, 16, 27, 64}) {
    std::int64_t last = 0;
    for (std::int64_t place = 0; place < count; ++place) {
      const std::int64_t sample = spread_sample(place, count, 100);
      EXPECT_LE(sample - last, 100 / count + 5);
      last = sample;
    }
    EXPECT_LE(100 - last, 100 / count + 5);
  }
}

}  // namespace
}  // namespace xquant::quantize

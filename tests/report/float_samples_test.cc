#include "report/float_samples.h"

#include <gtest/gtest.h>

#include <set>

#include "report/compared.h"

namespace xquant::report {
namespace {

std::vector<std::size_t> places_of(const Sampled& sampled) {
  std::vector<std::size_t> places;
  sampled.for_each_run([&](std::size_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) places.push_back(first + i);
  });
  return places;
}

TEST(Sampled, TakesAllOfASmallTensor) {
  const std::vector<std::size_t> places = places_of(Sampled(300, 320, 7));
  ASSERT_EQ(places.size(), 300U);
  EXPECT_EQ(places.front(), 0U);
  EXPECT_EQ(places.back(), 299U);
}

TEST(Sampled, TakesDifferentPlacesWithinALargeOne) {
  for (const std::size_t size : {321U, 640U, 1000U, 123457U}) {
    for (std::int64_t sample = 0; sample < 50; ++sample) {
      const Sampled sampled(size, 320, sample);
      const std::vector<std::size_t> places = places_of(sampled);
      EXPECT_EQ(places.size(), sampled.count());
      EXPECT_EQ(std::set<std::size_t>(places.begin(), places.end()).size(), 320U);
      EXPECT_LT(places.back(), size);
    }
  }
}

TEST(Sampled, ReachesEveryElementWithEnoughSamples) {
  std::set<std::size_t> reached;
  for (std::int64_t sample = 0; sample < 400; ++sample) {
    for (const std::size_t place : places_of(Sampled(2000, 320, sample))) reached.insert(place);
  }
  EXPECT_EQ(reached.size(), 2000U);
}

TEST(FloatSamples, OfAPassThatWasMadeAnywayGiveTheSameAnalysis) {
  SmallGraph g;
  g.output(product(g, product(g, g.input("x", {2, 2}), "a"), "y"));
  const Analysis own = Compared().run(g, 1, kSamples);
  Compared compared;
  compared.records = true;
  const Analysis recorded = compared.run(g, 2, kSamples);
  ASSERT_EQ(own.tensors.size(), recorded.tensors.size());
  for (std::size_t i = 0; i < own.tensors.size(); ++i) {
    EXPECT_EQ(own.tensors[i].tensor, recorded.tensors[i].tensor);
    EXPECT_EQ(own.tensors[i].sums.noise, recorded.tensors[i].sums.noise);
    EXPECT_EQ(own.tensors[i].histogram, recorded.tensors[i].histogram);
  }
  EXPECT_EQ(own.outputs[0].agreeing, recorded.outputs[0].agreeing);
}

}  // namespace
}  // namespace xquant::report

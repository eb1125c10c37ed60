#include "report/isolated.h"

#include <gtest/gtest.h>

#include "report/compared.h"
#include "report/isolated_errors.h"

namespace xquant::report {
namespace {

TEST(Isolated, EqualsTheAccumulatedErrorForTheFirstOperator) {
  SmallGraph g;
  g.output(product(g, product(g, g.input("x", {2, 2}), "a"), "y"));
  const Analysis analysis = Compared().run(g, 1, kSamples);
  const TensorError& first = *find(analysis, "a");
  EXPECT_GT(first.isolated.noise, 0);
  EXPECT_EQ(first.isolated.noise, first.sums.noise);
  EXPECT_EQ(first.isolated.count, first.sums.count);
}

TEST(Isolated, LeavesOutWhatComesFromOperatorsBefore) {
  SmallGraph g;
  ValueId x = g.input("x", {2, 2});
  for (int i = 0; i < 24; ++i) x = product(g, x, "t" + std::to_string(i));
  g.output(x);
  const Analysis analysis = Compared().run(g, 1, kSamples);
  const TensorError& last = *find(analysis, "t23");
  EXPECT_GT(last.isolated.noise, 0);
  EXPECT_LT(last.isolated.noise, 0.5 * last.sums.noise);
}

TEST(Isolated, IsTheSameForAnyNumberOfThreads) {
  SmallGraph g;
  g.output(product(g, product(g, g.input("x", {2, 2}), "a"), "y"));
  const Analysis one = Compared().run(g, 1, kSamples);
  const Analysis three = Compared().run(g, 3, kSamples);
  EXPECT_EQ(find(one, "y")->isolated.noise, find(three, "y")->isolated.noise);
}

TEST(Isolated, HasNoResultForWhatIsNotQuantized) {
  SmallGraph g;
  g.output(g.op("Softmax", {product(g, g.input("x", {2, 2}), "a")}, "s"));
  Compared compared;
  compared.run(g, 1, kSamples);
  const Isolated isolated = isolate(g.graph, compared.emitted.graph, compared.emitted.float_names);
  EXPECT_TRUE(isolated.results.contains("a"));
  EXPECT_FALSE(isolated.results.contains("s"));
  EXPECT_FALSE(isolated.results.contains("x"));
}

}  // namespace
}  // namespace xquant::report

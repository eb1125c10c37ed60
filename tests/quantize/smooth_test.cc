#include <gtest/gtest.h>

#include <cmath>

#include "graph/small_graph.h"
#include "plan/target.h"
#include "quantize/params.h"
#include "quantize/policy/policy.h"
#include "quantize/second_order.h"
#include "quantize/smooth/channel_factors.h"
#include "quantize/smooth/divide.h"
#include "quantize/smooth/site.h"
#include "quantize/smooth/site_rows.h"
#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

using config::PrecisionLevel;

constexpr std::size_t kWidth = 16;
const runtime::OpsetImports kOpset{{"", 20}};

std::vector<float> noise(std::size_t count, std::uint32_t seed) {
  Noise source(seed);
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<float>(source.next()));
  return values;
}

Tensor sample() { return Tensor::of<float>({1, 6, kWidth}, noise(6 * kWidth, 9)); }

/// The end of a block as BERT has it: the normalization's result goes into a product and, past it,
/// into a sum; Gelu goes into a product alone. Channel 3 is forty times as wide as the others.
SmallGraph post_norm_block() {
  SmallGraph g;
  std::vector<float> scale(kWidth, 1.0F);
  scale[3] = 40;
  const ValueId x = g.input("x", {1, 6, kWidth});
  const auto product = [&](ValueId input, const std::string& name, std::uint32_t seed) {
    const ValueId w = g.constant(name + "_w", {kWidth, kWidth}, noise(kWidth * kWidth, seed));
    return g.op("MatMul", {input, w}, name);
  };
  const ValueId norm = g.op("LayerNormalization",
                            {product(x, "before", 4), g.constant("scale", {kWidth}, scale),
                             g.constant("bias", {kWidth}, noise(kWidth, 1))},
                            "norm", {{"axis", std::int64_t{-1}}});
  const ValueId gelu = g.op("Gelu", {product(norm, "first", 2)}, "gelu");
  g.output(g.op("Add", {norm, product(gelu, "second", 3)}, "y"));
  return g;
}

struct Found {
  plan::QuantPlan plan;
  std::vector<SmoothSite> sites;
};

Found found_in(const SmallGraph& g, PrecisionLevel level, const std::string& target = "spacemit") {
  const auto program = runtime::Program::compile(g.graph, kOpset);
  const Trace traced = trace(g.graph, program, std::vector<Tensor>{sample()});
  Found found;
  found.plan = make_plan(g.graph, traced, plan::target(target), {},
                         {.overall = {.precision = level}, .regional = {}});
  found.sites = find_smooth_sites(g.graph, traced, found.plan);
  return found;
}

std::vector<float> run(const Graph& graph) {
  const auto program = runtime::Program::compile(graph, kOpset);
  const Tensor y = runtime::Executor(program).run(std::vector<Tensor>{sample()})[0];
  return {y.data<float>().begin(), y.data<float>().end()};
}

TEST(SmoothSites, AreDividedByAMulBehindWhatStaysFloat) {
  SmallGraph g = post_norm_block();
  const auto sites = found_in(g, PrecisionLevel::kFloatSums).sites;
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites[0].tensor, g["norm"]);
  EXPECT_EQ(sites[1].tensor, g["gelu"]);
  for (const SmoothSite& site : sites) {
    EXPECT_EQ(site.divisor, Divisor::kMul);
    EXPECT_EQ(site.channels, kWidth);
    ASSERT_EQ(site.readers.size(), 1U);
    EXPECT_TRUE(site.readers[0].power_of_two);
  }
}

TEST(SmoothSites, AreDividedInACopyOfANormalizationThatIsInt8) {
  SmallGraph g = post_norm_block();
  const auto sites = found_in(g, PrecisionLevel::kInt8).sites;
  ASSERT_EQ(sites.size(), 1U);  // Gelu has a scale of its own
  EXPECT_EQ(sites[0].tensor, g["norm"]);
  EXPECT_EQ(sites[0].divisor, Divisor::kCopy);
}

TEST(SmoothSites, OfANormalizationForProductsAloneNeedNoOperator) {
  SmallGraph g = post_norm_block();
  g.graph.set_input(g.graph.value(g["y"]).producer, 0, g["x"]);
  for (const PrecisionLevel level : {PrecisionLevel::kInt8, PrecisionLevel::kFloatSums}) {
    EXPECT_EQ(found_in(g, level).sites[0].divisor, Divisor::kNormalization);
  }
}

TEST(SmoothSites, AreNotWhatOnlyMoves) {
  SmallGraph g;
  const ValueId gelu = g.op("Gelu", {g.input("x", {1, 6, kWidth})}, "gelu");
  const ValueId turned =
      g.op("Transpose", {gelu}, "turned", {{"perm", std::vector<std::int64_t>{1, 0, 2}}});
  const ValueId w = g.constant("w", {kWidth, kWidth}, noise(kWidth * kWidth, 2));
  g.output(g.op("MatMul", {turned, w}, "y"));
  EXPECT_TRUE(found_in(g, PrecisionLevel::kFloatSums).sites.empty());
}

/// What is divided is multiplied in the weights, whatever divides.
TEST(SiteRecorder, LeavesOutSamplesThatAreNotFinite) {
  SmallGraph g = post_norm_block();
  const auto sites = found_in(g, PrecisionLevel::kFloatSums).sites;
  SiteRecorder recorder(sites, 4, 4);
  const auto observer = recorder.observer();
  for (std::int64_t i = 0; i < 4; ++i) {
    std::vector<float> values = noise(6 * kWidth, 20 + static_cast<std::uint32_t>(i));
    if (i == 1) values[5] = -INFINITY;
    if (i == 2) values[7] = NAN;
    const Tensor tensor = Tensor::of<float>({1, 6, kWidth}, values);
    observer->start(i, {});
    observer->on_value(sites[0].tensor, runtime::view_of(tensor));
  }
  const SiteSamples samples = recorder.take();
  for (const auto* half : {&samples.fit, &samples.held}) {
    const ChannelRows& rows = half->at(sites[0].tensor);
    EXPECT_EQ(rows.rows.size(), 6 * kWidth) << "one sample of two";
    for (const float low : rows.low) EXPECT_TRUE(std::isfinite(low));
  }
}

TEST(DivideChannels, KeepsTheFunction) {
  for (const PrecisionLevel level : {PrecisionLevel::kInt8, PrecisionLevel::kFloatSums}) {
    SmallGraph g = post_norm_block();
    const std::vector<float> before = run(g.graph);
    for (const SmoothSite& site : found_in(g, level).sites) {
      std::vector<double> factors;
      for (std::size_t c = 0; c < kWidth; ++c) factors.push_back(0.25 + static_cast<double>(c));
      const ChannelRows nothing{std::vector<float>(kWidth), std::vector<float>(kWidth), {}};
      const ChannelFactors scaled(g.graph, site, nothing, nothing);
      const Tensor weight = scaled.scaled_weight(site.readers[0], factors);
      const std::size_t nodes = g.graph.node_count();
      const ValueId divided = divide_channels(site, factors, g.graph);
      EXPECT_EQ(g.graph.node_count(), nodes + 1);
      g.graph.value(site.readers[0].weight).constant = weight;
      g.graph.set_input(site.readers[0].node, 0, divided);
    }
    const std::vector<float> after = run(g.graph);
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_NEAR(after[i], before[i], 1e-4F * (1 + std::abs(before[i])));
    }
  }
}

class Factors : public testing::Test {
 protected:
  Factors() {
    for (std::size_t row = 0; row < 64; ++row) {
      for (std::size_t c = 0; c < kWidth; ++c) {
        const auto x = static_cast<float>(source_.next()) * (c == 3 ? 40.0F : 1.0F);
        rows_.rows.push_back(x);
        rows_.low[c] = std::min(rows_.low[c], x);
        rows_.high[c] = std::max(rows_.high[c], x);
      }
    }
  }

  Noise source_{5};
  ChannelRows rows_{std::vector<float>(kWidth), std::vector<float>(kWidth), {}};
};

TEST_F(Factors, TakeNoiseOutOfTheProductsOfUnequalChannels) {
  SmallGraph g = post_norm_block();
  const auto sites = found_in(g, PrecisionLevel::kFloatSums, "ort").sites;
  const ChannelFactors measured(g.graph, sites[0], rows_, rows_);
  const double before = measured.noise(std::vector<double>(kWidth, 1.0)).held;
  EXPECT_LT(measured.noise(measured.factors(4)).held, 0.2 * before);
}

TEST_F(Factors, MeasureTheErrorOfProductsRelativeToThem) {
  SmallGraph g = post_norm_block();
  const auto sites = found_in(g, PrecisionLevel::kFloatSums, "ort").sites;
  const SmoothReader& reader = sites[0].readers[0];
  ASSERT_FALSE(reader.power_of_two);
  const Tensor weight = *g.graph.constant(reader.weight);
  const auto as_int8 = [](const Tensor& tensor, const plan::QuantParams& params) {
    return dequantize_tensor(quantize_tensor(tensor, params), params);
  };
  Range range;
  for (const float x : rows_.rows) {
    range.low = std::min(range.low, static_cast<double>(x));
    range.high = std::max(range.high, static_cast<double>(x));
  }
  const Tensor x = Tensor::of<float>({64, kWidth}, rows_.rows);
  const Tensor q = as_int8(x, asymmetric_params(range));
  const Tensor v = as_int8(weight, symmetric_params(weight, reader.per_channel ? 1 : -1));
  double signal = 0, error = 0;
  for (std::size_t row = 0; row < 64; ++row) {
    for (std::size_t n = 0; n < kWidth; ++n) {
      double exact = 0, other = 0;
      for (std::size_t c = 0; c < kWidth; ++c) {
        const std::size_t at = row * kWidth + c, of = c * kWidth + n;
        exact += double{x.data<float>()[at]} * double{weight.data<float>()[of]};
        other += double{q.data<float>()[at]} * double{v.data<float>()[of]};
      }
      signal += exact * exact;
      error += (exact - other) * (exact - other);
    }
  }
  const ChannelFactors measured(g.graph, sites[0], rows_, rows_);
  const auto noise = measured.noise(std::vector<double>(kWidth, 1.0));
  EXPECT_NEAR(noise.fit, error / signal, 1e-9 * error / signal);
  EXPECT_EQ(noise.held, noise.fit);
  const ChannelRows zeros{rows_.low, rows_.high, std::vector<float>(4 * kWidth)};
  const ChannelFactors dead(g.graph, sites[0], rows_, zeros);
  EXPECT_EQ(dead.noise(std::vector<double>(kWidth, 1.0)).held, 0);
}

/// A weight that is wide in its own column takes no steps from the others where columns have
/// scales.
TEST_F(Factors, GoByWeightsBesideWhatSharesTheirScale) {
  SmallGraph g = post_norm_block();
  std::vector<float> w = noise(kWidth * kWidth, 2);
  w[7 * kWidth + 2] = 40;
  g.graph.value(g["first_w"]).constant = Tensor::of<float>({kWidth, kWidth}, w);
  const auto factors_of = [&](const std::string& target) {
    const auto found = found_in(g, PrecisionLevel::kFloatSums, target);
    return ChannelFactors(g.graph, found.sites[0], rows_, rows_).factors(4);
  };
  const std::vector<double> by_column = factors_of("ort"), by_tensor = factors_of("spacemit");
  EXPECT_GT(by_column[7], 0.5 * by_column[8]);
  EXPECT_LT(by_tensor[7], 0.5 * by_tensor[8]);
}

/// Weights that end just above a power of two waste half of their integers; the tensor's own scale
/// is free to take that.
TEST_F(Factors, FillThePowerOfTwo) {
  SmallGraph g = post_norm_block();
  std::vector<float> w = noise(kWidth * kWidth, 2);
  float largest = 0;
  for (const float value : w) largest = std::max(largest, std::abs(value));
  for (float& value : w) value *= 128.5F / 127.0F / largest;
  const ValueId weight = g["first_w"];
  g.graph.value(weight).constant = Tensor::of<float>({kWidth, kWidth}, w);
  const auto found = found_in(g, PrecisionLevel::kFloatSums);
  const ChannelFactors measured(g.graph, found.sites[0], rows_, rows_);
  const std::vector<double> same = measured.factors(std::nullopt);
  for (const double factor : same) EXPECT_EQ(factor, same[0]);
  EXPECT_LT(measured.noise(same).held, measured.noise(std::vector<double>(kWidth, 1.0)).held);
}

}  // namespace
}  // namespace xquant::quantize

#include "quantize/equalize/equalize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "graph/small_graph.h"
#include "quantize/equalize/class_scales.h"
#include "quantize/second_order.h"
#include "quantize/small_subject.h"
#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

const runtime::OpsetImports kOpset{{"", 17}};

std::vector<float> noise(const Shape& shape, std::uint32_t seed) {
  Noise source(seed);
  std::vector<float> values;
  for (std::int64_t i = 0; i < element_count(shape); ++i) {
    values.push_back(static_cast<float>(source.next()));
  }
  return values;
}

/// Builds graphs of operators with weights that look random.
struct Net {
  SmallGraph g{};
  std::uint32_t seed = 1;

  ValueId constant(const std::string& name, const Shape& shape) {
    return g.constant(name, shape, noise(shape, ++seed));
  }
  ValueId conv(ValueId x, const std::string& name, const Shape& weight,
               Attributes attributes = {}) {
    const std::int64_t outputs = weight[0];
    return g.op("Conv", {x, constant(name + "_w", weight), constant(name + "_b", {outputs})}, name,
                std::move(attributes));
  }

  Trace traced(const Tensor& x) const {
    return trace(g.graph, runtime::Program::compile(g.graph, kOpset), std::vector<Tensor>{x});
  }
};

ChannelClasses classes_of(const Net& net, const Trace& trace) {
  return ChannelClasses::find(net.g.graph, trace, kOpset);
}

/// Scales of every class that differ by up to 64.
ClassScales scattered(const ChannelClasses& classes) {
  Noise source(99);
  ClassScales scales(static_cast<std::size_t>(classes.count()), 1.0F);
  for (std::size_t i = 1; i < scales.size(); ++i) {
    scales[i] = static_cast<float>(std::exp2(3 * source.next()));
  }
  return scales;
}

/// The largest difference of the outputs, relative to their range, when the channels are scaled.
double change(Net& net, const Shape& shape, ClassScales (*finish)(const ClassScales&) = nullptr) {
  const Tensor x = Tensor::of<float>(shape, noise(shape, 77));
  const Trace trace = net.traced(x);
  const ChannelClasses classes = classes_of(net, trace);
  EXPECT_GT(classes.count(), 1);
  Graph scaled = net.g.graph;
  const ClassScales scales = scattered(classes);
  apply_class_scales(trace, classes, finish == nullptr ? scales : finish(scales), scaled);
  const auto run = [&](const Graph& graph) {
    return runtime::Executor(runtime::Program::compile(graph, kOpset))
        .run(std::vector<Tensor>{x})[0];
  };
  const Tensor before = run(net.g.graph), after = run(scaled);
  double largest = 0, difference = 0;
  for (std::int64_t i = 0; i < before.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto a = static_cast<double>(before.data<float>()[at]);
    largest = std::max(largest, std::abs(a));
    difference = std::max(difference, std::abs(a - static_cast<double>(after.data<float>()[at])));
  }
  return difference / largest;
}

using Ints = std::vector<std::int64_t>;

TEST(ScaledChannels, LeaveAChainWithActivationsAndDepthwiseAsItIs) {
  Net net;
  ValueId v = net.conv(net.g.input("x", {1, 3, 8, 8}), "a", {6, 3, 3, 3});
  v = net.g.op("Relu", {v}, "r");
  v = net.conv(v, "d", {6, 1, 3, 3}, {{"group", std::int64_t{6}}});
  v = net.g.op("PRelu", {v, net.constant("slope", {6, 1, 1})}, "p");
  v = net.g.op("MaxPool", {v}, "m", {{"kernel_shape", Ints{2, 2}}});
  v = net.conv(v, "grouped", {4, 3, 1, 1}, {{"group", std::int64_t{2}}});
  v = net.g.op("LeakyRelu", {v}, "l");
  v = net.g.op("ConvTranspose", {v, net.constant("t_w", {4, 5, 2, 2}), net.constant("t_b", {5})},
               "t");
  v = net.g.op("GlobalAveragePool", {v}, "gap");
  v = net.g.op("Flatten", {v}, "flat");
  net.g.output(net.g.op("Gemm", {v, net.constant("f_w", {5, 7}), net.constant("f_b", {7})}, "y"));
  EXPECT_LT(change(net, {1, 3, 8, 8}), 1e-5);
}

TEST(ScaledChannels, LeaveEveryBitAsItIsByPowersOfTwo) {
  Net net;
  ValueId v = net.conv(net.g.input("x", {1, 3, 8, 8}), "a", {8, 3, 3, 3});
  v = net.g.op("Relu", {v}, "r");
  v = net.conv(v, "b", {8, 8, 3, 3});
  v = net.g.op("LeakyRelu", {v}, "l");
  net.g.output(net.conv(v, "y", {2, 8, 1, 1}));
  EXPECT_GT(change(net, {1, 3, 8, 8}), 0);
  EXPECT_EQ(change(net, {1, 3, 8, 8}, to_powers_of_two), 0);
}

TEST(ChosenClassScales, RoundToTheNearestPowerOfTwo) {
  EXPECT_EQ(to_powers_of_two({1, 0.72F, 0.7F, 3, 2.8F, 1.0F / 64}),
            (ClassScales{1, 1, 0.5F, 4, 2, 1.0F / 64}));
}

TEST(ScaledChannels, LeaveResidualsWithPaddedChannelsAsTheyAre) {
  Net net;
  const ValueId a = net.conv(net.g.input("x", {1, 3, 8, 8}), "a", {4, 3, 1, 1});
  const ValueId ra = net.g.op("Relu", {a}, "ra");
  const ValueId b = net.conv(ra, "b", {6, 4, 1, 1});
  const ValueId padded =
      net.g.op("Pad", {ra, net.g.integers("pads", {0, 1, 0, 0, 0, 1, 0, 0})}, "pad");
  const ValueId sum = net.g.op("Add", {b, padded}, "sum");
  const ValueId shifted = net.g.op("Add", {sum, net.constant("shift", {6, 1, 1})}, "shifted");
  net.g.output(net.conv(net.g.op("Relu", {shifted}, "rs"), "y", {2, 6, 1, 1}));
  EXPECT_LT(change(net, {1, 3, 8, 8}), 1e-5);
}

TEST(ScaledChannels, FollowSplitConcatAndChannelShuffle) {
  Net net;
  const ValueId a = net.conv(net.g.input("x", {1, 3, 4, 4}), "a", {8, 3, 1, 1});
  const auto halves = net.g.node("Split", {a}, {"left", "right"}, {{"axis", std::int64_t{1}}});
  const ValueId right = net.g.op("Relu", {net.conv(halves[1], "b", {4, 4, 1, 1})}, "rb");
  const ValueId both = net.g.op("Concat", {halves[0], right}, "both", {{"axis", std::int64_t{1}}});
  ValueId v = net.g.op("Reshape", {both, net.g.integers("five", {1, 2, 4, 4, 4})}, "v5");
  v = net.g.op("Transpose", {v}, "shuffled", {{"perm", Ints{0, 2, 1, 3, 4}}});
  v = net.g.op("Reshape", {v, net.g.integers("four", {1, 8, 4, 4})}, "v4");
  net.g.output(net.conv(v, "y", {3, 8, 1, 1}));
  const Tensor x = Tensor::of<float>({1, 3, 4, 4}, noise({1, 3, 4, 4}, 5));
  const ChannelClasses classes = classes_of(net, net.traced(x));
  // Channel 1 of what is shuffled is channel 4 of the concatenation: the first of the right branch.
  EXPECT_EQ(classes.of(net.g["v4"])->at(1), classes.of(net.g["rb"])->at(0));
  EXPECT_LT(change(net, {1, 3, 4, 4}), 1e-5);
}

TEST(ChannelClasses, PinInputsOutputsAndWhatIsNotHomogeneous) {
  Net net;
  const ValueId x = net.g.input("x", {1, 3, 4, 4});
  const ValueId a = net.conv(x, "a", {4, 3, 1, 1});
  const ValueId s = net.g.op("Sigmoid", {a}, "s");
  const ValueId free = net.conv(s, "free", {4, 4, 1, 1});
  const ValueId y = net.conv(free, "y", {2, 4, 1, 1});
  net.g.output(y);
  const Tensor data = Tensor::of<float>({1, 3, 4, 4}, noise({1, 3, 4, 4}, 5));
  const ChannelClasses classes = classes_of(net, net.traced(data));
  for (const ValueId pinned : {x, a, s, y}) {
    for (const std::int32_t k : *classes.of(pinned)) EXPECT_EQ(k, ChannelClasses::kPinned);
  }
  for (const std::int32_t k : *classes.of(free)) EXPECT_NE(k, ChannelClasses::kPinned);
}

TEST(ChannelClasses, TakeSumsOfScalarsAndVectorsForWhatTheyAre) {
  Net net;
  const ValueId a = net.conv(net.g.input("x", {1, 3, 4, 4}), "a", {3, 3, 1, 1});
  net.g.output(net.conv(a, "y", {2, 3, 1, 1}));
  const ValueId scalar = net.g.op("Add", {net.constant("s", {}), net.constant("t", {})}, "scalar");
  const ValueId vector = net.g.op("Add", {scalar, net.constant("v", {3})}, "vector");
  net.g.output(net.g.op("Mul", {vector, net.constant("m", {3})}, "z"));
  const Tensor data = Tensor::of<float>({1, 3, 4, 4}, noise({1, 3, 4, 4}, 5));
  EXPECT_GT(classes_of(net, net.traced(data)).count(), 1);
}

TEST(ChannelClasses, PinWeightsThatTwoOperatorsShare) {
  Net net;
  const ValueId w = net.constant("w", {3, 3, 1, 1});
  const ValueId a = net.g.op("Conv", {net.g.input("x", {1, 3, 2, 2}), w}, "a");
  net.g.output(net.g.op("Conv", {a, w}, "y"));
  const Tensor data = Tensor::of<float>({1, 3, 2, 2}, noise({1, 3, 2, 2}, 5));
  EXPECT_EQ(classes_of(net, net.traced(data)).count(), 1);
}

TEST(ChosenClassScales, BringChannelsToTheRangeOfTheWidest) {
  Net net;
  const ValueId a = net.conv(net.g.input("x", {1, 3, 2, 2}), "a", {3, 3, 1, 1});
  net.g.output(net.conv(a, "y", {2, 3, 1, 1}));
  const Tensor data = Tensor::of<float>({1, 3, 2, 2}, noise({1, 3, 2, 2}, 5));
  const ChannelClasses classes = classes_of(net, net.traced(data));
  const RangesByValue ranges{{a, {.low = {-8, -1, 0}, .high = {4, 2, 0}}}};
  const ClassScales scales = choose_class_scales(classes, ranges, {}, 1);
  const auto& mine = *classes.of(a);
  EXPECT_NEAR(scales[static_cast<std::size_t>(mine[0])], 1, 1e-6);
  EXPECT_NEAR(scales[static_cast<std::size_t>(mine[1])], 0.25, 1e-6);
  EXPECT_NEAR(scales[static_cast<std::size_t>(mine[2])], 1.0 / 64, 1e-6);
}

TEST(ChosenClassScales, WeighRangesOfWeightsWithOneScaleLikeThoseOfTensors) {
  Net net;
  const ValueId a = net.conv(net.g.input("x", {1, 3, 2, 2}), "a", {3, 3, 1, 1});
  net.g.output(net.conv(a, "y", {2, 3, 1, 1}));
  const Tensor data = Tensor::of<float>({1, 3, 2, 2}, noise({1, 3, 2, 2}, 5));
  const ChannelClasses classes = classes_of(net, net.traced(data));
  const auto& mine = *classes.of(a);
  const RangesByValue ranges{{a, {.low = {0, 0, 0}, .high = {8, 8, 2}}}};
  const std::vector<WeightExtents> weights{{&mine, {4, 1, 4}, true}};
  const ClassScales scales = choose_class_scales(classes, ranges, weights, 1);
  // sqrt(r1 / r2) of Nagel et al.: channel 1 is narrowed for the weight, channel 2 widened.
  EXPECT_NEAR(scales[static_cast<std::size_t>(mine[0])], 1, 1e-6);
  EXPECT_NEAR(scales[static_cast<std::size_t>(mine[1])], 2, 1e-6);
  EXPECT_NEAR(scales[static_cast<std::size_t>(mine[2])], 0.5, 1e-6);
}

/// Inputs of 0 to 255, which int8 holds exactly, and two products, of which the second reads two
/// channels with weights of 1 and all others with weights that are less than half a step of those.
SmallSubject uneven_readers(const std::string& second) {
  constexpr std::size_t kWidth = 32;
  std::vector<float> identity(kWidth * kWidth), weight(kWidth, 1.0F / 300);
  for (std::size_t i = 0; i < kWidth; ++i) identity[i * (kWidth + 1)] = 1;
  weight[0] = weight[1] = 1;
  SmallGraph g;
  const ValueId x = g.input("x", {1, kWidth});
  const ValueId first = g.op("Gemm", {x, g.constant("first", {kWidth, kWidth}, identity)}, "h");
  const ValueId hidden = g.op("Relu", {first}, "r");
  g.output(g.op(second, {hidden, g.constant("second", {kWidth, 1}, weight)}, "y"));
  std::vector<std::vector<float>> samples;
  Noise source(3);
  for (int sample = 0; sample < 16; ++sample) {
    std::vector<float> values;
    for (std::size_t i = 0; i < kWidth; ++i) {
      values.push_back(static_cast<float>(std::round(127.5 + 127 * std::tanh(source.next()))));
    }
    values[2] = 0;
    values[3] = 255;
    samples.push_back(values);
  }
  return {std::move(g), {1, kWidth}, samples};
}

TEST(Equalization, EvensOutWeightsThatHaveOneScale) {
  for (const std::string second : {"Gemm", "MatMul"}) {
    SmallSubject f = uneven_readers(second);
    std::vector<StageRecord> records;
    const auto graph = equalize(f.subject(), f.planned.plan, records, f.diagnostics);
    ASSERT_TRUE(graph.has_value()) << second;
    EXPECT_GT(records.back().after_db, records.back().before_db + 1) << second;
    const auto weights = graph->constant(f.g["second"])->data<float>();
    EXPECT_GT(weights[31] / weights[0], 2.0F / 300) << second;
  }
}

TEST(ChannelClasses, OfATensorWithoutElementsAreNone) {
  Net net;
  const ValueId x = net.g.input("x", {0, 2, 4, 4});
  const ValueId c = net.conv(x, "c", {4, 2, 1, 1});
  const ValueId moved =
      net.g.op("Transpose", {c}, "t", {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}});
  net.g.output(net.g.op("Relu", {moved}, "y"));
  const Trace trace = net.traced(Tensor::of<float>({0, 2, 4, 4}, std::vector<float>{}));
  const ChannelClasses classes = classes_of(net, trace);
  ASSERT_NE(classes.of(c), nullptr);
  EXPECT_EQ(classes.of(c)->size(), 4U);
}

}  // namespace
}  // namespace xquant::quantize

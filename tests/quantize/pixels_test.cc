#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "data/job.h"
#include "graph/small_graph.h"
#include "quantize/pixels/pixel_front.h"
#include "quantize/pixels/pixel_input.h"
#include "quantize/policy/trace.h"
#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

constexpr std::int64_t kSize = 6;
const Shape kPicture{1, 3, kSize, kSize};
const std::vector<data::Preprocess::Channel> kImageNet{
    {123.675, 58.395}, {116.28, 57.12}, {103.53, 57.375}};

std::vector<float> numbers(std::size_t count, int step) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>((static_cast<int>(i) * step) % 23) * 0.1F - 1.1F);
  }
  return values;
}

/// The elements of a picture.
Tensor elements(const std::vector<data::Preprocess::Channel>& channels) {
  std::vector<float> values;
  int pixel = 0;
  for (const auto& [mean, std] : channels) {
    for (std::int64_t i = 0; i < kSize * kSize; ++i) {
      pixel = (pixel * 5 + 37) % 256;
      values.push_back(static_cast<float>((pixel - mean) / std));
    }
  }
  return Tensor::of<float>(kPicture, values);
}

/// Two outputs by convolutions of the input "x" with these attributes; the first has a bias.
SmallGraph two_convs(const Attributes& first, const Attributes& second) {
  SmallGraph g;
  const ValueId x = g.input("x", kPicture);
  const ValueId w = g.constant("w", {4, 3, 3, 3}, numbers(108, 7));
  g.output(g.op("Conv", {x, w, g.constant("b", {4}, numbers(4, 5))}, "c", first));
  g.output(g.op("Conv", {x, g.constant("v", {2, 3, 3, 3}, numbers(54, 9))}, "d", second));
  return g;
}

PixelInput input_of(const SmallGraph& g) { return {.value = g["x"], .channels = kImageNet}; }

struct Changed {
  std::optional<PixelSite> site{};
  SmallGraph graph{};
  ValueId pixels = ValueId::kNone;
};

Changed with_pixels(SmallGraph g, std::int64_t opset) {
  const runtime::OpsetImports opsets{{"", opset}};
  const auto program = runtime::Program::compile(g.graph, opsets);
  const std::vector<Tensor> inputs{elements(kImageNet)};
  const Trace traced = trace(g.graph, program, inputs);
  Changed changed{.site = find_pixel_site(g.graph, traced, opsets, input_of(g)), .graph = g};
  if (!changed.site) return changed;
  changed.pixels = read_pixels(*changed.site, opsets, changed.graph.graph);
  return changed;
}

void expect_same_results(const SmallGraph& g, const Changed& changed, std::int64_t opset) {
  const runtime::OpsetImports opsets{{"", opset}};
  const std::vector<Tensor> inputs{elements(kImageNet)};
  const auto before = runtime::Executor(runtime::Program::compile(g.graph, opsets)).run(inputs);
  const auto after =
      runtime::Executor(runtime::Program::compile(changed.graph.graph, opsets)).run(inputs);
  for (std::size_t o = 0; o < before.size(); ++o) {
    ASSERT_EQ(before[o].shape(), after[o].shape());
    for (std::size_t i = 0; i < before[o].data<float>().size(); ++i) {
      EXPECT_NEAR(before[o].data<float>()[i], after[o].data<float>()[i], 2e-5F);
    }
  }
}

TEST(PixelFront, KeepsTheFunctionWithPadsOfEveryKind) {
  const std::vector<std::int64_t> uneven{1, 0, 2, 1};
  for (const std::int64_t opset : {7, 11, 18}) {
    for (const Attributes& pads :
         std::vector<Attributes>{{},
                                 {{"auto_pad", std::string("VALID")}},
                                 {{"pads", uneven}},
                                 {{"auto_pad", std::string("SAME_UPPER")},
                                  {"strides", std::vector<std::int64_t>{2, 2}}},
                                 {{"auto_pad", std::string("SAME_LOWER")}}}) {
      const SmallGraph g = two_convs(pads, pads);
      const Changed changed = with_pixels(g, opset);
      ASSERT_TRUE(changed.site);
      expect_same_results(g, changed, opset);
    }
  }
}

TEST(PixelFront, GivesBackPixels) {
  Changed changed = with_pixels(two_convs({{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}},
                                          {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}}),
                                13);
  EXPECT_EQ(types_of(changed.graph.graph), "Pad Mul Add Conv Conv ");
  changed.graph.graph.outputs = {changed.pixels};
  const auto program = runtime::Program::compile(changed.graph.graph, {{"", 13}});
  const Tensor pixels = runtime::Executor(program).run(std::vector<Tensor>{elements(kImageNet)})[0];
  EXPECT_EQ(pixels.shape(), (Shape{1, 3, kSize + 2, kSize + 2}));
  // What is padded is an element of 0: the mean of its channel.
  EXPECT_NEAR(pixels.data<float>()[0], 123.675F, 1e-4F);
  EXPECT_NEAR(pixels.data<float>()[(kSize + 2) + 1], 37.0F, 1e-4F);
  EXPECT_NEAR(pixels.data<float>()[(kSize + 2) + 2], (37 * 5 + 37) % 256, 1e-4F);
}

TEST(PixelFront, NeedsNoPadWithoutPads) {
  EXPECT_EQ(types_of(with_pixels(two_convs({}, {}), 13).graph.graph), "Mul Add Conv Conv ");
}

TEST(PixelFront, IsForConvolutionsAlone) {
  const std::vector<std::int64_t> one{1, 1, 1, 1};
  EXPECT_FALSE(with_pixels(two_convs({{"pads", one}}, {}), 13).site) << "pads differ";
  EXPECT_FALSE(with_pixels(two_convs({}, {}), 6).site) << "no broadcasting";

  SmallGraph other = two_convs({}, {});
  other.output(other.op("Relu", {other["x"]}, "r"));
  EXPECT_FALSE(with_pixels(other, 13).site) << "something else reads the input";

  SmallGraph output = two_convs({}, {});
  output.output(output["x"]);
  EXPECT_FALSE(with_pixels(output, 13).site) << "the input is an output";

  SmallGraph shared;
  const ValueId x = shared.input("x", kPicture);
  const ValueId w = shared.constant("w", {4, 3, 3, 3}, numbers(108, 7));
  shared.output(shared.op("Conv", {x, w}, "c"));
  shared.output(shared.op("Conv", {x, w}, "d"));
  EXPECT_FALSE(with_pixels(shared, 13).site) << "a weight serves two";

  SmallGraph grouped;
  const ValueId depthwise = grouped.constant("w", {3, 1, 3, 3}, numbers(27, 7));
  grouped.output(grouped.op("Conv", {grouped.input("x", kPicture), depthwise}, "c",
                            {{"group", std::int64_t{3}}}));
  EXPECT_FALSE(with_pixels(grouped, 13).site) << "groups";
}

TEST(PixelInput, HasAnExactScaleWhenAllChannelsAreAlikeAndZeroIsAPixel) {
  const auto is_exact = [](std::vector<data::Preprocess::Channel> channels) {
    return PixelInput{.value = ValueId{0}, .channels = std::move(channels)}.has_exact_scale();
  };
  EXPECT_TRUE(is_exact({{0, 255}, {0, 255}, {0, 255}}));
  EXPECT_TRUE(is_exact({{128, 58.4}}));
  EXPECT_FALSE(is_exact({{127.5, 127.5}, {127.5, 127.5}}));
  EXPECT_FALSE(is_exact({{0, 255}, {0, 254}}));
  EXPECT_FALSE(is_exact({{300, 1}}));
  EXPECT_FALSE(is_exact({{-1, 255}}));
  EXPECT_FALSE(is_exact(kImageNet));
}

/// The ranges of an input "x" [1, 3, 1, 2] that is fed as entry says.
std::map<ValueId, plan::Range> ranges_with(const std::string& entry) {
  data::Job job;
  job.specs = {{"x", DataType::kFloat, {1, 3, 1, 2}}};
  job.files.put("list.txt", "a.bmp\n");
  job.files.put("a.bmp", data::bitmap(60));
  Monitor monitor;
  ThreadPool pool(1);
  Diagnostics diagnostics;
  const Samples samples(job.open("{" + entry + R"("data_list_path": "list.txt"})"), pool, monitor,
                        diagnostics);
  SmallGraph g;
  g.input("x", {1, 3, 1, 2});
  return pixel_ranges(g.graph, samples);
}

TEST(PixelRanges, AreThoseOfAllPixelsWhateverTheSamplesShow) {
  const std::map<ValueId, plan::Range> unit{{ValueId{0}, {0, 1}}};
  EXPECT_EQ(ranges_with(R"("mean_value": [0, 0, 0], "std_value": [255, 255, 255], )"), unit);
  const std::map<ValueId, plan::Range> centred{{ValueId{0}, {-2, 1.984375}}};
  EXPECT_EQ(ranges_with(R"("mean_value": [128, 128, 128], "std_value": [64, 64, 64], )"), centred);
  EXPECT_TRUE(ranges_with(R"("mean_value": [1, 2, 3], "std_value": [64, 64, 64], )").empty());
  EXPECT_TRUE(ranges_with(R"("file_type": "npy", )").empty());
}

}  // namespace
}  // namespace xquant::quantize

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>

#include "data/job.h"
#include "onnx/model_file.h"
#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

constexpr int kSamples = 4;
constexpr std::array kActivations = {"Relu", "HardSwish", "Tanh"};
/// Of the columns of a weight.
constexpr std::array kWidths = {0.4F, 0.7F, 1.0F, 2.5F};
constexpr unsigned kFirstModel = 170;
constexpr unsigned kModels = 300;

/// Bell-shaped (the sum of twelve even ones), of deviation 1.
float bell(std::mt19937& random) {
  float sum = 0;
  for (int i = 0; i < 12; ++i) sum += static_cast<float>(random() % 4096) / 4096;
  return sum - 6;
}

std::vector<float> bells(std::mt19937& random, std::size_t count, float scale) {
  std::vector<float> values(count);
  for (float& value : values) value = bell(random) * scale;
  return values;
}

template <typename Make>
void put_samples(SmallJob& small, int count, const Make& make) {
  std::string list;
  for (int sample = 0; sample < count; ++sample) {
    const std::vector<float> values = make();
    const std::string name = "s" + std::to_string(sample) + ".npy";
    const std::string shape = "(1, " + std::to_string(values.size()) + ")";
    small.files.put(name, data::npy("<f4", shape, data::bytes_of<float>(values)));
    list += name + "\n";
  }
  small.files.put("list.txt", list);
}

/// Four products, and four inputs with a few large values each: too few to learn from, and ranges
/// that are hard to choose.
SmallJob hard_job(unsigned seed) {
  std::mt19937 random(seed);
  SmallJob small;
  SmallGraph g;
  const std::int64_t width = 12;
  ValueId x = g.input("x", {1, width});
  for (int layer = 0; layer < 4; ++layer) {
    const std::string number = std::to_string(layer);
    std::vector<float> weights = bells(random, 144, 0.3F);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= kWidths[i % kWidths.size()];
    const ValueId w = g.constant("w" + number, {width, width}, weights);
    x = g.op("Gemm", {x, w, g.constant("b" + number, {width}, bells(random, 12, 0.1F))},
             "y" + number);
    if (layer < 3) x = g.op(kActivations[random() % 3], {x}, "r" + number);
  }
  g.output(x);
  g.graph.name = "hard";
  small.put({.ir_version = 7, .opset_imports = {{"", 14}}, .graph = std::move(g.graph)});
  put_samples(small, kSamples, [&] {
    std::vector<float> values = bells(random, 12, 1);
    for (float& value : values) value /= 0.02F + static_cast<float>(random() % 1024) / 1024;
    return values;
  });
  return small;
}

/// A product, an activation and a product; one in 256 inputs is 300 where the others are about 1:
/// too many for a percentile, too large for any method to clip.
SmallJob outlier_job(const std::string& activation) {
  std::mt19937 random(1);
  SmallJob small;
  SmallGraph g;
  const ValueId x = g.input("x", {1, 256});
  std::vector<float> diagonal(65536);
  for (std::size_t i = 0; i < 256; ++i) diagonal[i * 257] = 1;
  const ValueId copy = g.op("MatMul", {x, g.constant("d", {256, 256}, diagonal)}, "c");
  const ValueId w = g.constant("w", {256, 8}, bells(random, 2048, 0.1F));
  g.output(g.op("MatMul", {g.op(activation, {copy}, "s"), w}, "y"));
  g.graph.name = "outliers";
  small.put({.ir_version = 7, .opset_imports = {{"", 13}}, .graph = std::move(g.graph)});
  put_samples(small, 16, [&] {
    std::vector<float> values = bells(random, 256, 1);
    values[random() % 256] = 300;
    return values;
  });
  small.quantization = R"("finetune_level": 0)";
  return small;
}

std::string choice_of(const Result& result) {
  const auto found = std::ranges::find(result.stages, "ranges", &quantize::StageRecord::stage);
  return found == result.stages.end() ? "" : found->choice;
}

TEST(RangeChoice, LimitsOutliersThatNothingDependsOn) {
  const std::string choice = choice_of(outlier_job("Sigmoid").run());
  EXPECT_NE(choice.find("outliers at most"), std::string::npos) << choice;
}

TEST(RangeChoice, KeepsOutliersThatTheOutputsNeed) {
  const std::string choice = choice_of(outlier_job("Relu").run());
  EXPECT_EQ(choice.find("outliers"), std::string::npos) << choice;
}

/// What the report says of ranges that were reconstructed instead of the chosen ones.
std::optional<quantize::StageRecord> other_ranges(const Result& result) {
  const auto found = std::ranges::find_if(result.stages, [](const auto& record) {
    return record.stage == "ranges" && record.choice.ends_with(", reconstructed");
  });
  if (found == result.stages.end()) return std::nullopt;
  return *found;
}

/// About one in a hundred of such models gains nothing with the ranges that float weights chose.
TEST(RangeChoice, OthersAreReconstructedWhereTheChosenOnesGainNothing) {
  for (unsigned seed = kFirstModel; seed < kFirstModel + kModels; ++seed) {
    SmallJob small = hard_job(seed);
    small.quantization = R"("finetune_level": 1)";
    const auto other = other_ranges(small.run());
    if (!other) continue;
    EXPECT_GT(other->after_db, other->before_db);
    // Ranges that somebody asked for stay.
    small.calibration = R"("calibration_type": "kl", )";
    EXPECT_FALSE(other_ranges(small.run()));
    return;
  }
  FAIL() << "none of the models needed other ranges";
}

}  // namespace
}  // namespace xquant::pipeline

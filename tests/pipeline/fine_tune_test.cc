#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

Result run(const std::string& quantization, int threads = 1) {
  SmallJob small;
  small.quantization = quantization;
  return small.run(threads);
}

TEST(FineTuning, SaysWhatEachStageDidAndNeverLoses) {
  const Result result = run(R"("finetune_level": 1)");
  ASSERT_FALSE(result.stages.empty());
  for (const quantize::StageRecord& record : result.stages) {
    EXPECT_GE(record.after_db, record.before_db) << record.stage << " of " << record.tensor;
  }
  const auto reconstructs = [](const auto& record) { return record.stage == "reconstruction"; };
  EXPECT_EQ(std::count_if(result.stages.begin(), result.stages.end(), reconstructs), 2);
}

/// The last line of the report that tells what the levels above 1 brought.
quantize::StageRecord tuning_of(const Result& result) {
  const auto found = std::find_if(result.stages.begin(), result.stages.end(),
                                  [](const auto& record) { return record.stage == "tuning"; });
  return found == result.stages.end() ? quantize::StageRecord{} : *found;
}

TEST(FineTuning, IsNoWorseAtAHigherLevelOnHeldBackSamples) {
  const auto second = tuning_of(run(R"("finetune_level": 2)"));
  const auto third = tuning_of(run(R"("finetune_level": 3)"));
  ASSERT_EQ(second.stage, "tuning");
  ASSERT_EQ(third.stage, "tuning");
  EXPECT_EQ(second.before_db, third.before_db);
  EXPECT_GE(second.after_db, second.before_db);
  EXPECT_GE(third.after_db, second.after_db);
}

/// Clip has fixed ends, so that no channel before it can be scaled; the rest are outputs.
TEST(FineTuning, LearnsAtLevelThreeWhereNothingCanBeScaled) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 4, 4});
  std::vector<float> weights;
  for (int i = 0; i < 36; ++i) weights.push_back(static_cast<float>(i * 5 % 17) * 0.1F - 0.8F);
  const ValueId c = g.op("Conv", {x, g.constant("w", {4, 1, 3, 3}, weights)}, "c");
  const ValueId clipped = g.op("Clip", {c, g.constant("", {}, {0}), g.constant("", {}, {6})}, "r");
  weights.resize(24);
  g.output(g.op("Conv", {clipped, g.constant("v", {6, 4, 1, 1}, weights)}, "y"));
  g.graph.name = "pinned";
  SmallJob small;
  small.quantization = R"("finetune_level": 3)";
  small.put({.ir_version = 7, .opset_imports = {{"", 13}}, .graph = std::move(g.graph)});
  const Result result = small.run();
  const auto is = [](const char* stage) {
    return [=](const auto& record) { return record.stage == stage; };
  };
  EXPECT_TRUE(std::ranges::none_of(result.stages, is("scaling by sensitivity")));
  EXPECT_EQ(std::ranges::count_if(result.stages, is("tuning")), 1);
  EXPECT_GE(tuning_of(result).after_db, tuning_of(result).before_db);
}

TEST(FineTuning, OnlyChoosesRangesAtLevelZero) {
  const Result result = run(R"("finetune_level": 0)");
  ASSERT_EQ(result.stages.size(), 1U);
  EXPECT_EQ(result.stages[0].stage, "ranges");
}

TEST(FineTuning, LeavesRangesThatSomebodyAskedForAsTheyAre) {
  SmallJob small;
  small.calibration = R"("calibration_type": "minmax", )";
  small.quantization = R"("finetune_level": 0)";
  EXPECT_TRUE(small.run().stages.empty());
}

TEST(FineTuning, GivesTheSameBytesForAnyNumberOfThreads) {
  for (const std::string level : {"1", "2", "3"}) {
    const std::string settings = R"("finetune_level": )" + level;
    EXPECT_EQ(run(settings, 1).quantized_model, run(settings, 3).quantized_model);
  }
}

TEST(FineTuning, NeedsASampleThatJudges) {
  SmallJob small;
  small.calibration = R"("calibration_step": 1, )";
  small.quantization = R"("finetune_level": 1)";
  const Result result = small.run();
  EXPECT_TRUE(result.stages.empty());
  const bool said = std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                                [](const auto& note) { return note.code == "XQ-TUN-001"; });
  EXPECT_TRUE(said);
}

}  // namespace
}  // namespace xquant::pipeline

#include <gtest/gtest.h>

#include <algorithm>

#include "data/job.h"
#include "onnx/model_file.h"
#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

/// The job's model is Conv "c" -> Relu "r" -> Flatten "f" -> Gemm "y".
std::string region(const std::string& first, const std::string& last, const std::string& fields) {
  return R"({"input_names": [")" + first + R"("], "output_names": [")" + last + "\"]" +
         (fields.empty() ? "" : ", " + fields) + "}";
}

SmallJob with_regions(const std::string& list) {
  SmallJob small;
  small.calibration = R"("calibration_type": "minmax", )";
  small.quantization = R"("finetune_level": 0, "custom_setting": [)" + list + "]";
  return small;
}

std::string note(const Result& result, const std::string& code) {
  const auto found = std::find_if(result.diagnostics.begin(), result.diagnostics.end(),
                                  [&](const Diagnostic& each) { return each.code == code; });
  return found == result.diagnostics.end() ? "" : found->message;
}

TEST(CustomSetting, LevelThreeKeepsItsOperatorsFloat) {
  SmallJob small = with_regions(region("f", "y", R"("precision_level": 3)"));
  const Result result = small.run();
  EXPECT_EQ(result.summary.quantized_operators, 3);
  EXPECT_NE(result.report.find("y_node[Gemm]: precision_level 3 of a custom_setting"),
            std::string::npos);
}

TEST(CustomSetting, TakesEveryCalibrationTypeDefaultIncluded) {
  const std::string whole = with_regions("").run().quantized_model;
  for (const char* type : {"minmax", "percentile", "kl", "mse", "default"}) {
    SmallJob small =
        with_regions(region("x", "y", std::string(R"("calibration_type": ")") + type + "\""));
    const Result result = small.run();
    EXPECT_EQ(result.summary.quantized_operators, 4);
    if (std::string(type) == "minmax") EXPECT_TRUE(result.quantized_model == whole);
  }
}

TEST(CustomSetting, TakesAPercentileForItsTensorsAlone) {
  // One outlier among 256 elements is beyond 99 % of them.
  const auto run = [](const std::string& regions) {
    SmallJob small = with_regions(regions);
    std::vector<float> outlier(16, 1.0F);
    outlier[3] = 100.0F;
    small.files.put("outlier.npy",
                    data::npy("<f4", "(1, 1, 4, 4)", data::bytes_of<float>(outlier)));
    std::string list = "outlier.npy\n";
    for (int i = 0; i < 15; ++i) list += "0.npy\n";
    small.files.put("list.txt", list);
    return small.run().quantized_model;
  };
  const char* const kPercentile = R"("calibration_type": "percentile", "max_percentile": 0.99)";
  const std::string both = run(region("x", "y", kPercentile));
  const std::string part = run(region("x", "r", kPercentile));
  const std::string none = run("");
  EXPECT_FALSE(both == none);
  EXPECT_FALSE(part == none);
  EXPECT_FALSE(part == both);
}

TEST(CustomSetting, TheLastOfOverlappingRegionsWinsAndThisIsSaid) {
  SmallJob small = with_regions(region("x", "y", R"("precision_level": 3)") + "," +
                                region("f", "y", R"("precision_level": 0)"));
  const Result result = small.run();
  EXPECT_EQ(result.summary.quantized_operators, 1);
  EXPECT_EQ(note(result, "XQ-CFG-075"),
            "custom_setting 1 shares 1 operators with custom_setting 0; there the fields of "
            "custom_setting 1, the later one, count.");
}

TEST(CustomSetting, OfAnUnknownTensorStopsInTheKnownWords) {
  SmallJob small = with_regions(region("xx", "y", ""));
  const Error error = small.stop();
  EXPECT_EQ(error.message(), "var name xx not in the graph.");
  EXPECT_EQ(error.place().pointer, "/quantization_parameters/custom_setting/0/input_names/0");
}

TEST(CustomSetting, OfConstantsAloneStopsInTheKnownWords) {
  SmallJob small = with_regions(region("w", "y", ""));
  EXPECT_EQ(small.stop().message(), "input_names and output_names should be set.");
}

TEST(CustomSetting, WithoutAnOperatorBetweenItsTensorsSaysSo) {
  const Result result = with_regions(region("y", "x", "")).run();
  EXPECT_NE(note(result, "XQ-CFG-074"), "");
}

TEST(CustomSetting, TakesNamesThatSimplificationMergedAway) {
  SmallJob small = with_regions(region("before", "raw", R"("precision_level": 3)"));
  SmallGraph g;
  const ValueId before = g.op("Identity", {g.input("x", {1, 1, 4, 4})}, "before");
  const ValueId raw = g.op("Conv", {before, g.constant("w", {2, 1, 1, 1}, {1, 2})}, "raw");
  const ValueId two = g.constant("two", {2}, {1, 2});
  g.output(g.op("BatchNormalization", {raw, two, two, two, two}, "y"));
  small.put({.ir_version = 7, .opset_imports = {{"", 13}}, .graph = std::move(g.graph)});
  const Result result = small.run();
  EXPECT_EQ(result.summary.quantized_operators, 0);
  std::string messages;
  for (const Diagnostic& each : result.diagnostics) {
    if (each.code == "XQ-CFG-072") messages += each.message + "\n";
  }
  EXPECT_EQ(
      messages,
      "'before' is not in the simplified graph: it was merged away by 'identities'; 'x', which "
      "holds the same data, stands for it.\n"
      "'raw' is not in the simplified graph: it was merged away by 'BatchNormalization folding'; "
      "'y' "
      "stands for it.\n");
}

}  // namespace
}  // namespace xquant::pipeline

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/content.h"

namespace xquant::report {
namespace {

Content sample() {
  Content content{.heading = {.model = "m.onnx", .operators = 3, .quantized_operators = 2}};
  TensorError good{.op = "a[Conv]", .tensor = "t", .is_result = true};
  good.sums = {.signal = 1, .quantized = 1, .product = 1, .noise = 0, .count = 4};
  TensorError bad = good;
  bad.op = "b[Conv]";
  bad.tensor = "u</script>";
  bad.sums.noise = 0.5;
  content.analysis.tensors = {good, bad};
  content.analysis.outputs = {{.name = "y"}};
  content.analysis.outputs[0].sums = good.sums;
  return content;
}

TEST(JsonReport, HoldsTheTensorsWorstFirst) {
  const auto report = nlohmann::json::parse(json(sample()));
  ASSERT_EQ(report["tensors"].size(), 2U);
  EXPECT_EQ(report["tensors"][0]["operator"], "b[Conv]");
  EXPECT_EQ(report["tensors"][0]["bad"], true);
  EXPECT_EQ(report["tensors"][1]["bad"], false);
  EXPECT_EQ(report["tensors"][0]["histogram"].size(), 32U);
  EXPECT_EQ(report["operators"]["int8"], 2);
}

TEST(JsonReport, WritesNullForWhatIsNoFiniteNumber) {
  const auto report = nlohmann::json::parse(json(sample()));
  EXPECT_TRUE(report["outputs"][0]["sqnrDb"].is_null());  // no noise: infinite
  EXPECT_TRUE(report["tensors"][0]["isolatedSnr"].is_null());
}

TEST(JsonReport, ReplacesBytesThatAreNoText) {
  Content content = sample();
  content.heading.model = "m\xff.onnx";
  EXPECT_EQ(nlohmann::json::parse(json(content))["model"], "m\xEF\xBF\xBD.onnx");
}

}  // namespace
}  // namespace xquant::report

// What the report says an operator costs the outputs is what a run that keeps it float then
// measures.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "pipeline/known_failure.h"

namespace xquant::pipeline {
namespace {

using Json = nlohmann::json;

/// Of a model whose last MatMul has a weight so large that the others round to nothing, and meets
/// zeros only.
Result run(const std::string& settings) {
  KnownFailure f;
  f.quantization = R"("finetune_level": 0)" + settings;
  const ValueId w = f.g.constant("w", {4, 2}, {0.5F, 0, -0.4F, 0, 0.3F, 0, 0.2F, 0});
  const ValueId hidden = f.g.op("MatMul", {f.x(), w}, "hidden");
  const ValueId last = f.g.constant("v", {2, 2}, {0.4F, -0.3F, 1000, -800});
  f.g.output(f.g.op("MatMul", {hidden, last}, "y"));
  return f.run();
}

TEST(WhatIf, AgreesWithARunThatKeepsTheOperatorFloat) {
  const Result as_it_is = run("");
  const Json advice = Json::parse(as_it_is.report_json)["advice"];
  ASSERT_FALSE(advice.empty());
  EXPECT_EQ(advice[0]["tensor"], "y");
  // Of the report's figures every sample counts alike, of the summary's by its energy.
  constexpr double kFromWeights = 1.5;
  EXPECT_LT(advice[0]["outputsDb"].get<double>(), 6) << "all of the output is lost";

  const Result kept = run(R"(, "ignore_op_names": ["y_node"])");
  EXPECT_NEAR(advice[0]["outputsDbWhenFloat"].get<double>(), kept.summary.outputs.at(0).sqnr_db,
              kFromWeights);
}

/// Rounding ruins "bad", of which the output gets a ten-thousandth, and costs "good" little.
TEST(WhatIf, PutsFirstWhatTheOutputsGainMostBy) {
  KnownFailure f;
  f.quantization = R"("finetune_level": 0)";
  const ValueId w = f.g.constant("w", {4, 2}, {0.5F, 0, -0.4F, 0, 0.3F, 0, 0.2F, 0});
  const ValueId hidden = f.g.op("MatMul", {f.x(), w}, "hidden");
  const auto product = [&](const char* name, float widest) {
    const ValueId v =
        f.g.constant(std::string(name) + "_w", {2, 2}, {0.4F, -0.3F, widest, -widest});
    return f.g.op("MatMul", {hidden, v}, name);
  };
  const ValueId bad =
      f.g.op("Mul", {product("bad", 1000), f.g.constant("k", {1}, {1e-4F})}, "scaled");
  f.g.output(f.g.op("Add", {product("good", 10), bad}, "y"));
  const Result result = f.run();
  const Json advice = Json::parse(result.report_json)["advice"];
  ASSERT_GE(advice.size(), 2U);
  EXPECT_EQ(advice[0]["tensor"], "good");
  const auto line_of = [&](const std::string& op) {
    const std::size_t begin = result.report.find("\n- " + op);
    return result.report.substr(begin, result.report.find('\n', begin + 1) - begin);
  };
  EXPECT_EQ(line_of(advice[0]["operator"]).find("nothing to gain"), std::string::npos);
  EXPECT_NE(line_of(advice.back()["operator"]).find("nothing to gain"), std::string::npos);
  const bool has_bad = std::ranges::any_of(advice, [](const Json& entry) {
    return entry["tensor"] == "bad" && entry["isolatedSnr"].get<double>() > 0.9;
  });
  EXPECT_TRUE(has_bad) << advice.dump(1);
}

TEST(WhatIf, StandsInAllFormsOfTheReport) {
  const Result result = run("");
  EXPECT_NE(result.report.find("Measured, float alone here: outputs "), std::string::npos);
  EXPECT_NE(result.report_html.find("\"outputsDbWhenFloat\""), std::string::npos);
}

}  // namespace
}  // namespace xquant::pipeline

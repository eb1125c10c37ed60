// The report advises a higher precision_level where it is worth it, and a run at that level then
// shows it.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pipeline/known_failure.h"

namespace xquant::pipeline {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kWidth = 16;

/// The sum of two products in front of a normalization, as a transformer's residual path has it.
/// One channel of the sum is so many times as wide as the others; the normalization drops it.
Result run(float widest, const std::string& settings = "") {
  KnownFailure f;
  f.quantization = R"("finetune_level": 0, "weight_scheme": "per_channel")" + settings;
  const ValueId x = f.x();
  const auto product = [&](const char* name) {
    const ValueId w = f.weight(4, kWidth, std::string(name) + "_w");
    Tensor& weight = *f.g.graph.value(w).constant;
    std::vector<float> values(weight.data<float>().begin(), weight.data<float>().end());
    for (std::size_t k = 0; k < 4; ++k) values[k * kWidth + 3] *= widest;
    weight = Tensor::of<float>(weight.shape(), values);
    return f.g.op("MatMul", {x, w}, name);
  };
  const ValueId sum = f.g.op("Add", {product("a"), product("b")}, "sum");
  std::vector<float> scale(kWidth, 1.0F);
  scale[3] = 0;
  f.g.output(f.g.op("LayerNormalization", {sum, f.g.constant("scale", {kWidth}, scale)}, "y",
                    {{"axis", std::int64_t{-1}}}));
  return f.run();
}

Json levels(const Result& result) { return Json::parse(result.report_json)["precisionLevels"]; }

TEST(LevelAdvice, NamesTheLevelThatKeepsARuinousSumFloat) {
  const Result ruined = run(100);
  const Json advice = levels(ruined);
  ASSERT_EQ(advice.size(), 1U) << advice.dump(1);
  const Json& entry = advice[0];
  EXPECT_EQ(entry["level"], 2);
  EXPECT_EQ(entry["operatorsMoreFloat"], 2);
  EXPECT_EQ(entry["configuration"].dump(), R"({"quantization_parameters":{"precision_level":2}})");
  const double expected = entry["outputsDbAtLevel"].get<double>();
  EXPECT_GT(expected, entry["outputsDb"].get<double>() + 3);

  const Result advised = run(100, R"(, "precision_level": 2)");
  EXPECT_TRUE(levels(advised).empty());
  EXPECT_GT(advised.summary.outputs.at(0).sqnr_db, ruined.summary.outputs.at(0).sqnr_db + 3);
  // An estimate, and of the report's figures every sample counts alike, of the summary's by energy.
  EXPECT_NEAR(advised.summary.outputs.at(0).sqnr_db, expected, 6);
}

TEST(LevelAdvice, IsNotGivenWhereALevelBringsLittle) {
  EXPECT_TRUE(levels(run(1)).empty());
  EXPECT_EQ(run(1).report.find("What precision_level"), std::string::npos);
}

TEST(LevelAdvice, StandsInTheReportsAndBesideThem) {
  const Result ruined = run(100);
  EXPECT_NE(ruined.report.find("- What precision_level 2 keeps float, 2 operators. "),
            std::string::npos);
  EXPECT_NE(ruined.report_html.find("\"outputsDbAtLevel\""), std::string::npos);
  EXPECT_NE(codes(ruined).find("XQ-QNT-011 "), std::string::npos);
}

}  // namespace
}  // namespace xquant::pipeline

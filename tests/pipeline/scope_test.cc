#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

struct Refusal {
  const char* quantization;
  const char* calibration;
  const char* message;
  const char* pointer;
};

class Scope : public testing::TestWithParam<Refusal> {};

TEST_P(Scope, RefusesInPlainWordsAndNamesThePlace) {
  SmallJob small;
  small.quantization = GetParam().quantization;
  small.calibration = GetParam().calibration;
  const Error error = small.stop();
  EXPECT_EQ(error.kind(), ErrorKind::kConfig);
  EXPECT_EQ(error.message(), GetParam().message);
  EXPECT_EQ(error.place().pointer, GetParam().pointer);
  EXPECT_GT(error.place().line, 0);
  EXPECT_FALSE(error.fix().empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, Scope,
    testing::Values(Refusal{R"("precision_level": 3)", "",
                            "precision_level 3 is not supported by this release.",
                            "/quantization_parameters/precision_level"},
                    Refusal{R"("precision_level": 4)", "",
                            "precision_level 4 is not supported by this release.",
                            "/quantization_parameters/precision_level"},
                    Refusal{R"("custom_setting": [{"input_names": ["x"], "output_names": ["y"],)"
                            R"( "precision_level": 4}])",
                            "", "precision_level 4 is not supported by this release.",
                            "/quantization_parameters/custom_setting/0/precision_level"},
                    Refusal{R"("target": "abacus")", "", "target 'abacus' is not known.",
                            "/quantization_parameters/target"}));

TEST(ScopeNotes, SayWhenAPercentileHasNoEffect) {
  SmallJob small;
  small.calibration = R"("calibration_type": "minmax", )";
  small.quantization = R"("finetune_level": 0, "max_percentile": 0.999)";
  const Result result = small.run();
  const auto found = std::find_if(result.diagnostics.begin(), result.diagnostics.end(),
                                  [](const auto& note) { return note.code == "XQ-CFG-061"; });
  ASSERT_NE(found, result.diagnostics.end());
  EXPECT_EQ(found->message, "max_percentile has no effect on calibration_type minmax.");
}

TEST(ScopeNotes, WarnOfIgnoreEntriesThatMatchNothing) {
  SmallJob small;
  small.quantization = R"("ignore_op_types": ["Gem"], "ignore_op_names": ["c_node"])";
  const Result result = small.run();
  EXPECT_EQ(result.diagnostics.back().code, "XQ-QNT-002");
  EXPECT_EQ(result.diagnostics.back().message, "'Gem' in an ignore list matches no operator.");
}

}  // namespace
}  // namespace xquant::pipeline

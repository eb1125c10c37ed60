// What `xquant check` prints: everything it found out, as a table and as JSON.

#include "cli/check_output.h"

#include <gtest/gtest.h>

namespace xquant::cli {
namespace {

using pipeline::CheckReport;
using pipeline::Finding;

CheckReport report() {
  integer::IslandStats stats{.elements = 200,
                             .ties = 7,
                             .coarse_bias = 1,
                             .unexplained = 2,
                             .largest_steps = 3,
                             .farthest_tie = 0.25};
  stats.saturated_low = 5;
  stats.saturated_high = 50;
  const integer::Headroom headroom{
      .depth = 9, .lowest = {-100, -4096}, .highest = {200, 8192}, .weight_sum = {3, 64}};
  CheckReport made;
  made.model = "m.q.onnx";
  made.inputs = "random, seed 1";
  made.samples = 2;
  made.isa = "scalar";
  made.operators = {
      {.decision = {"conv", "Conv", integer::Execution::kInt8, ""},
       .stats = stats,
       .headroom = headroom,
       .bias_rounding = 0.5},
      {.decision = {"fc", "Gemm", integer::Execution::kInt8ToFloat,
                    "its result is an output of the model"}},
      {.decision = {"odd", "Sin", integer::Execution::kFloat, "its input comes in float"}}};
  made.outputs = {{.name = "y",
                   .sha256 = "0123456789abcdef0123456789abcdef",
                   .elements = 10,
                   .different = 4,
                   .largest_difference = 0.5,
                   .largest_magnitude = 8,
                   .sqnr_db = 31.3,
                   .cosine = 0.9996}};
  made.findings = {
      {Finding::Weight::kNote, "XQ-CHK-104", "Its weights are asymmetric.", {.node = "fc"}},
      {Finding::Weight::kFailure, "XQ-CHK-110", "2 results differ.", {.node = "conv"}}};
  return made;
}

TEST(CheckText, HasARowForEachOperatorThenInputsOutputsFindingsAndTheVerdict) {
  EXPECT_EQ(text(report()),
            R"(operator  type  runs as     steps  ties  saturated low high  spare bits  why
conv      Conv  int8        3      7     2.50% 25.00%        18.0
fc        Gemm  int8>float                                               its result is an output of the model
odd       Sin   float                                                    its input comes in float

int8     2 of 3 operators, kernels: scalar
inputs   2 samples, random, seed 1
output   y  0123456789abcdef  against the float path: 4 of 10 differ, at most 6.25e-02 of the largest; against the float model: SQNR 31.3 dB, cosine 0.99960
note     node 'fc': Its weights are asymmetric. [XQ-CHK-104]
failure  node 'conv': 2 results differ. [XQ-CHK-110]
verdict  failed
)");
  CheckReport fine = report();
  fine.findings.pop_back();
  EXPECT_NE(text(fine).find("\nverdict  passed\n"), std::string::npos);
}

TEST(CheckJson, HasAllNumbersOfTheReport) {
  EXPECT_EQ(
      json(report()),
      R"({"ok":true,"passed":false,"model":"m.q.onnx","inputs":"random, seed 1","samples":2,)"
      R"("kernels":"scalar","operators":[{"node":"conv","type":"Conv","execution":"int8",)"
      R"("reason":"","difference":{"elements":200,"largestSteps":3,"ties":7,"coarseBias":1,)"
      R"("farthestTie":0.25,"unexplained":2,"largestDifference":0.0,"largestMagnitude":0.0},)"
      R"("saturated":{"low":5,"high":50},"accumulator":{"depth":9,"channel":1,"lowest":-4096,)"
      R"("highest":8192,"spareBits":18.0,"fitsInt32":true,"biasRounding":0.5}},)"
      R"({"node":"fc","type":"Gemm","execution":"int8ToFloat",)"
      R"("reason":"its result is an output of the model"},{"node":"odd","type":"Sin",)"
      R"("execution":"float","reason":"its input comes in float"}],"outputs":[{"name":"y",)"
      R"("sha256":"0123456789abcdef0123456789abcdef","elements":10,"different":4,)"
      R"("largestDifference":0.5,"largestMagnitude":8.0,"sqnrDb":31.3,"cosine":0.9996}],)"
      R"("findings":[{"fails":false,"code":"XQ-CHK-104","message":"Its weights are asymmetric.",)"
      R"("place":{"node":"fc"}},{"fails":true,"code":"XQ-CHK-110","message":"2 results differ.",)"
      R"("place":{"node":"conv"}}],"diagnostics":[]})");
}

TEST(CheckJson, HasThePlacesOfFindingsAndTheNotesOfTheRun) {
  CheckReport made;
  made.findings = {{Finding::Weight::kNote, "XQ-CHK-113", "Random inputs.", {.file = "m.onnx"}}};
  made.diagnostics = {{Severity::kWarning,
                       "XQ-CFG-101",
                       "The key is ignored.",
                       {.file = "c.json", .line = 3, .column = 5, .pointer = "/x"},
                       "Remove it."}};
  const std::string text = json(made);
  EXPECT_NE(text.find(R"("message":"Random inputs.","place":{"file":"m.onnx"}}])"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("diagnostics":[{"severity":"warning","code":"XQ-CFG-101",)"
                      R"("message":"The key is ignored.",)"
                      R"("place":{"file":"c.json","line":3,"column":5,"pointer":"/x"},)"
                      R"("fix":"Remove it."}])"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace xquant::cli

#include <gtest/gtest.h>

#include <algorithm>

#include "config/parse.h"
#include "onnx/model_file.h"
#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

constexpr unsigned kSide = 16;

/// A bitmap of 24 bits whose pixels, from `darkest` to 255, rise and fall slowly.
std::string picture(unsigned seed, unsigned darkest) {
  std::string bytes = {'B', 'M', 0, 0,     0, 0, 0, 0,     0, 0, 54, 0, 0, 0,  40,
                       0,   0,   0, kSide, 0, 0, 0, kSide, 0, 0, 0,  1, 0, 24, 0};
  bytes.resize(54, '\0');
  const unsigned height = 255 - darkest;
  for (unsigned y = 0; y < kSide; ++y) {
    for (unsigned x = 0; x < kSide; ++x) {
      for (unsigned c = 0; c < 3; ++c) {
        const unsigned way = (x * 7 + y * (5 + seed) + c * 11 + seed * 37) % (2 * height);
        bytes.push_back(static_cast<char>(darkest + std::min(way, 2 * height - way)));
      }
    }
  }
  return bytes;
}

/// Small differences between neighbours decide: what rounds the input shows in the outputs.
Model edge_detector() {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 3, kSide, kSide});
  std::vector<float> weights;
  for (std::size_t o = 0; o < 4; ++o) {
    for (std::size_t i = 0; i < 27; ++i) {
      weights.push_back(i % 9 == 4 ? 8.0F : i % 9 == o * 2 ? -4.5F : -0.5F);
    }
  }
  const ValueId w = g.constant("w", {4, 3, 3, 3}, weights);
  g.output(g.op("Conv", {x, w}, "y", {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}}));
  g.graph.value(g["y"]).type.shape =
      DeclaredShape{std::int64_t{1}, std::int64_t{4}, std::int64_t{kSide}, std::int64_t{kSide}};
  g.graph.name = "edges";
  return {.ir_version = 7, .opset_imports = {{"", 13}}, .graph = std::move(g.graph)};
}

struct Outcome {
  Model model;
  std::string choice;  ///< of the stage
};

Outcome quantized_with(const std::string& mean, const std::string& std, const std::string& more,
                       unsigned darkest = 0) {
  SmallJob small;
  small.put(edge_detector());
  std::string list;
  for (unsigned sample = 0; sample < 16; ++sample) {
    const std::string name = std::to_string(sample) + ".bmp";
    small.files.put(name, picture(sample, darkest));
    list += name + "\n";
  }
  small.files.put("list.txt", list);
  Job job = small.job();
  job.config = config::parse(
      R"({"model_parameters": {"onnx_model": "m.onnx"}, "calibration_parameters": {)" + more +
          R"("input_parameters": [{"file_type": "img", "data_list_path": "list.txt", "mean_value": )" +
          mean + R"(, "std_value": )" + std + "}]}}",
      "cfg.json", small.config_notes);
  const Result result = quantize(job, small.files, no_monitor());
  Outcome outcome;
  for (const auto& stage : result.stages) {
    if (stage.stage == "exact pixels") outcome.choice = stage.choice;
  }
  small.files.put("q.onnx", result.quantized_model);
  outcome.model = onnx::load("q.onnx", small.files);
  return outcome;
}

/// Scale of the first activation that becomes int8.
float first_scale(const Graph& graph) {
  for (const NodeId id : graph.topological_order()) {
    const Node& node = graph.node(id);
    if (node.is("QuantizeLinear")) return graph.constant(node.input(1))->data<float>()[0];
  }
  return 0;
}

constexpr const char* kMeans = "[123.675, 116.28, 103.53]";
constexpr const char* kStds = "[58.395, 57.12, 57.375]";

TEST(ExactPixels, AreReadWhereTheRoundedInputDecides) {
  const Outcome outcome = quantized_with(kMeans, kStds, "");
  EXPECT_EQ(outcome.choice, "pixels, by operators in float");
  EXPECT_TRUE(types_of(outcome.model.graph).starts_with("Pad Mul Add "))
      << types_of(outcome.model.graph);
  EXPECT_EQ(first_scale(outcome.model.graph), 1.0F);
}

TEST(ExactPixels, LeaveInputsWithARangeOfTheirOwnAlone) {
  const Outcome outcome = quantized_with(kMeans, kStds, R"("calibration_type": "minmax", )");
  EXPECT_EQ(outcome.choice, "");
  EXPECT_EQ(types_of(outcome.model.graph).find("Pad"), std::string::npos);
}

TEST(ExactPixels, NeedNothingWhereOneScaleHoldsThem) {
  const Outcome outcome = quantized_with("[0, 0, 0]", "[255, 255, 255]", "", 40);
  EXPECT_EQ(outcome.choice, "");
  EXPECT_EQ(first_scale(outcome.model.graph), 1.0F / 255);
  EXPECT_NE(first_scale(quantized_with("[0, 0, 0]", "[200, 255, 255]", "", 40).model.graph),
            1.0F / 255);
}

}  // namespace
}  // namespace xquant::pipeline

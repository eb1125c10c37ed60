#include <gtest/gtest.h>

#include <algorithm>

#include "onnx/model_file.h"
#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

/// x -> Conv c -> Relu r -> an operator that nobody knows -> what each test adds.
struct Tail : SmallJob {
  SmallGraph g;
  ValueId unknown;

  Tail() {
    const ValueId x = g.input("x", {1, 1, 4, 4});
    const ValueId w = g.constant("w", {2, 1, 1, 1}, {0.5F, -1.5F});
    unknown = g.op("Frobnicate", {g.op("Relu", {g.op("Conv", {x, w}, "c")}, "r")}, "f");
    quantization = R"("finetune_level": 1)";
  }
  void finish(ValueId last) {
    g.output(last);
    put({.ir_version = 8, .opset_imports = {{"", 13}}, .graph = std::move(g.graph)});
  }
};

TEST(FloatTail, ThatCannotRunIsNoObstacleAndStaysAsItIs) {
  Tail tail;
  tail.finish(tail.g.op("Abs", {tail.unknown}, "y"));
  const Result result = tail.run();
  EXPECT_EQ(result.summary.quantized_operators, 2);
  const auto warned = std::ranges::find(result.diagnostics, "XQ-MOD-004", &Diagnostic::code);
  ASSERT_NE(warned, result.diagnostics.end());
  EXPECT_NE(warned->message.find("[Frobnicate]"), std::string::npos);
  const auto source = memory_source(result.quantized_model);
  const Model model = onnx::parse(*source, "result", nullptr, "");
  const Node& last = model.graph.node(model.graph.value(model.graph.outputs.at(0)).producer);
  EXPECT_EQ(last.op_type, "Abs");
  EXPECT_EQ(model.graph.node(model.graph.value(last.input(0)).producer).op_type, "Frobnicate");
}

TEST(FloatTail, ThatCannotRunIsNoObstacleForTuning) {
  SmallJob small;
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 4, 4});
  const ValueId w = g.constant("w", {2, 1, 1, 1}, {0.5F, 7.5F});
  const ValueId v = g.constant("v", {1, 2, 1, 1}, {0.7F, -0.9F});
  const ValueId r = g.op("Relu", {g.op("Conv", {x, w}, "c")}, "r");
  g.output(g.op("Frobnicate", {g.op("Conv", {r, v}, "d")}, "y"));
  small.put({.ir_version = 8, .opset_imports = {{"", 13}}, .graph = std::move(g.graph)});
  small.quantization = R"("finetune_level": 3)";
  const Result result = small.run();
  EXPECT_NE(std::ranges::find(result.stages, "tuning", &quantize::StageRecord::stage),
            result.stages.end());
}

TEST(FloatTail, WithConvolutionsBehindTheUnknownOperatorIsRefused) {
  Tail tail;
  const ValueId w = tail.g.constant("v", {2, 2, 1, 1}, {1.0F, 2.0F, 3.0F, 4.0F});
  tail.finish(tail.g.op("Conv", {tail.unknown, w}, "y"));
  EXPECT_EQ(tail.stop().code(), "XQ-RT-001");
}

}  // namespace
}  // namespace xquant::pipeline

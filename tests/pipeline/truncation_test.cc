#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "onnx/model_file.h"
#include "pipeline/predict.h"
#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

Model parsed(const Result& result) {
  const auto source = memory_source(result.quantized_model);
  return onnx::parse(*source, "result", nullptr, "");
}

std::string note(const Result& result, const std::string& code) {
  const auto found = std::find_if(result.diagnostics.begin(), result.diagnostics.end(),
                                  [&](const Diagnostic& each) { return each.code == code; });
  return found == result.diagnostics.end() ? "" : found->to_string();
}

/// x -> Conv c -> Relu r, to which each test adds what stands behind.
struct Post : SmallJob {
  SmallGraph g;
  ValueId r;

  Post() {
    const ValueId x = g.input("x", {1, 1, 4, 4});
    r = g.op("Relu", {g.op("Conv", {x, g.constant("w", {2, 1, 1, 1}, {0.5F, -1.5F})}, "c")}, "r");
    quantization = R"("finetune_level": 0)";
  }
  void finish(const std::string& names) {
    put({.ir_version = 8, .opset_imports = {{"", 13}, {"my", 1}}, .graph = std::move(g.graph)});
    quantization += R"(, "truncate_var_names": [)" + names + "]";
  }
};

TEST(Truncation, LeavesWhatIsBehindFloatAndVerifiesIt) {
  Post post;
  const ValueId s = post.g.op("Softmax", {post.r}, "s");
  post.g.output(
      post.g.op("MaxPool", {s}, "y", {{"kernel_shape", std::vector<std::int64_t>{2, 2}}}));
  post.finish(R"("r")");
  const Result result = post.run();
  EXPECT_EQ(result.summary.operators, 4);
  EXPECT_EQ(result.summary.quantized_operators, 2);
  ASSERT_EQ(result.summary.outputs.size(), 1U);
  EXPECT_EQ(result.summary.outputs[0].name, "r");
  EXPECT_NE(note(result, "XQ-CUT-003"), "");
  const Model model = parsed(result);
  ASSERT_EQ(model.graph.outputs.size(), 1U);
  EXPECT_EQ(model.graph.value(model.graph.outputs[0]).name, "y");
  const Node& pool = model.graph.node(model.graph.value(model.graph.outputs[0]).producer);
  EXPECT_EQ(model.graph.value(pool.input(0)).name, "s");  // no pair in between
  post.files.put("m.onnx", result.quantized_model);
  Diagnostics diagnostics;
  EXPECT_EQ(predict(post.job(), post.files, no_monitor(), diagnostics).size(), 3U);
}

TEST(Truncation, NeedsNoImplementationOfWhatIsBehind) {
  Post post;
  const ValueId boxes = post.g.op("Boxes", {post.r}, "boxes");
  post.g.graph.node(post.g.graph.value(boxes).producer).domain = "my";
  post.g.output(boxes);
  post.finish(R"("r")");
  const Result result = post.run();
  EXPECT_EQ(result.summary.quantized_operators, 2);
  EXPECT_NE(note(result, "XQ-CUT-004").find("Boxes"), std::string::npos);
  const Model model = parsed(result);
  const Node& node = model.graph.node(model.graph.value(model.graph.find_value("boxes")).producer);
  EXPECT_EQ(node.domain, "my");
  EXPECT_EQ(model.graph.value(node.input(0)).name, "r");
}

TEST(Truncation, KeepsConstantsThatBothPartsReadFloatBehindTheCut) {
  Post post;
  const ValueId product =
      post.g.op("Conv", {post.r, post.g.constant("v", {1, 2, 1, 1}, {1, 2})}, "p");
  post.g.output(post.g.op("Conv", {product, post.g["w"]}, "y"));
  post.finish(R"("p")");
  const Result result = post.run();
  const Model model = parsed(result);
  const Node& behind = model.graph.node(model.graph.value(model.graph.outputs[0]).producer);
  EXPECT_EQ(model.graph.constant(behind.input(1))->type(), DataType::kFloat);
  EXPECT_NE(note(result, "XQ-CUT-003"), "");
}

TEST(Truncation, SharesConstantsThatBothPartsReadAsTheyAre) {
  Post post;
  const ValueId to = post.g.integers("to", {1, -1});
  const ValueId flat = post.g.op("Reshape", {post.r, to}, "f");
  post.g.output(post.g.op("Reshape", {post.g.op("Transpose", {flat}, "t"), to}, "y"));
  post.finish(R"("f")");
  const Result result = post.run();
  const Model model = parsed(result);
  const Graph& graph = model.graph;
  std::vector<ValueId> targets;
  for (const NodeId id : graph.nodes()) {
    if (graph.node(id).is("Reshape")) targets.push_back(graph.node(id).input(1));
  }
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0], targets[1]);
  EXPECT_EQ(graph.value(targets[0]).name, "to");
}

TEST(Truncation, GivesWayToNamesOfTheTail) {
  Post post;
  // The names that the pair of "r" would have.
  post.g.output(post.g.op("Softmax", {post.g.op("Abs", {post.r}, "r_quantized")}, "r_scale"));
  post.finish(R"("r")");
  const Result result = post.run();
  EXPECT_EQ(parsed(result).graph.value(parsed(result).graph.outputs[0]).name, "r_scale");
  EXPECT_NE(note(result, "XQ-CUT-003"), "");
}

TEST(Truncation, LetsSkipConnectionsCrossAndSaysSo) {
  Post post;
  const ValueId d =
      post.g.op("Conv", {post.r, post.g.constant("v", {2, 2, 1, 1}, {1, 2, 3, 4})}, "d");
  post.g.output(post.g.op("Add", {post.g.op("Exp", {d}, "e"), post.r}, "y"));
  post.finish(R"("d")");
  const Result result = post.run();
  EXPECT_NE(note(result, "XQ-CUT-002").find("\"r\""), std::string::npos);
  EXPECT_EQ(result.summary.outputs.size(), 2U);
}

TEST(Truncation, NeedsNoDataForInputsOfTheTail) {
  Post post;
  post.g.output(post.g.op("Mul", {post.r, post.g.input("size", {1})}, "y"));
  post.finish(R"("r")");
  const Result result = post.run();
  EXPECT_EQ(parsed(result).graph.inputs.size(), 2U);
  EXPECT_NE(note(result, "XQ-CUT-004").find("inputs without calibration data"), std::string::npos);
}

TEST(Truncation, TakesANameThatSimplificationMergedAway) {
  Post post;
  const ValueId two = post.g.constant("two", {2}, {1, 2});
  const ValueId raw =
      post.g.op("Conv", {post.r, post.g.constant("v", {2, 2, 1, 1}, {1, 2, 3, 4})}, "raw");
  const ValueId bn = post.g.op("BatchNormalization", {raw, two, two, two, two}, "bn");
  post.g.output(post.g.op("Softmax", {bn}, "y"));
  post.finish(R"("raw")");
  const Result result = post.run();
  EXPECT_EQ(result.summary.outputs[0].name, "bn");
}

TEST(Truncation, StopsInTheKnownWordsOverDuplicatesAndUnknownNames) {
  Post twice;
  twice.g.output(twice.r);
  twice.finish(R"("r", "r")");
  EXPECT_EQ(twice.stop().message(),
            "The incoming truncate_var_names contains duplicate tensor names");
  Post unknown;
  unknown.g.output(unknown.g.op("Softmax", {unknown.r}, "result"));
  unknown.finish(R"("rezult", "q")");
  const Error error = unknown.stop();
  EXPECT_EQ(error.message(),
            "The incoming truncate_var_names contains non-existent tensor names rezult,q");
  EXPECT_EQ(error.fix(), "Did you mean 'result'?");
  EXPECT_EQ(error.place().pointer, "/quantization_parameters/truncate_var_names");
}

TEST(Truncation, NamesThePathThatPassesByAndWhatWouldCut) {
  Post post;
  const ValueId a = post.g.op("Exp", {post.r}, "a");
  post.g.output(post.g.op("Softmax", {a}, "scores"));
  const ValueId b = post.g.op("Abs", {post.r}, "b");
  post.g.output(post.g.op("Neg", {b}, "boxes"));
  post.finish(R"("a")");
  const Error error = post.stop();
  EXPECT_EQ(
      error.message(),
      "truncate graph failed. The names do not cut the graph: the path 'r' -> Abs 'b_node' -> "
      "Neg 'boxes_node' -> 'boxes' passes them by.");
  EXPECT_EQ(error.fix(), "Add \"boxes\" to truncate_var_names, or tensors on the way to them.");
}

TEST(Truncation, NamesTensorsThatDependOnEachOther) {
  Post post;
  const ValueId a = post.g.op("Exp", {post.r}, "a");
  post.g.output(post.g.op("Softmax", {post.g.op("Abs", {a}, "b")}, "y"));
  post.finish(R"("a", "b")");
  EXPECT_EQ(
      post.stop().message(),
      "truncate graph failed. One of the names depends on another: 'a' -> Abs 'b_node' -> 'b'.");
}

TEST(UnequalConcat, StaysFloatAndACutBeforeItIsProposed) {
  Post post;
  const ValueId boxes =
      post.g.op("Conv", {post.r, post.g.constant("v", {1, 2, 1, 1}, {50, 90})}, "boxes");
  const ValueId scores = post.g.op(
      "Sigmoid",
      {post.g.op("Conv", {post.r, post.g.constant("u", {1, 2, 1, 1}, {1, -1})}, "logits")},
      "scores");
  post.g.output(post.g.op("Concat", {boxes, scores}, "y", {{"axis", std::int64_t{1}}}));
  post.finish("");
  const Result result = post.run();
  const std::string advice = note(result, "XQ-QNT-010");
  EXPECT_NE(advice.find("'scores' would keep 1 of 256 levels"), std::string::npos) << advice;
  EXPECT_NE(advice.find(R"("truncate_var_names": ["boxes", "scores"])"), std::string::npos)
      << advice;
  // Boxes and scores have scales of their own.
  const Graph graph = parsed(result).graph;
  const Node& concat = graph.node(graph.value(graph.outputs.at(0)).producer);
  ASSERT_TRUE(concat.is("Concat"));
  for (const ValueId input : concat.inputs) {
    EXPECT_TRUE(graph.node(graph.value(input).producer).is("DequantizeLinear"));
  }
}

TEST(UnequalConcat, IsInt8WhereAComputingOperatorFollows) {
  Post post;
  const ValueId boxes =
      post.g.op("Conv", {post.r, post.g.constant("v", {1, 2, 1, 1}, {50, 90})}, "boxes");
  const ValueId both = post.g.op("Concat", {boxes, post.r}, "both", {{"axis", std::int64_t{1}}});
  post.g.output(post.g.op("Conv", {both, post.g.constant("u", {1, 3, 1, 1}, {1, 1, 1})}, "y"));
  post.finish("");
  EXPECT_EQ(note(post.run(), "XQ-QNT-010"), "");
}

/// Boxes, and an If behind them whose branches read them.
void add_control_flow(Post& post) {
  SmallGraph& g = post.g;
  const ValueId boxes = g.op("Conv", {post.r, g.constant("v", {1, 2, 1, 1}, {5, 9})}, "boxes");
  const ValueId most = g.op("ReduceMax", {boxes}, "most", {{"keepdims", std::int64_t{0}}});
  SmallGraph inner;
  inner.output(inner.op("Exp", {inner.graph.add_value("boxes")}, "inside"));
  const auto branch = std::make_shared<const Graph>(inner.graph);
  const ValueId condition = g.op("Greater", {most, g.constant("limit", {}, {0.5F})}, "any");
  g.output(g.op("If", {condition}, "y", {{"then_branch", branch}, {"else_branch", branch}}));
  post.quantization = R"("finetune_level": 1)";
}

TEST(ControlFlow, BehindTheLastConvIsCutOffAsProposed) {
  Post whole;
  add_control_flow(whole);
  whole.finish("");
  const std::string advice = note(whole.run(), "XQ-TUN-002");
  EXPECT_NE(advice.find(R"("truncate_var_names": ["boxes"])"), std::string::npos) << advice;

  Post cut;
  add_control_flow(cut);
  cut.finish(R"("boxes")");
  const Result result = cut.run();
  EXPECT_EQ(note(result, "XQ-TUN-002"), "");
  EXPECT_NE(note(result, "XQ-CUT-003"), "");
}

TEST(ControlFlow, BeforeAConvIsNotCutOff) {
  Post post;
  add_control_flow(post);
  const ValueId y = post.g.graph.outputs.back();
  post.g.graph.outputs.pop_back();
  post.g.output(post.g.op("Conv", {y, post.g.constant("u", {1, 1, 1, 1}, {1})}, "z"));
  post.finish("");
  const std::string advice = note(post.run(), "XQ-TUN-002");
  EXPECT_NE(advice.find("with truncate_var_names."), std::string::npos) << advice;
}

TEST(Truncation, AtAnInputIsRefused) {
  Post post;
  post.g.output(post.r);
  post.finish(R"("x")");
  const Error error = post.stop();
  EXPECT_EQ(error.code(), "XQ-CFG-079") << error.what();
}

}  // namespace
}  // namespace xquant::pipeline

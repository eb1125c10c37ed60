#include "pipeline/prepare.h"

#include <gtest/gtest.h>

#include "graph/small_graph.h"

namespace xquant::pipeline {
namespace {

Model model_of(SmallGraph g) {
  return {.ir_version = 3, .opset_imports = {{"", 13}}, .graph = std::move(g.graph)};
}

std::string names(const Graph& graph) {
  std::string text;
  for (const NodeId id : graph.nodes()) text += graph.node(id).name + " ";
  return text;
}

TEST(Prepare, MakesInitializersThatAreInputsConstants) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 1, 1});
  const ValueId w = g.constant("w", {1, 1, 1, 1}, {2});
  g.graph.inputs.push_back(w);
  g.output(g.op("Conv", {x, w}, "y"));
  Model model = model_of(std::move(g));
  EXPECT_EQ(input_specs(model.graph).size(), 1U);
  Diagnostics diagnostics;
  prepare(model, {}, diagnostics);
  ASSERT_EQ(model.graph.inputs.size(), 1U);
  EXPECT_EQ(model.graph.value(model.graph.inputs[0]).name, "x");
  ASSERT_EQ(diagnostics.items().size(), 1U);
  EXPECT_EQ(diagnostics.items()[0].code, "XQ-MOD-001");
}

TEST(Prepare, LeavesGivenNodeNamesAndGivesTheOthersSome) {
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  g.output(g.op("Relu", {x}, "a"));
  g.output(g.op("Relu", {x}, "b"));
  g.output(g.op("Relu", {x}, "c"));
  g.output(g.op("Relu", {x}, "d"));
  const std::vector<NodeId> nodes = g.graph.nodes();
  g.graph.node(nodes[0]).name = "";
  g.graph.node(nodes[1]).name = "Relu_0";  // what the first would be called
  g.graph.node(nodes[2]).name = "same";
  g.graph.node(nodes[3]).name = "same";
  Model model = model_of(std::move(g));
  Diagnostics diagnostics;
  prepare(model, {}, diagnostics);
  EXPECT_EQ(names(model.graph), "Relu_0_1 Relu_0 same same_1 ");
}

TEST(Prepare, RefusesAQuantizedModelInTheKnownWords) {
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  const ValueId scale = g.constant("s", {}, {1});
  const ValueId q = g.op("QuantizeLinear", {x, scale}, "q");
  g.output(g.op("DequantizeLinear", {q, scale}, "y"));
  g.graph.node(g.graph.nodes()[1]).name = "";
  const Model model = model_of(std::move(g));
  try {
    refuse_quantized(model, "m.onnx");
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_EQ(error.message(),
              "Static quantization does not support input models that already contain "
              "QuantizeLinear or DequantizeLinear nodes; quantized models cannot be quantized "
              "again. Found unsupported nodes: q_node, y");
  }
}

TEST(Prepare, RefusesADynamicallyQuantizedModel) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 2});
  const auto parts = g.node("DynamicQuantizeLinear", {x}, {"q", "s", "z"});
  g.output(g.op("MatMulInteger", {parts[0], g.constant("w", {2, 1}, {1, 2})}, "y"));
  try {
    refuse_quantized(model_of(std::move(g)), "m.onnx");
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-MOD-002");
    EXPECT_EQ(error.message(),
              "The model is quantized already: 2 of its operators compute with integers "
              "(DynamicQuantizeLinear, MatMulInteger).");
  }
}

}  // namespace
}  // namespace xquant::pipeline

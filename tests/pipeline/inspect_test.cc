#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

std::string counted(const Inspection& inspection, const std::string& type) {
  const auto found = std::ranges::find(inspection.operators, type, &Inspection::Operators::type);
  if (found == inspection.operators.end()) return "none";
  return std::to_string(found->count) + " " + std::to_string(found->remaining) + " " +
         std::to_string(found->quantizable);
}

Inspection inspected(SmallGraph g) {
  SmallJob job;
  job.put({.ir_version = 8, .opset_imports = {{"", 13}}, .graph = std::move(g.graph)});
  return inspect("m.onnx", job.files);
}

TEST(Inspect, CountsWhatTheFileHoldsAndWhatFoldingLeaves) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 4, 4});
  const ValueId conv = g.op("Conv", {x, g.constant("w", {1, 1, 1, 1}, {2})}, "c");
  const auto one = [&](const char* name) { return g.constant(name, {1}, {1}); };
  const ValueId normal =
      g.op("BatchNormalization", {conv, one("scale"), one("bias"), one("mean"), one("var")}, "n");
  g.output(g.op("Softmax", {g.op("Relu", {normal}, "r")}, "y"));
  const Inspection told = inspected(std::move(g));
  EXPECT_EQ(counted(told, "Conv"), "1 1 1");
  EXPECT_EQ(counted(told, "BatchNormalization"), "1 0 0");
  EXPECT_EQ(counted(told, "Softmax"), "1 1 0");
  EXPECT_EQ(told.parameters, 5);
}

TEST(Inspect, CountsNoComputingOfShapesAsInt8) {
  SmallGraph g;
  const ValueId x = g.input("x", {});
  g.graph.value(x).type.shape = {std::string("n"), std::int64_t{4}};
  const ValueId shape = g.op("Concat", {g.op("Shape", {x}, "s"), g.op("Shape", {x}, "t")}, "both");
  const ValueId wide = g.op("Concat", {x, x}, "wide");
  for (const ValueId concat : {shape, wide}) {
    const NodeId node = g.graph.value(concat).producer;
    g.graph.node(node).attributes["axis"] = std::int64_t{0};
  }
  g.output(g.op("Reshape", {wide, shape}, "y"));
  EXPECT_EQ(counted(inspected(std::move(g)), "Concat"), "2 2 1");
}

TEST(Inspect, CountsAQuantizedModelAsItIs) {
  SmallGraph g;
  const ValueId scale = g.constant("s", {}, {1});
  const ValueId code = g.op("QuantizeLinear", {g.constant("w", {1}, {3}), scale}, "q");
  g.output(g.op("Add", {g.input("x", {1}), g.op("DequantizeLinear", {code, scale}, "d")}, "y"));
  const Inspection told = inspected(std::move(g));
  EXPECT_TRUE(told.quantized);
  EXPECT_EQ(counted(told, "QuantizeLinear").substr(0, 4), "1 1 ");
  EXPECT_EQ(counted(told, "DequantizeLinear").substr(0, 4), "1 1 ");
}

TEST(Inspect, NamesWhatCannotRun) {
  SmallGraph g;
  g.output(g.op("Frobnicate", {g.input("x", {1})}, "y"));
  EXPECT_EQ(inspected(std::move(g)).missing, std::vector<std::string>{"Frobnicate"});
}

}  // namespace
}  // namespace xquant::pipeline

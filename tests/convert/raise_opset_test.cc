#include "convert/raise_opset.h"

#include <gtest/gtest.h>

#include "graph/small_graph.h"
#include "runtime/executor.h"
#include "runtime/program.h"

namespace xquant::convert {
namespace {

using Ints = std::vector<std::int64_t>;

/// A model of one node "y" on the float input "x" of shape [1, 2, 4, 4].
struct OneNode {
  Model model;
  OneNode(std::int64_t opset, const std::string& type, Attributes attributes,
          std::vector<ValueId> (*more)(SmallGraph&) = nullptr) {
    SmallGraph g;
    std::vector<ValueId> inputs{g.input("x", {1, 2, 4, 4})};
    if (more != nullptr) {
      for (const ValueId id : more(g)) inputs.push_back(id);
    }
    g.output(g.op(type, inputs, "y", std::move(attributes)));
    model = {.ir_version = 3, .opset_imports = {{"", opset}}, .graph = std::move(g.graph)};
  }
  void raise() { raise_opset(model, 13, {{"x", {1, 2, 4, 4}}}); }
  const Node& node() const { return model.graph.node(model.graph.nodes()[0]); }
  const Tensor* operand(std::size_t position) const {
    return model.graph.constant(node().input(position));
  }
  Ints integers(std::size_t position) const {
    const auto values = operand(position)->data<std::int64_t>();
    return {values.begin(), values.end()};
  }
  bool is_refused() {
    try {
      raise();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "XQ-CNV-001");
      EXPECT_EQ(error.place().node, "y_node");
      EXPECT_EQ(model.opset(), model.opset_imports.at(""));
      return true;
    }
    return false;
  }
};

TEST(RaiseOpset, LeavesAModelThatIsThereAlone) {
  OneNode one(17, "Squeeze", {{"axes", Ints{0}}});
  one.raise();
  EXPECT_EQ(one.model.opset(), 17);
  EXPECT_EQ(one.model.ir_version, 3);
  EXPECT_TRUE(one.node().has("axes"));
}

TEST(RaiseOpset, FollowsWithTheIrVersion) {
  OneNode one(9, "Relu", {});
  one.raise();
  EXPECT_EQ(one.model.opset(), 13);
  EXPECT_EQ(one.model.ir_version, 7);
  EXPECT_EQ(ir_version_for(9), 4);
  EXPECT_EQ(ir_version_for(25), 13);
}

TEST(RaiseOpset, TurnsAxesAndSizesIntoOperands) {
  for (const char* type : {"Squeeze", "Unsqueeze", "ReduceSum"}) {
    OneNode one(11, type, {{"axes", Ints{0, -1}}});
    one.raise();
    EXPECT_EQ(one.integers(1), (Ints{0, -1})) << type;
    EXPECT_FALSE(one.node().has("axes"));
  }
  OneNode split(11, "Split", {{"split", Ints{1, 1}}, {"axis", std::int64_t{1}}});
  split.raise();
  EXPECT_EQ(split.integers(1), (Ints{1, 1}));
}

TEST(RaiseOpset, TurnsClipBoundsIntoOperands) {
  OneNode one(7, "Clip", {{"min", 0.0F}, {"max", 6.0F}});
  one.raise();
  EXPECT_EQ(one.operand(1)->data<float>()[0], 0.0F);
  EXPECT_EQ(one.operand(2)->data<float>()[0], 6.0F);
  EXPECT_FALSE(one.node().has("min"));
}

TEST(RaiseOpset, RefusesClipOfHalfFloatsWhoseBoundsWouldBeFloats) {
  OneNode one(7, "Clip", {{"min", 0.0F}});
  one.model.graph.value(one.model.graph.inputs[0]).type.element = DataType::kFloat16;
  EXPECT_TRUE(one.is_refused());
}

TEST(RaiseOpset, TurnsPadsAndTheValueIntoOperands) {
  OneNode one(10, "Pad", {{"pads", Ints{0, 0, 1, 1, 0, 0, 1, 1}}, {"value", 2.0F}});
  one.raise();
  EXPECT_EQ(one.integers(1), (Ints{0, 0, 1, 1, 0, 0, 1, 1}));
  EXPECT_EQ(one.operand(2)->data<float>()[0], 2.0F);
}

TEST(RaiseOpset, TurnsSliceAndTopKAttributesIntoOperands) {
  OneNode slice(9, "Slice", {{"starts", Ints{1}}, {"ends", Ints{3}}, {"axes", Ints{2}}});
  slice.raise();
  EXPECT_EQ(slice.integers(1), Ints{1});
  EXPECT_EQ(slice.integers(2), Ints{3});
  EXPECT_EQ(slice.integers(3), Ints{2});
  OneNode top(9, "TopK", {{"k", std::int64_t{3}}});
  top.raise();
  EXPECT_EQ(top.integers(1), Ints{3});
}

TEST(RaiseOpset, LeavesASoftmaxAloneWhereBothMeaningsAgree) {
  OneNode last(11, "Softmax", {{"axis", std::int64_t{3}}});
  last.raise();
  EXPECT_EQ(last.model.graph.nodes().size(), 1U);
  EXPECT_EQ(last.node().int_or("axis", -9), 3);
}

/// Runs the model on a ramp of [1, 2, 4, 4].
std::vector<float> result_of(const Model& model) {
  const auto program = runtime::Program::compile(model.graph, model.opset_imports);
  std::vector<float> ramp(32);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = 0.25F * static_cast<float>(i % 7);
  runtime::Executor executor(program);
  const std::vector<Tensor> inputs = {Tensor::of<float>({1, 2, 4, 4}, ramp)};
  const std::vector<Tensor> results = executor.run(inputs);
  const auto y = results[0].data<float>();
  return {y.begin(), y.end()};
}

/// The float executor knows both meanings; ONNX's cases of both are its oracle.
TEST(RaiseOpset, GivesASoftmaxOfSeveralDimensionsItsOldMeaning) {
  for (const std::string type : {"Softmax", "LogSoftmax", "Hardmax"}) {
    for (const std::int64_t axis : {1, 2, -2, 0}) {
      OneNode one(11, type, {{"axis", axis}});
      const std::vector<float> before = result_of(one.model);
      one.raise();
      EXPECT_EQ(one.model.graph.nodes().size(), 4U);
      EXPECT_EQ(result_of(one.model), before) << type << " along " << axis;
    }
  }
  OneNode by_default(9, "Softmax", {});  // axis 1
  const std::vector<float> before = result_of(by_default.model);
  by_default.raise();
  EXPECT_EQ(result_of(by_default.model), before);
}

TEST(RaiseOpset, WritesTheOldDefaultAxisOfSoftmaxDown) {
  SmallGraph g;
  g.output(g.op("Softmax", {g.input("x", {1, 10})}, "y"));
  Model model{.opset_imports = {{"", 9}}, .graph = std::move(g.graph)};
  raise_opset(model, 13, {{"x", {1, 10}}});
  EXPECT_EQ(model.graph.node(model.graph.nodes()[0]).int_or("axis", -9), 1);
}

std::vector<ValueId> scales_of(SmallGraph& g, float height, float width) {
  return {g.constant("scales", {4}, {1, 1, height, width})};
}

TEST(RaiseOpset, GivesResizeItsOldCoordinates) {
  OneNode up(10, "Resize", {{"mode", "nearest"}}, [](SmallGraph& g) { return scales_of(g, 2, 2); });
  up.raise();
  EXPECT_EQ(up.node().string_or("coordinate_transformation_mode", ""), "asymmetric");
  EXPECT_EQ(up.node().string_or("nearest_mode", ""), "floor");
  EXPECT_EQ(up.operand(1)->size(), 0);
  EXPECT_EQ(up.operand(2)->data<float>()[3], 2.0F);
}

TEST(RaiseOpset, RoundsUpWhereOldResizeShrinks) {
  // The specification's own case for version 10: [1..4] scaled by 0.6 gives [1, 3].
  OneNode down(10, "Resize", {{"mode", "nearest"}},
               [](SmallGraph& g) { return scales_of(g, 0.6F, 0.6F); });
  down.raise();
  EXPECT_EQ(down.node().string_or("nearest_mode", ""), "ceil");
  OneNode mixed(10, "Resize", {{"mode", "nearest"}},
                [](SmallGraph& g) { return scales_of(g, 2, 0.6F); });
  EXPECT_TRUE(mixed.is_refused());
}

TEST(RaiseOpset, TurnsUpsampleIntoResize) {
  OneNode one(8, "Upsample", {{"scales", std::vector<float>{1, 1, 2, 2}}});
  one.raise();
  EXPECT_EQ(one.node().op_type, "Resize");
  EXPECT_EQ(one.operand(2)->data<float>()[2], 2.0F);
}

TEST(RaiseOpset, RefusesDropoutWhoseOldMaskIsRead) {
  SmallGraph g;
  const auto results = g.node("Dropout", {g.input("x", {1})}, {"y", "mask"});
  g.output(results[1]);
  Model model{.opset_imports = {{"", 9}}, .graph = std::move(g.graph)};
  EXPECT_THROW(raise_opset(model, 13, {}), Error);
  model.opset_imports[""] = 10;
  EXPECT_NO_THROW(raise_opset(model, 13, {}));
}

TEST(RaiseOpset, RefusesWhatItDoesNotKnowAndLeavesTheModelAsItWas) {
  OneNode one(9, "Scan", {});
  EXPECT_TRUE(one.is_refused());
  OneNode custom(9, "Anything", {});
  const NodeId id = custom.model.graph.nodes()[0];
  custom.model.graph.node(id).domain = "com.example";
  EXPECT_FALSE(custom.is_refused());
}

}  // namespace
}  // namespace xquant::convert

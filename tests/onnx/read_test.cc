#include <gtest/gtest.h>

#include "onnx/model_file.h"
#include "onnx/sample_model.h"

namespace xquant::onnx {
namespace {

namespace proto = ::onnx;

TEST(Read, TakesNamesTypesAndWeights) {
  const Model model = parse_proto(sample_model());
  EXPECT_EQ(model.ir_version, 8);
  EXPECT_EQ(model.opset(), 17);
  EXPECT_EQ(model.doc, "doc of the model");
  ASSERT_EQ(model.graph.inputs.size(), 1U);
  const Value& input = model.graph.value(model.graph.inputs[0]);
  EXPECT_EQ(input.name, "x");
  EXPECT_EQ(input.type.element, DataType::kFloat);
  EXPECT_EQ(input.type.shape, (DeclaredShape{Dim(std::string("n")), Dim(std::int64_t{2})}));
  const Tensor* weight = model.graph.constant(model.graph.find_value("w"));
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->shape(), Shape{2});
  EXPECT_EQ(weight->data<float>()[1], 2.0F);
}

TEST(Read, KeepsTheOrderOfNodes) {
  const Graph graph = parse_proto(sample_model()).graph;
  std::vector<std::string> types;
  for (const NodeId id : graph.nodes()) types.push_back(graph.node(id).op_type);
  EXPECT_EQ(types, (std::vector<std::string>{"Add", "Relu", "If"}));
}

TEST(Read, CountsWhatASubgraphReadsAsAUse) {
  const Graph graph = parse_proto(sample_model()).graph;
  const auto& uses = graph.uses(graph.find_value("r"));
  ASSERT_FALSE(uses.empty());
  EXPECT_EQ(graph.node(uses[0].node).op_type, "If");
  EXPECT_EQ(uses[0].position, Graph::kSubgraphUse);
}

TEST(Read, TakesInitializersAmongTheInputsOfOldModels) {
  proto::ModelProto old = identity_of(small_tensor());
  old.set_ir_version(3);
  old.mutable_opset_import(0)->set_version(7);
  old.mutable_graph()->add_input()->set_name("w");
  const Model model = parse_proto(old);
  ASSERT_EQ(model.graph.inputs.size(), 1U);
  EXPECT_NE(model.graph.constant(model.graph.inputs[0]), nullptr);
}

TEST(Read, GivesAbsentOperandsNoValue) {
  proto::ModelProto model = sample_model();
  model.mutable_graph()->mutable_node(1)->add_input("");
  model.mutable_graph()->mutable_node(1)->add_output("");
  const Graph graph = parse_proto(model).graph;
  const Node& relu = graph.node(graph.nodes()[1]);
  ASSERT_EQ(relu.inputs.size(), 2U);
  EXPECT_EQ(relu.inputs[1], ValueId::kNone);
  EXPECT_EQ(relu.outputs.at(1), ValueId::kNone);
}

TEST(Read, TakesTheSpelledDefaultDomainForTheEmptyOne) {
  proto::ModelProto model = sample_model();
  model.mutable_opset_import(0)->set_domain("ai.onnx");
  model.mutable_graph()->mutable_node(0)->set_domain("ai.onnx");
  const Model read = parse_proto(model);
  EXPECT_EQ(read.opset(), 17);
  EXPECT_TRUE(read.graph.node(read.graph.nodes()[0]).is("Add"));
}

TEST(Read, TakesNodesInAnyOrder) {
  proto::ModelProto model = sample_model();
  model.mutable_graph()->mutable_node()->SwapElements(0, 1);
  EXPECT_EQ(refusal_of(model), "");
}

TEST(Read, TakesAttributesWithoutADeclaredType) {
  proto::ModelProto model = sample_model();
  proto::AttributeProto& attribute = *model.mutable_graph()->mutable_node(0)->add_attribute();
  attribute.set_name("axis");
  attribute.set_i(-1);
  const Graph graph = parse_proto(model).graph;
  EXPECT_EQ(graph.node(graph.nodes()[0]).int_or("axis", 0), -1);
}

TEST(Read, TakesNegativeDeclaredDimensionsForUnknown) {
  proto::ModelProto model = sample_model();
  model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_value(-1);
  const Graph graph = parse_proto(model).graph;
  EXPECT_EQ(graph.value(graph.inputs[0]).type.shape->at(0), Dim(std::string()));
}

}  // namespace
}  // namespace xquant::onnx

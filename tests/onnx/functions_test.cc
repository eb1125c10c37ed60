#include <gtest/gtest.h>

#include <initializer_list>
#include <set>

#include "onnx/model_file.h"
#include "onnx/onnx-ml.pb.h"

namespace xquant::onnx {
namespace {

namespace proto = ::onnx;

proto::NodeProto node(const std::string& type, std::initializer_list<const char*> inputs,
                      std::initializer_list<const char*> outputs, const std::string& domain = "") {
  proto::NodeProto made;
  made.set_op_type(type);
  made.set_domain(domain);
  for (const char* input : inputs) made.add_input(input);
  for (const char* output : outputs) made.add_output(output);
  return made;
}

void import(google::protobuf::RepeatedPtrField<proto::OperatorSetIdProto>& imports,
            std::int64_t version) {
  imports.Add()->set_version(version);
  proto::OperatorSetIdProto& local = *imports.Add();
  local.set_domain("local");
  local.set_version(1);
}

/// x -> the function F -> y, in opset 17.
proto::ModelProto model_with(const proto::FunctionProto& function) {
  proto::ModelProto model;
  model.set_ir_version(9);
  import(*model.mutable_opset_import(), 17);
  model.mutable_graph()->set_name("g");
  model.mutable_graph()->add_input()->set_name("x");
  model.mutable_graph()->add_output()->set_name("y");
  *model.mutable_graph()->add_node() = node("F", {"x"}, {"y"}, "local");
  *model.add_functions() = function;
  return model;
}

proto::FunctionProto function(std::initializer_list<proto::NodeProto> nodes,
                              const std::string& output, std::int64_t version = 17) {
  proto::FunctionProto made;
  made.set_domain("local");
  made.set_name("F");
  made.add_input("a");
  made.add_output(output);
  import(*made.mutable_opset_import(), version);
  for (const proto::NodeProto& inner : nodes) *made.add_node() = inner;
  return made;
}

Model parsed(const proto::ModelProto& model, Functions functions) {
  const std::string bytes = model.SerializeAsString();
  const auto source = memory_source(bytes);
  return parse(*source, "model.onnx", nullptr, "", functions);
}

std::string code_of(const proto::ModelProto& model) {
  try {
    parsed(model, Functions::kInline);
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

TEST(Functions, CallsGiveWayToTheNodesOfTheBodyOnlyWhenAsked) {
  const auto model =
      model_with(function({node("Neg", {"a"}, {"t"}), node("Relu", {"t"}, {"b"})}, "b"));
  const Model kept = parsed(model, Functions::kKeep);
  EXPECT_EQ(kept.functions.size(), 1u);
  EXPECT_EQ(kept.graph.node(kept.graph.nodes().at(0)).op_type, "F");
  const Model inlined = parsed(model, Functions::kInline);
  EXPECT_TRUE(inlined.functions.empty());
  ASSERT_EQ(inlined.graph.nodes().size(), 2u);
  EXPECT_EQ(inlined.graph.node(inlined.graph.nodes().at(1)).op_type, "Relu");
  EXPECT_EQ(inlined.graph.find_value("t"), ValueId::kNone) << "the body's values have own names";
}

TEST(Functions, AnOutputThatIsAnOperandIsCopied) {
  const Model inlined = parsed(model_with(function({}, "a")), Functions::kInline);
  ASSERT_EQ(inlined.graph.nodes().size(), 1u);
  EXPECT_EQ(inlined.graph.node(inlined.graph.nodes().at(0)).op_type, "Identity");
}

TEST(Functions, SubgraphsOfABodyReadItsRenamedValuesAndHideThemByTheirOwn) {
  proto::NodeProto choice = node("If", {"c"}, {"b"});
  for (const char* branch : {"then_branch", "else_branch"}) {
    proto::AttributeProto& attribute = *choice.add_attribute();
    attribute.set_name(branch);
    attribute.set_type(proto::AttributeProto::GRAPH);
    attribute.mutable_g()->set_name(branch);
    *attribute.mutable_g()->add_node() = node("Neg", {"t"}, {"u"});
    *attribute.mutable_g()->add_node() = node("Add", {"u", "a"}, {"r"});
    attribute.mutable_g()->add_output()->set_name("r");
  }
  const auto model = model_with(function(
      {node("Abs", {"a"}, {"t"}), node("Neg", {"t"}, {"u"}), node("Cast", {"u"}, {"c"}), choice},
      "b"));
  const Model inlined = parsed(model, Functions::kInline);
  const Node& last = inlined.graph.node(inlined.graph.nodes().at(3));
  const auto& branch = std::get<std::shared_ptr<const Graph>>(last.attributes.at("then_branch"));
  const std::vector<std::string> outer = outer_references(*branch);
  EXPECT_EQ(std::set<std::string>(outer.begin(), outer.end()), (std::set<std::string>{"F/t", "x"}));
  EXPECT_NE(branch->find_value("u"), ValueId::kNone);
}

TEST(Functions, OnesThatCallThemselvesOrWantAnotherOpsetAreRefused) {
  EXPECT_EQ(code_of(model_with(function({node("F", {"a"}, {"b"}, "local")}, "b"))), "XQ-ONX-027");
  EXPECT_EQ(code_of(model_with(function({node("Neg", {"a"}, {"b"})}, "b", 16))), "XQ-ONX-027");
}

}  // namespace
}  // namespace xquant::onnx

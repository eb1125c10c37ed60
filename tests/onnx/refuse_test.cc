#include <gtest/gtest.h>

#include "onnx/model_file.h"
#include "onnx/sample_model.h"

namespace xquant::onnx {
namespace {

using namespace std::string_literals;
namespace proto = ::onnx;

std::string message_for(const std::string& bytes) {
  try {
    parse_bytes(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Refuse, NamesTheFormatThatAFileLooksLike) {
  const std::string padding(64, '\1');
  const std::pair<std::string, std::string> cases[] = {
      {"PK\x03\x04" + padding, "ZIP archive"},
      {"\x80\x02}q" + padding, "pickle"},
      {"\x1c\0\0\0TFL3"s + padding, "TensorFlow Lite"},
      {"\x50\0\0\0\0\0\0\0{\"a\":"s + padding, "safetensors"},
      {"\x1f\x8b\x08" + padding, "gzip"},
      {"RIFF\x40\0\0\0WEBPVP8 "s + padding, "WebP image"},
      {"\n<!DOCTYPE html><html>", "HTML page"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:1", "git lfs pull"},
      {"{\"model_parameters\": {}}", "JSON"},
      {"ir_version: 8\n", "written as text"},
      {"just words", "plain text"},
  };
  for (const auto& [bytes, expected] : cases) {
    EXPECT_EQ(refusal_of(bytes), "XQ-ONX-002") << expected;
    EXPECT_NE(message_for(bytes).find(expected), std::string::npos) << message_for(bytes);
  }
}

TEST(Refuse, EmptyFiles) { EXPECT_EQ(refusal_of(""), "XQ-ONX-001"); }

TEST(Refuse, BytesOfNoKnownFormat) {
  EXPECT_EQ(refusal_of(std::string(100, '\xff')), "XQ-ONX-003");
  EXPECT_EQ(refusal_of(std::string(100, '\0')), "XQ-ONX-003");
}

TEST(Refuse, SaysThatAFileIsCutOff) {
  const std::string bytes = sample_model().SerializeAsString();
  EXPECT_EQ(refusal_of(bytes.substr(0, bytes.size() / 2)), "XQ-ONX-004");
}

TEST(Refuse, ModelsWithoutAGraph) {
  proto::ModelProto model = sample_model();
  model.clear_graph();
  EXPECT_EQ(refusal_of(model), "XQ-ONX-007");
}

TEST(Refuse, OtherVersionsOfTheFormat) {
  proto::ModelProto model = sample_model();
  for (const int version : {0, 2, 14}) {
    model.set_ir_version(version);
    EXPECT_EQ(refusal_of(model), "XQ-ONX-008") << version;
  }
  for (const int version : {3, 13}) {
    model.set_ir_version(version);
    EXPECT_EQ(refusal_of(model), "") << version;
  }
}

TEST(Refuse, OtherOpsets) {
  proto::ModelProto model = sample_model();
  for (const int version : {-1, 6, 26}) {
    model.mutable_opset_import(0)->set_version(version);
    EXPECT_EQ(refusal_of(model), "XQ-ONX-009") << version;
  }
  for (const int version : {7, 25}) {
    model.mutable_opset_import(0)->set_version(version);
    EXPECT_EQ(refusal_of(model), "") << version;
  }
}

TEST(Refuse, MissingOrContradictoryOpsets) {
  proto::ModelProto model = sample_model();
  model.add_opset_import()->set_version(18);
  EXPECT_EQ(refusal_of(model), "XQ-ONX-025");
  model.mutable_opset_import()->DeleteSubrange(0, 1);
  model.mutable_opset_import()->RemoveLast();
  EXPECT_EQ(refusal_of(model), "XQ-ONX-010");
  model.clear_opset_import();
  EXPECT_EQ(refusal_of(model), "XQ-ONX-010");
}

TEST(Refuse, DuplicateNames) {
  proto::ModelProto model = sample_model();
  *model.mutable_graph()->add_initializer() = model.graph().initializer(0);
  EXPECT_EQ(refusal_of(model), "XQ-ONX-011");
  model = sample_model();
  *model.mutable_graph()->add_input() = model.graph().input(0);
  EXPECT_EQ(refusal_of(model), "XQ-ONX-011");
}

TEST(Refuse, ValuesThatAreDefinedTwice) {
  for (const char* taken : {"s", "x", "w"}) {
    proto::ModelProto model = sample_model();
    model.mutable_graph()->mutable_node(1)->add_output(taken);
    EXPECT_EQ(refusal_of(model), "XQ-ONX-012") << taken;
  }
  proto::ModelProto model = sample_model();
  model.mutable_graph()->mutable_node(1)->add_output("r");
  EXPECT_EQ(refusal_of(model), "XQ-ONX-012") << "twice by the same node";
}

TEST(Refuse, ValuesThatNothingProduces) {
  proto::ModelProto model = sample_model();
  model.mutable_graph()->mutable_node(0)->set_input(0, "nowhere");
  EXPECT_EQ(refusal_of(model), "XQ-ONX-013");
  model = sample_model();
  model.mutable_graph()->add_output()->set_name("nowhere");
  EXPECT_EQ(refusal_of(model), "XQ-ONX-013");
  model = sample_model();
  auto& branch = *model.mutable_graph()->mutable_node(2)->mutable_attribute(0)->mutable_g();
  branch.mutable_node(0)->set_input(0, "nowhere");
  EXPECT_EQ(refusal_of(model), "XQ-ONX-013");
  branch.mutable_node(0)->set_input(0, "else_branch_y");
  EXPECT_EQ(refusal_of(model), "XQ-ONX-013") << "a value of a sibling";
}

/// sample_model() with one more node.
proto::ModelProto with_node(const std::string& op_type, const std::vector<std::string>& inputs,
                            const std::vector<std::string>& outputs) {
  proto::ModelProto model = sample_model();
  proto::NodeProto& node = *model.mutable_graph()->add_node();
  node.set_op_type(op_type);
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  return model;
}

TEST(Refuse, OperatorsWithoutWhatTheyNeed) {
  // What onnx.checker refuses too; found by removing operands of models.
  EXPECT_EQ(refusal_of(with_node("Relu", {}, {"z"})), "XQ-ONX-028");
  EXPECT_EQ(refusal_of(with_node("Relu", {""}, {"z"})), "XQ-ONX-028");
  EXPECT_EQ(refusal_of(with_node("Conv", {"x"}, {"z"})), "XQ-ONX-028");
  EXPECT_EQ(refusal_of(with_node("Add", {"", "x"}, {"z"})), "XQ-ONX-028");
  EXPECT_EQ(refusal_of(with_node("Relu", {"x"}, {})), "XQ-ONX-028");
  EXPECT_EQ(refusal_of(with_node("Relu", {"x"}, {""})), "XQ-ONX-028");
  EXPECT_EQ(refusal_of(with_node("Clip", {"x", "", "w"}, {"z"})), "") << "optional";
  EXPECT_EQ(refusal_of(with_node("LSTM", {"x", "w", "w"}, {"", "z"})), "") << "optional";
}

TEST(Refuse, OperatorsWithoutWhatTheirVersionNeeds) {
  proto::ModelProto model = with_node("Unsqueeze", {"x"}, {"z"});
  for (const int opset : {11, 12, 13, 21}) {
    model.mutable_opset_import(0)->set_version(opset);
    EXPECT_EQ(refusal_of(model), opset < 13 ? "" : "XQ-ONX-028") << opset;
  }
}

TEST(Refuse, TellsNodeAndTensor) {
  proto::ModelProto model = sample_model();
  model.mutable_graph()->mutable_node(0)->set_input(0, "nowhere");
  const std::string message = message_for(model.SerializeAsString());
  EXPECT_NE(message.find("test.onnx, node 'node_s', tensor 'nowhere'"), std::string::npos)
      << message;
}

TEST(Refuse, Cycles) {
  proto::ModelProto model = sample_model();
  model.mutable_graph()->mutable_node(0)->set_input(0, "r");
  EXPECT_EQ(refusal_of(model), "XQ-GRA-004");
  model = sample_model();
  model.mutable_graph()->mutable_node(0)->set_input(0, "y");
  EXPECT_EQ(refusal_of(model), "XQ-GRA-004") << "through a subgraph";
}

TEST(Refuse, NamelessThings) {
  proto::ModelProto model = sample_model();
  model.mutable_graph()->mutable_node(0)->clear_op_type();
  EXPECT_EQ(refusal_of(model), "XQ-ONX-021");
  model = sample_model();
  model.mutable_graph()->mutable_input(0)->clear_name();
  EXPECT_EQ(refusal_of(model), "XQ-ONX-023");
  model = sample_model();
  model.mutable_graph()->mutable_initializer(0)->clear_name();
  EXPECT_EQ(refusal_of(model), "XQ-ONX-023");
}

TEST(Refuse, MalformedAttributes) {
  proto::ModelProto model = sample_model();
  proto::NodeProto& node = *model.mutable_graph()->mutable_node(2);
  node.mutable_attribute(1)->set_name("then_branch");
  EXPECT_EQ(refusal_of(model), "XQ-ONX-020");
  node.mutable_attribute(1)->clear_name();
  EXPECT_EQ(refusal_of(model), "XQ-ONX-020");
  node.mutable_attribute(1)->set_name("else_branch");
  node.mutable_attribute(1)->clear_g();
  EXPECT_EQ(refusal_of(model), "XQ-ONX-020");
}

TEST(Refuse, InitializersThatContradictTheirDeclaration) {
  proto::ModelProto model = identity_of(small_tensor());
  proto::ValueInfoProto& info = *model.mutable_graph()->add_input();
  info.set_name("w");
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(proto::TensorProto::INT8);
  EXPECT_EQ(refusal_of(model), "XQ-ONX-022");
  type.set_elem_type(proto::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_value(3);
  EXPECT_EQ(refusal_of(model), "XQ-ONX-022");
  type.mutable_shape()->mutable_dim(0)->set_dim_param("n");
  EXPECT_EQ(refusal_of(model), "");
}

}  // namespace
}  // namespace xquant::onnx

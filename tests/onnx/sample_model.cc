#include "onnx/sample_model.h"

#include <initializer_list>

#include "onnx/model_file.h"

namespace xquant::onnx {
namespace {

namespace proto = ::onnx;

void set_info(proto::ValueInfoProto& info, const std::string& name) {
  info.set_name(name);
  info.mutable_type()->mutable_tensor_type()->set_elem_type(proto::TensorProto::FLOAT);
  info.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_param("n");
  info.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(2);
}

proto::NodeProto& add_node(proto::GraphProto& graph, const std::string& type,
                           std::initializer_list<const char*> inputs, const std::string& output) {
  proto::NodeProto& node = *graph.add_node();
  node.set_op_type(type);
  node.set_name("node_" + output);
  for (const char* input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

void add_branch(proto::NodeProto& node, const std::string& name, const std::string& type) {
  proto::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(proto::AttributeProto::GRAPH);
  attribute.mutable_g()->set_name(name);
  add_node(*attribute.mutable_g(), type, {"r"}, name + "_y");
  set_info(*attribute.mutable_g()->add_output(), name + "_y");
}

void describe(proto::ModelProto& model) {
  model.set_producer_name("sample");
  model.set_doc_string("doc of the model");
  proto::StringStringEntryProto& entry = *model.add_metadata_props();
  entry.set_key("key");
  entry.set_value("value");
  proto::FunctionProto& function = *model.add_functions();
  function.set_name("Unused");
  function.set_domain("local");
  function.add_input("a");
  function.add_output("b");
  proto::TensorAnnotation& annotation = *model.mutable_graph()->add_quantization_annotation();
  annotation.set_tensor_name("s");
}

void add_weights(proto::GraphProto& graph) {
  *graph.add_initializer() = small_tensor();
  graph.mutable_initializer(0)->set_doc_string("doc of the weights");
  proto::TensorProto& condition = *graph.add_initializer();
  condition.set_name("c");
  condition.set_data_type(proto::TensorProto::BOOL);
  condition.set_raw_data(std::string(1, '\1'));
}

}  // namespace

proto::TensorProto small_tensor() {
  proto::TensorProto tensor;
  tensor.set_name("w");
  tensor.set_data_type(proto::TensorProto::FLOAT);
  tensor.add_dims(2);
  tensor.add_float_data(1.0F);
  tensor.add_float_data(2.0F);
  return tensor;
}

proto::ModelProto sample_model() {
  proto::ModelProto model;
  model.set_ir_version(8);
  proto::OperatorSetIdProto& opset = *model.add_opset_import();
  opset.set_version(17);
  proto::OperatorSetIdProto& local = *model.add_opset_import();
  local.set_domain("local");
  local.set_version(1);
  proto::GraphProto& graph = *model.mutable_graph();
  graph.set_name("main");
  add_weights(graph);
  set_info(*graph.add_input(), "x");
  set_info(*graph.add_output(), "y");
  set_info(*graph.add_value_info(), "s");
  add_node(graph, "Add", {"x", "w"}, "s").set_doc_string("doc of a node");
  add_node(graph, "Relu", {"s"}, "r");
  proto::NodeProto& choice = add_node(graph, "If", {"c"}, "y");
  add_branch(choice, "then_branch", "Neg");
  add_branch(choice, "else_branch", "Abs");
  describe(model);
  return model;
}

proto::ModelProto identity_of(const proto::TensorProto& tensor) {
  proto::ModelProto model;
  model.set_ir_version(10);
  model.add_opset_import()->set_version(21);
  proto::GraphProto& graph = *model.mutable_graph();
  graph.set_name("g");
  *graph.add_initializer() = tensor;
  add_node(graph, "Identity", {"w"}, "y");
  graph.add_output()->set_name("y");
  return model;
}

Model parse_bytes(const std::string& bytes) {
  return parse(*memory_source(bytes), "test.onnx", nullptr, "");
}

Model parse_proto(const proto::ModelProto& proto) { return parse_bytes(proto.SerializeAsString()); }

std::string refusal_of(const std::string& bytes) {
  try {
    parse_bytes(bytes);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kModel ? error.code() : "not a model error: " + error.code();
  }
  return "";
}

std::string refusal_of(const proto::ModelProto& proto) {
  return refusal_of(proto.SerializeAsString());
}

}  // namespace xquant::onnx

#include "onnx/attribute_writer.h"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "onnx/graph_writer.h"
#include "onnx/proto.h"
#include "onnx/tensor_writer.h"

namespace xquant::onnx {
namespace {

using Attribute = pb::AttributeProto;
using Subgraph = std::shared_ptr<const Graph>;

/// Adds value and type to an AttributeProto; rest holds what else the file said of tensors.
class ValueWriter {
 public:
  ValueWriter(Rope& rope, const Attribute& rest) : rope_(rope), rest_(rest) {}

  void operator()(std::int64_t value) {
    rope_.number(Attribute::kIFieldNumber, value);
    type(Attribute::INT);
  }
  void operator()(float value) {
    rope_.fixed32(Attribute::kFFieldNumber, value);
    type(Attribute::FLOAT);
  }
  void operator()(const std::string& value) {
    rope_.bytes(Attribute::kSFieldNumber, value);
    type(Attribute::STRING);
  }
  void operator()(const Tensor& value) {
    rope_.message(Attribute::kTFieldNumber,
                  tensor_message(value, {}, rest_.t().SerializeAsString()));
    type(Attribute::TENSOR);
  }
  void operator()(const Subgraph& value) {
    rope_.message(Attribute::kGFieldNumber, graph_message(*value));
    type(Attribute::GRAPH);
  }
  void operator()(const std::vector<std::int64_t>& values) {
    for (const std::int64_t value : values) rope_.number(Attribute::kIntsFieldNumber, value);
    type(Attribute::INTS);
  }
  void operator()(const std::vector<float>& values) {
    for (const float value : values) rope_.fixed32(Attribute::kFloatsFieldNumber, value);
    type(Attribute::FLOATS);
  }
  void operator()(const std::vector<std::string>& values) {
    for (const std::string& value : values) rope_.bytes(Attribute::kStringsFieldNumber, value);
    type(Attribute::STRINGS);
  }
  void operator()(const std::vector<Tensor>& values) {
    int position = 0;
    for (const Tensor& value : values) {
      std::string rest;
      if (position < rest_.tensors_size()) rest = rest_.tensors(position).SerializeAsString();
      rope_.message(Attribute::kTensorsFieldNumber, tensor_message(value, {}, rest));
      ++position;
    }
    type(Attribute::TENSORS);
  }
  void operator()(const std::vector<Subgraph>& values) {
    for (const Subgraph& value : values) {
      rope_.message(Attribute::kGraphsFieldNumber, graph_message(*value));
    }
    type(Attribute::GRAPHS);
  }

 private:
  void type(Attribute::AttributeType value) { rope_.number(Attribute::kTypeFieldNumber, value); }

  Rope& rope_;
  const Attribute& rest_;
};

Rope attribute_message(const std::string& name, const AttributeValue& value, Attribute rest) {
  Rope rope;
  rope.bytes(Attribute::kNameFieldNumber, name);
  std::visit(ValueWriter(rope, rest), value);
  rest.clear_name();
  rest.clear_t();
  rest.clear_tensors();
  rope.append(rest.SerializeAsString());
  return rope;
}

pb::NodeProto rest_of(const Node& node) {
  pb::NodeProto rest;
  if (!rest.ParseFromString(node.opaque)) {
    throw Error(ErrorKind::kInternal, "XQ-INT-011", "What was kept of a node cannot be read back.",
                {.node = node.name});
  }
  return rest;
}

const Attribute& rest_of(const pb::NodeProto& node, const std::string& attribute) {
  for (const Attribute& rest : node.attribute()) {
    if (rest.name() == attribute) return rest;
  }
  return Attribute::default_instance();
}

}  // namespace

Rope node_message(const Graph& graph, const Node& node) {
  pb::NodeProto rest = rest_of(node);
  const auto name_of = [&](ValueId id) {
    return id == ValueId::kNone ? std::string_view() : std::string_view(graph.value(id).name);
  };
  Rope rope;
  for (const ValueId id : node.inputs) rope.bytes(pb::NodeProto::kInputFieldNumber, name_of(id));
  for (const ValueId id : node.outputs) rope.bytes(pb::NodeProto::kOutputFieldNumber, name_of(id));
  rope.bytes_unless_empty(pb::NodeProto::kNameFieldNumber, node.name);
  rope.bytes(pb::NodeProto::kOpTypeFieldNumber, node.op_type);
  for (const auto& [name, value] : node.attributes) {
    rope.message(pb::NodeProto::kAttributeFieldNumber,
                 attribute_message(name, value, rest_of(rest, name)));
  }
  for (const std::string& attribute : node.opaque_attributes) {
    rope.bytes(pb::NodeProto::kAttributeFieldNumber, attribute);
  }
  rope.bytes_unless_empty(pb::NodeProto::kDocStringFieldNumber, node.doc);
  rope.bytes_unless_empty(pb::NodeProto::kDomainFieldNumber, node.domain);
  rope.bytes_unless_empty(pb::NodeProto::kOverloadFieldNumber, node.overload);
  rest.clear_attribute();
  rope.append(rest.SerializeAsString());
  return rope;
}

}  // namespace xquant::onnx

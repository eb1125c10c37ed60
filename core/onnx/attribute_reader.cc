#include "onnx/attribute_reader.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "onnx/graph_reader.h"
#include "onnx/tensor_reader.h"

namespace xquant::onnx {
namespace {

using Subgraph = std::shared_ptr<const Graph>;

// Files older than IR 2 and some careless writers leave the type out; the field in use tells it.
pb::AttributeProto::AttributeType type_of(const pb::AttributeProto& proto) {
  if (proto.type() != pb::AttributeProto::UNDEFINED) return proto.type();
  if (proto.has_f()) return pb::AttributeProto::FLOAT;
  if (proto.has_i()) return pb::AttributeProto::INT;
  if (proto.has_s()) return pb::AttributeProto::STRING;
  if (proto.has_t()) return pb::AttributeProto::TENSOR;
  if (proto.has_g()) return pb::AttributeProto::GRAPH;
  if (proto.floats_size() > 0) return pb::AttributeProto::FLOATS;
  if (proto.ints_size() > 0) return pb::AttributeProto::INTS;
  if (proto.strings_size() > 0) return pb::AttributeProto::STRINGS;
  if (proto.tensors_size() > 0) return pb::AttributeProto::TENSORS;
  if (proto.graphs_size() > 0) return pb::AttributeProto::GRAPHS;
  return pb::AttributeProto::UNDEFINED;
}

void require(bool present, const std::string& attribute, const Place& place) {
  if (present) return;
  fail("020", "The attribute '" + attribute + "' has no value of the type that it declares.", place,
       "The file is damaged; export it again.");
}

Subgraph take_subgraph(pb::GraphProto& proto, const Context& context) {
  return std::make_shared<const Graph>(take_graph(proto, context));
}

template <typename Element, typename Field>
std::vector<Element> take_list(Field& field) {
  std::vector<Element> values;
  values.reserve(static_cast<std::size_t>(field.size()));
  for (auto& element : field) values.push_back(std::move(element));
  Field().Swap(&field);
  return values;
}

std::vector<Tensor> take_tensors(pb::AttributeProto& proto, const Place& place) {
  std::vector<Tensor> tensors;
  bool rest = false;
  for (pb::TensorProto& tensor : *proto.mutable_tensors()) {
    tensors.push_back(take_tensor(tensor, place));
    rest = rest || tensor.ByteSizeLong() > 0;
  }
  if (!rest) proto.clear_tensors();
  return tensors;
}

std::vector<Subgraph> take_subgraphs(pb::AttributeProto& proto, const Context& context) {
  std::vector<Subgraph> graphs;
  for (pb::GraphProto& graph : *proto.mutable_graphs()) {
    graphs.push_back(take_subgraph(graph, context));
  }
  proto.clear_graphs();
  return graphs;
}

// The value, cleared from proto; nothing when AttributeValue has no such kind.
std::optional<AttributeValue> take_value(pb::AttributeProto& proto, const Context& context,
                                         const Place& place) {
  std::optional<AttributeValue> value;
  switch (type_of(proto)) {
    case pb::AttributeProto::FLOAT:
      value = proto.f();
      proto.clear_f();
      break;
    case pb::AttributeProto::INT:
      value = std::int64_t{proto.i()};
      proto.clear_i();
      break;
    case pb::AttributeProto::STRING:
      value = std::move(*proto.mutable_s());
      proto.clear_s();
      break;
    case pb::AttributeProto::TENSOR:
      require(proto.has_t(), proto.name(), place);
      value = take_tensor(*proto.mutable_t(), place);
      if (proto.t().ByteSizeLong() == 0) proto.clear_t();
      break;
    case pb::AttributeProto::GRAPH:
      require(proto.has_g(), proto.name(), place);
      value = take_subgraph(*proto.mutable_g(), context);
      proto.clear_g();
      break;
    case pb::AttributeProto::FLOATS:
      value = take_list<float>(*proto.mutable_floats());
      break;
    case pb::AttributeProto::INTS:
      value = take_list<std::int64_t>(*proto.mutable_ints());
      break;
    case pb::AttributeProto::STRINGS:
      value = take_list<std::string>(*proto.mutable_strings());
      break;
    case pb::AttributeProto::TENSORS:
      value = take_tensors(proto, place);
      break;
    case pb::AttributeProto::GRAPHS:
      value = take_subgraphs(proto, context);
      break;
    default:
      break;
  }
  return value;
}

}  // namespace

void take_attributes(pb::NodeProto& proto, Node& node, const Context& context, const Place& place) {
  google::protobuf::RepeatedPtrField<pb::AttributeProto> rests;
  std::set<std::string> names;
  for (pb::AttributeProto& attribute : *proto.mutable_attribute()) {
    const std::string name = attribute.name();
    if (name.empty()) {
      fail("020", "A node has an attribute without a name.", place, "Export the model again.");
    }
    if (!names.insert(name).second) {
      fail("020", "A node has the attribute '" + name + "' twice.", place,
           "Export the model again.");
    }
    std::optional<AttributeValue> value;
    if (attribute.ref_attr_name().empty()) value = take_value(attribute, context, place);
    if (!value) {
      node.opaque_attributes.push_back(attribute.SerializeAsString());
      continue;
    }
    node.attributes.emplace(name, std::move(*value));
    attribute.clear_type();
    attribute.clear_name();
    if (attribute.ByteSizeLong() == 0) continue;
    attribute.set_name(name);
    *rests.Add() = std::move(attribute);
  }
  proto.mutable_attribute()->Swap(&rests);
}

}  // namespace xquant::onnx

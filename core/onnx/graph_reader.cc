#include "onnx/graph_reader.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/cancellation.h"
#include "onnx/attribute_reader.h"
#include "onnx/tensor_reader.h"
#include "onnx/value_roles.h"

namespace xquant::onnx {
namespace {

class GraphReader {
 public:
  GraphReader(pb::GraphProto& proto, const Context& context)
      : proto_(proto), context_(context), roles_(graph_, context) {}

  Graph run() {
    graph_.name = std::move(*proto_.mutable_name());
    graph_.doc = std::move(*proto_.mutable_doc_string());
    read_initializers();
    read_inputs();
    read_outputs();
    read_value_infos();
    read_nodes();
    roles_.store();
    clear_modelled_fields();
    graph_.opaque = proto_.SerializeAsString();
    return std::move(graph_);
  }

 private:
  void read_initializers() {
    for (pb::TensorProto& tensor : *proto_.mutable_initializer()) {
      cancellation_point();
      std::string name = std::move(*tensor.mutable_name());
      require_name(name, "An initializer");
      require_new(name);
      tensor.clear_name();
      const Place place = context_.at_tensor(name);
      const ValueId id = graph_.add_constant(std::move(name), take_tensor(tensor, place));
      roles_.add_initializer(id, std::move(tensor));
    }
  }

  void read_inputs() {
    for (pb::ValueInfoProto& info : *proto_.mutable_input()) {
      require_name(info.name(), "A graph input");
      const ValueId id = value_named(info.name());
      if (graph_.is_input(id)) fail_duplicate(info.name());
      graph_.inputs.push_back(id);
      roles_.add(id, Role::kInput, std::move(info));
    }
  }

  void read_outputs() {
    for (pb::ValueInfoProto& info : *proto_.mutable_output()) {
      require_name(info.name(), "A graph output");
      const ValueId id = value_named(info.name());
      graph_.outputs.push_back(id);
      roles_.add(id, Role::kOutput, std::move(info));
    }
  }

  void read_value_infos() {
    for (pb::ValueInfoProto& info : *proto_.mutable_value_info()) {
      require_name(info.name(), "An entry of value_info");
      const ValueId id = value_named(info.name());
      roles_.add(id, Role::kValueInfo, std::move(info));
    }
  }

  void read_nodes() {
    int position = 0;
    for (pb::NodeProto& node : *proto_.mutable_node()) read_node(node, position++);
  }

  void read_node(pb::NodeProto& proto, int position) {
    Node node{.name = std::move(*proto.mutable_name()),
              .op_type = std::move(*proto.mutable_op_type())};
    const Place place = context_.at_node(
        !node.name.empty() ? node.name : node.op_type + " #" + std::to_string(position));
    if (node.op_type.empty()) {
      fail("021", "A node does not say which operator it is.", place, "Export the model again.");
    }
    node.domain = canonical_domain(std::move(*proto.mutable_domain()));
    node.overload = std::move(*proto.mutable_overload());
    node.doc = std::move(*proto.mutable_doc_string());
    for (const std::string& name : proto.input()) node.inputs.push_back(operand(name));
    for (const std::string& name : proto.output())
      node.outputs.push_back(result(name, node, place));
    take_attributes(proto, node, context_, place);
    add_outer_values(node);

    proto.clear_name();
    proto.clear_op_type();
    proto.clear_domain();
    proto.clear_overload();
    proto.clear_doc_string();
    proto.clear_input();
    proto.clear_output();
    node.opaque = proto.SerializeAsString();
    graph_.add_node(std::move(node));
  }

  ValueId operand(const std::string& name) {
    return name.empty() ? ValueId::kNone : value_named(name);
  }

  ValueId result(const std::string& name, const Node& node, Place place) {
    if (name.empty()) return ValueId::kNone;
    const ValueId id = value_named(name);
    const Value& value = graph_.value(id);
    const auto& earlier = node.outputs;
    const bool twice = value.producer != NodeId::kNone || value.constant || graph_.is_input(id) ||
                       std::find(earlier.begin(), earlier.end(), id) != earlier.end();
    if (twice) {
      place.tensor = name;
      fail("012", "A node writes the value '" + name + "', which is defined already.", place,
           "Every value of a graph is defined once; give one of them another name.");
    }
    return id;
  }

  // A value that a subgraph takes from outside must exist here too, so that its use is known.
  void add_outer_values(const Node& node) {
    const auto add = [this](const Graph& subgraph) {
      for (const std::string& name : outer_references(subgraph)) value_named(name);
    };
    for (const auto& [name, value] : node.attributes) {
      if (const auto* one = std::get_if<std::shared_ptr<const Graph>>(&value)) add(**one);
      const auto* many = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&value);
      if (many == nullptr) continue;
      for (const auto& subgraph : *many) add(*subgraph);
    }
  }

  ValueId value_named(const std::string& name) {
    const ValueId id = graph_.find_value(name);
    return id != ValueId::kNone ? id : graph_.add_value(name);
  }

  void require_name(const std::string& name, const std::string& what) const {
    if (name.empty())
      fail("023", what + " has no name.", context_.place(), "Export the model again.");
  }

  void require_new(const std::string& name) const {
    if (graph_.find_value(name) != ValueId::kNone) fail_duplicate(name);
  }

  [[noreturn]] void fail_duplicate(const std::string& name) const {
    fail("011", "Two inputs or two initializers have the name '" + name + "'.",
         context_.at_tensor(name), "Every value of a graph needs a name of its own.");
  }

  void clear_modelled_fields() {
    proto_.clear_name();
    proto_.clear_doc_string();
    proto_.clear_initializer();
    proto_.clear_input();
    proto_.clear_output();
    proto_.clear_value_info();
    proto_.clear_node();
  }

  pb::GraphProto& proto_;
  const Context& context_;
  Graph graph_;
  RoleReader roles_;
};

}  // namespace

Graph take_graph(pb::GraphProto& proto, const Context& context) {
  return GraphReader(proto, context).run();
}

}  // namespace xquant::onnx

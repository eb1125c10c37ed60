#include "onnx/graph_writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/cancellation.h"
#include "onnx/attribute_writer.h"
#include "onnx/proto.h"
#include "onnx/tensor_writer.h"
#include "onnx/value_roles.h"

namespace xquant::onnx {
namespace {

using GraphFields = pb::GraphProto;

class GraphWriter {
 public:
  explicit GraphWriter(const Graph& graph)
      : graph_(graph), seen_(graph.value_count(), false), is_boundary_(graph.value_count(), false) {
    for (const ValueId id : graph.inputs) is_boundary_[index(id)] = true;
    for (const ValueId id : graph.outputs) is_boundary_[index(id)] = true;
  }

  Rope run() {
    for (const NodeId id : graph_.topological_order()) {
      rope_.message(GraphFields::kNodeFieldNumber, node_message(graph_, graph_.node(id)));
    }
    rope_.bytes_unless_empty(GraphFields::kNameFieldNumber, graph_.name);
    write_initializers();
    rope_.bytes_unless_empty(GraphFields::kDocStringFieldNumber, graph_.doc);
    for (const ValueId id : graph_.inputs)
      write(Role::kInput, GraphFields::kInputFieldNumber, id, 0);
    write_outputs();
    write_value_infos();
    rope_.append(graph_.opaque);
    return std::move(rope_);
  }

 private:
  void write_initializers() {
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
      const Value& value = graph_.value(static_cast<ValueId>(i));
      if (!value.constant) continue;
      cancellation_point();
      Rope tensor = tensor_message(*value.constant, value.name, StoredRoles(value).initializer());
      tensor.bytes_unless_empty(pb::TensorProto::kDocStringFieldNumber, value.doc);
      rope_.message(GraphFields::kInitializerFieldNumber, std::move(tensor));
      seen_[i] = true;
    }
  }

  // A value may be listed more than once.
  void write_outputs() {
    std::vector<int> occurrences(graph_.value_count(), 0);
    for (const ValueId id : graph_.outputs) {
      write(Role::kOutput, GraphFields::kOutputFieldNumber, id, occurrences[index(id)]++);
    }
  }

  void write_value_infos() {
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
      const auto id = static_cast<ValueId>(i);
      const StoredRoles stored(graph_.value(id));
      const int count =
          stored.empty() ? (is_worth_declaring(id) ? 1 : 0) : stored.value_info_count();
      for (int k = 0; k < count; ++k) {
        write(Role::kValueInfo, GraphFields::kValueInfoFieldNumber, id, k);
      }
    }
  }

  bool is_worth_declaring(ValueId id) const {
    const Value& value = graph_.value(id);
    if (value.constant || is_boundary_[index(id)]) return false;
    if (value.producer == NodeId::kNone && graph_.uses(id).empty())
      return false;  // left by an edit
    const ValueType& type = value.type;
    return type.element != DataType::kUndefined || type.shape || !type.opaque.empty() ||
           !value.doc.empty();
  }

  void write(Role role, int field, ValueId id, int occurrence) {
    const bool is_first = !seen_[index(id)];
    seen_[index(id)] = true;
    rope_.bytes(field, StoredRoles(graph_.value(id)).entry(role, occurrence, is_first));
  }

  const Graph& graph_;
  Rope rope_;
  std::vector<bool> seen_;         // spoken of already: Value::doc is written once
  std::vector<bool> is_boundary_;  // graph input or output
};

}  // namespace

Rope graph_message(const Graph& graph) { return GraphWriter(graph).run(); }

}  // namespace xquant::onnx

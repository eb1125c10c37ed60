#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "onnx/arity.h"
#include "onnx/context.h"
#include "onnx/model_file.h"
#include "onnx/proto.h"

namespace xquant::onnx {
namespace {

/// The values that a graph defines, and those of the graphs around it.
class Scope {
 public:
  Scope(const Graph& graph, const Scope* outer) : graph_(graph), outer_(outer) {
    pb::GraphProto rest;
    if (graph.opaque.empty() || !rest.ParseFromString(graph.opaque)) return;
    for (const pb::SparseTensorProto& tensor : rest.sparse_initializer()) {
      sparse_.insert(tensor.values().name());
    }
  }

  bool defines(ValueId id) const {
    const Value& value = graph_.value(id);
    if (value.producer != NodeId::kNone || value.constant || graph_.is_input(id)) return true;
    return sparse_.contains(value.name) || (outer_ != nullptr && outer_->defines(value.name));
  }

 private:
  bool defines(const std::string& name) const {
    const ValueId id = graph_.find_value(name);
    if (id != ValueId::kNone) return defines(id);
    return sparse_.contains(name) || (outer_ != nullptr && outer_->defines(name));
  }

  const Graph& graph_;
  const Scope* outer_;
  std::set<std::string> sparse_;
};

class Checker {
 public:
  Checker(const Model& model, const std::string& display_name) : context_{.file = display_name} {
    const auto ai_onnx = model.opset_imports.find("");
    if (ai_onnx != model.opset_imports.end()) opset_ = ai_onnx->second;
  }

  void visit(const Graph& graph, const Scope* outer) const {
    const Scope scope(graph, outer);
    for (const NodeId id : graph.nodes()) visit(graph, graph.node(id), scope);
    for (const ValueId id : graph.outputs) {
      if (scope.defines(id)) continue;
      fail("013", "Nothing produces the graph output '" + graph.value(id).name + "'.",
           context_.at_tensor(graph.value(id).name), "Export the model again.");
    }
    check_order(graph);
  }

 private:
  void visit(const Graph& graph, const Node& node, const Scope& scope) const {
    Place place = context_.at_node(node.name.empty() ? node.op_type : node.name);
    if (node.domain.empty() && opset_ == kNotImported) {
      fail("010",
           "The model uses the operator " + node.op_type +
               " but does not say from which opset of ai.onnx.",
           place, "Export the model again with a current tool.");
    }
    for (const ValueId id : node.inputs) {
      if (id == ValueId::kNone || scope.defines(id)) continue;
      place.tensor = graph.value(id).name;
      fail("013", "A node reads the value '" + place.tensor + "', which nothing produces.", place,
           "The model is incomplete; export it again.");
    }
    if (node.output(0) != ValueId::kNone) place.tensor = graph.value(node.output(0)).name;
    check_arity(node, place);
    for (const auto& [name, value] : node.attributes) {
      if (const auto* one = std::get_if<std::shared_ptr<const Graph>>(&value)) visit(**one, &scope);
      const auto* many = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&value);
      if (many == nullptr) continue;
      for (const auto& subgraph : *many) visit(*subgraph, &scope);
    }
  }

  void check_arity(const Node& node, const Place& place) const {
    const std::size_t required = required_inputs(node, opset_);
    for (std::size_t i = 0; i < required; ++i) {
      if (node.input(i) != ValueId::kNone) continue;
      fail("028",
           "The operator " + node.op_type + " needs " + std::to_string(required) +
               (required == 1 ? " input" : " inputs") + "; number " + std::to_string(i + 1) +
               " is missing.",
           place, "The model is incomplete; export it again.");
    }
    if (node.output(0) != ValueId::kNone || may_lack_first_output(node)) return;
    fail("028", "The operator " + node.op_type + " has no output.", place,
         "The model is incomplete; export it again.");
  }

  void check_order(const Graph& graph) const {
    try {
      graph.topological_order();
    } catch (const Error& error) {
      Place place = error.place();
      place.file = context_.file;
      throw Error(error.kind(), error.code(), error.message(), std::move(place), error.fix());
    }
  }

  static constexpr std::int64_t kNotImported = -1;

  Context context_;
  std::int64_t opset_ = kNotImported;
};

}  // namespace

void check(const Model& model, const std::string& display_name) {
  Checker(model, display_name).visit(model.graph, nullptr);
}

}  // namespace xquant::onnx

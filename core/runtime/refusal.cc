#include "runtime/refusal.h"

#include <algorithm>
#include <map>
#include <string>

#include "runtime/control_flow/control_flow.h"
#include "runtime/program_impl.h"
#include "runtime/registry.h"

namespace xquant::runtime {
namespace {

bool is_random(const Node& node) {
  return node.domain.empty() && (node.op_type.starts_with("Random") ||
                                 node.op_type == "Multinomial" || node.op_type == "Bernoulli");
}

/// Whether the node looks at the shape of its operand and at nothing else.
bool reads_shape_only(const Node& node) {
  return node.is("Shape") || node.is("Size") || node.is("EyeLike") || node.is("RandomNormalLike") ||
         node.is("RandomUniformLike");
}

class Findings {
 public:
  explicit Findings(const OpsetImports& imports) : imports_(imports) {}

  void look_at(const Graph& graph, std::span<const NodeId> order,
               std::span<const ValueId> results) {
    look_at(graph, order, results, order);
  }
  /// running: all nodes that run, those that are looked at among them.
  void look_at(const Graph& graph, std::span<const NodeId> order, std::span<const ValueId> results,
               std::span<const NodeId> running) {
    for (const NodeId id : order) {
      const Node& node = graph.node(id);
      if (find_control_flow(node.domain, node.op_type) != nullptr) {
        for (const Graph* inner : subgraphs_of(node))
          look_at(*inner, needed_nodes(*inner, inner->outputs), inner->outputs);
      } else if (factory_of(node, imports_) == nullptr) {
        note(missing_, node);
      } else if (is_random(node) && is_read(graph, running, results, node.output(0))) {
        note(random_, node);
      }
    }
  }

  bool any() const { return !missing_.empty() || !random_.empty(); }

  void refuse_them() const {
    if (!missing_.empty()) {
      throw Error(
          ErrorKind::kModel, "XQ-RT-001",
          "The model uses operators that cannot be run:" + list(missing_), Place{.node = first_},
          "Export the model without them, or cut it off before them with truncate_var_names.");
    }
    if (random_.empty()) return;
    throw Error(
        ErrorKind::kModel, "XQ-RT-006",
        "The model computes with random numbers, so that no two runs would agree:" + list(random_),
        Place{.node = first_},
        "Export the model for inference, or cut it off before them with "
        "truncate_var_names.");
  }

 private:
  using Nodes = std::map<std::string, std::string>;

  void note(Nodes& kind, const Node& node) {
    const std::string domain = node.domain.empty() ? "ai.onnx" : node.domain;
    std::string& nodes = kind[node.op_type + " (domain " + domain + ", opset " +
                              std::to_string(version_of(imports_, node.domain)) + ")"];
    nodes += (nodes.empty() ? "'" : ", '") + node.name + "'";
    if (first_.empty()) first_ = node.name;
  }

  static bool is_read(const Graph& graph, std::span<const NodeId> order,
                      std::span<const ValueId> results, ValueId value) {
    if (std::ranges::find(results, value) != results.end()) return true;
    return std::ranges::any_of(graph.uses(value), [&](const Use& use) {
      const bool runs = std::ranges::find(order, use.node) != order.end();
      return runs && !reads_shape_only(graph.node(use.node));
    });
  }

  static std::string list(const Nodes& kind) {
    std::string text;
    for (const auto& [name, nodes] : kind)
      text.append("\n  ").append(name).append(" in ").append(nodes);
    return text;
  }

  const OpsetImports& imports_;
  Nodes missing_, random_;
  std::string first_;
};

}  // namespace

void refuse_what_cannot_run(const Graph& graph, std::span<const NodeId> order,
                            std::span<const ValueId> results, const OpsetImports& imports) {
  Findings findings(imports);
  findings.look_at(graph, order, results);
  findings.refuse_them();
}

std::vector<NodeId> nodes_that_cannot_run(const Graph& graph, std::span<const NodeId> order,
                                          std::span<const ValueId> results,
                                          const OpsetImports& imports, const OwnOperators& own) {
  std::vector<bool> lost(graph.value_count(), false);
  std::vector<NodeId> nodes;
  const auto is_lost = [&](ValueId id) { return id != ValueId::kNone && lost[index(id)]; };
  for (const NodeId id : order) {
    const Node& node = graph.node(id);
    Findings findings(imports);
    const bool is_own =
        own && own(node.domain, node.op_type, version_of(imports, node.domain)) != nullptr;
    if (!is_own) findings.look_at(graph, {&id, 1}, results, order);
    const bool runs = !findings.any() && std::ranges::none_of(node.inputs, is_lost) &&
                      std::ranges::none_of(captured_values(graph, node), is_lost);
    if (runs) continue;
    nodes.push_back(id);
    for (const ValueId output : node.outputs) {
      if (output != ValueId::kNone) lost[index(output)] = true;
    }
  }
  return nodes;
}

}  // namespace xquant::runtime

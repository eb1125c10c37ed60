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

class Obstacles {
 public:
  explicit Obstacles(const OpsetImports& imports) : imports_(imports) {}

  void look_at(const Graph& graph, std::span<const NodeId> order,
               std::span<const ValueId> results) {
    for (const NodeId id : order) {
      const Node& node = graph.node(id);
      if (find_control_flow(node.domain, node.op_type) != nullptr) {
        for (const Graph* inner : subgraphs_of(node))
          look_at(*inner, needed_nodes(*inner, inner->outputs), inner->outputs);
      } else if (factory_of(node, imports_) == nullptr) {
        note(missing_, node);
      } else if (is_random(node) && is_read(graph, order, results, node.output(0))) {
        note(random_, node);
      }
    }
  }

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
    for (const auto& [name, nodes] : kind) text += "\n  " + name + " in " + nodes;
    return text;
  }

  const OpsetImports& imports_;
  Nodes missing_, random_;
  std::string first_;
};

}  // namespace

void refuse_what_cannot_run(const Graph& graph, std::span<const NodeId> order,
                            std::span<const ValueId> results, const OpsetImports& imports) {
  Obstacles obstacles(imports);
  obstacles.look_at(graph, order, results);
  obstacles.refuse_them();
}

}  // namespace xquant::runtime

#include <algorithm>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

bool is_repeatable(const Node& node) {
  if (!node.domain.empty() || node.outputs.size() != 1 || !node.opaque_attributes.empty()) {
    return false;
  }
  if (node.op_type.starts_with("Random") || node.is("Multinomial") || node.is("Bernoulli") ||
      node.is("Dropout")) {
    return false;
  }
  // Tensors and subgraphs as attributes are not compared.
  return std::all_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
    return std::holds_alternative<std::int64_t>(attribute.second) ||
           std::holds_alternative<float>(attribute.second) ||
           std::holds_alternative<std::string>(attribute.second) ||
           std::holds_alternative<std::vector<std::int64_t>>(attribute.second) ||
           std::holds_alternative<std::vector<float>>(attribute.second);
  });
}

bool same_attributes(const Attributes& a, const Attributes& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const auto& left, const auto& right) {
        if (left.first != right.first || left.second.index() != right.second.index()) return false;
        return std::visit(
            [&](const auto& value) {
              using Type = std::decay_t<decltype(value)>;
              if constexpr (std::is_same_v<Type, std::int64_t> || std::is_same_v<Type, float> ||
                            std::is_same_v<Type, std::string> ||
                            std::is_same_v<Type, std::vector<std::int64_t>> ||
                            std::is_same_v<Type, std::vector<float>>) {
                return value == std::get<Type>(right.second);
              } else {
                return false;
              }
            },
            left.second);
      });
}

/// Of nodes that compute the same from the same operands one stays. Normalizations in which an
/// exporter wrote x - mean twice become recognisable by this.
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  std::map<std::pair<std::string, std::vector<ValueId>>, std::vector<NodeId>> seen;
  for (const NodeId id : graph.topological_order()) {
    const Node& node = graph.node(id);
    if (!is_repeatable(node)) continue;
    auto& twins = seen[{node.op_type, node.inputs}];
    const auto twin = std::find_if(twins.begin(), twins.end(), [&](NodeId other) {
      return same_attributes(graph.node(other).attributes, node.attributes);
    });
    const ValueId result = node.output(0);
    if (twin == twins.end()) {
      twins.push_back(id);
    } else if (result != ValueId::kNone && graph.node(*twin).output(0) != ValueId::kNone &&
               !graph.is_output(result) && !graph.is_read_by_subgraph(result)) {
      graph.replace_uses(result, graph.node(*twin).output(0));
      graph.remove_node(id);
      ++times;
    }
  }
  return times;
}

}  // namespace

const Rewrite kCommonSubexpression = {"common subexpressions", apply};

}  // namespace xquant::simplify

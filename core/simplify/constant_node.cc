#include <optional>
#include <utility>

#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

bool is_plain(const Node& node) { return node.opaque_attributes.empty(); }

std::size_t apply(Graph& graph, const runtime::OpsetImports& opsets) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (!node.is("Constant") || !is_plain(node) || !runtime::is_supported(node, opsets)) continue;
    const ValueId output = node.output(0);
    if (output == ValueId::kNone || graph.is_output(output)) continue;
    // A tensor attribute is taken over without running anything, so that the bytes stay shared.
    const AttributeValue* attribute = node.find("value");
    const Tensor* tensor = attribute != nullptr ? std::get_if<Tensor>(attribute) : nullptr;
    std::optional<Tensor> value;
    try {
      value = tensor != nullptr ? *tensor : runtime::evaluate(node, opsets, {}).at(0);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kCancelled) throw;
      continue;  // a kind of constant that cannot be run: the node stays, nothing is lost
    }
    graph.remove_node(id);
    graph.value(output).constant = std::move(value);
    ++times;
  }
  return times;
}

}  // namespace

const Rewrite kConstantNode = {"constant nodes", apply};

}  // namespace xquant::simplify

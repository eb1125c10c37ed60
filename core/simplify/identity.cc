#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

/// Dropout passes its input through unless training_mode (opset 12+) is a constant true or not
/// known.
bool passes_through(const Graph& graph, const Node& node) {
  if (node.is("Identity")) return true;
  if (!node.is("Dropout")) return false;
  const ValueId mask = node.output(1);
  if (mask != ValueId::kNone && (!graph.uses(mask).empty() || graph.is_output(mask))) return false;
  const ValueId training = node.input(2);
  if (training == ValueId::kNone) return true;
  const Tensor* mode = graph.constant(training);
  return mode != nullptr && !graph.is_input(training) && mode->size() == 1 &&
         mode->type() == DataType::kBool && !mode->data<bool>()[0];
}

std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (!passes_through(graph, node)) continue;
    const ValueId input = node.input(0);
    const ValueId output = node.output(0);
    if (input == ValueId::kNone || output == ValueId::kNone) continue;
    // The names of graph outputs and of what subgraphs read are part of the model.
    if (graph.is_output(output) || graph.is_read_by_subgraph(output)) continue;
    graph.replace_uses(output, input);
    graph.remove_node(id);
    ++times;
  }
  return times;
}

}  // namespace

const Rewrite kIdentity = {"identities", apply};

}  // namespace xquant::simplify

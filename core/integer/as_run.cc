#include "integer/as_run.h"

#include "integer/headroom.h"

namespace xquant::integer {

std::vector<Decision> as_run(std::vector<Decision> decisions,
                             const std::map<std::string, std::string>& why_float) {
  for (Decision& decision : decisions) {
    for (const auto& [node, why] : why_float) {
      const bool names_it = decision.node == node;
      if (names_it) decision.reason = why;
      if (names_it || decision.reason == part_of(node)) decision.execution = Execution::kFloat;
    }
  }
  return decisions;
}

DeepSums::DeepSums(const Lowered& lowered) {
  const Graph& graph = lowered.graph;
  for (const Island& island : lowered.islands) {
    const Node& node = graph.node(graph.value(graph.find_value(island.output)).producer);
    if (const auto product = product_of_data(graph, node))
      products_.insert({node.input(0), {island.node, product->deepest}});
  }
}

void DeepSums::see(ValueId id, const runtime::TensorView& view) {
  const auto [first, last] = products_.equal_range(id);
  for (auto found = first; found != last; ++found) {
    const auto depth = static_cast<std::size_t>(view.shape.back());
    const Product& product = found->second;
    if (depth > product.deepest) why_float_[product.node] = too_deep(depth, product.deepest);
  }
}

}  // namespace xquant::integer

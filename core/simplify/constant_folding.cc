#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancellation.h"
#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

/// Folding may blow a model up (Expand, Tile, ConstantOfShape): beyond this size a result must not
/// be larger than the constants that it is made of.
constexpr std::size_t kAlwaysFoldBytes = 64 * 1024;

/// Larger results are not kept for the nodes behind them either.
constexpr std::size_t kMostKeptBytes = std::size_t{64} << 20;

constexpr std::array<std::string_view, 3> kNeverFolded = {"QuantizeLinear", "DequantizeLinear",
                                                          "DynamicQuantizeLinear"};

bool is_random(const Node& node) {
  return node.op_type.starts_with("Random") || node.op_type == "Multinomial" ||
         node.op_type == "Bernoulli";
}

bool has_subgraph(const Node& node) {
  return std::any_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
    return std::holds_alternative<std::shared_ptr<const Graph>>(attribute.second) ||
           std::holds_alternative<std::vector<std::shared_ptr<const Graph>>>(attribute.second);
  });
}

bool is_foldable(const Graph& graph, const Node& node, const runtime::OpsetImports& opsets) {
  if (!node.domain.empty() || is_random(node) || has_subgraph(node)) return false;
  if (std::find(kNeverFolded.begin(), kNeverFolded.end(), node.op_type) != kNeverFolded.end()) {
    return false;
  }
  if (node.inputs.empty() || !runtime::is_supported(node, opsets)) return false;
  const auto is_output = [&](ValueId id) { return id != ValueId::kNone && graph.is_output(id); };
  return std::none_of(node.outputs.begin(), node.outputs.end(), is_output);
}

std::size_t total_bytes(const std::vector<Tensor>& tensors) {
  std::size_t bytes = 0;
  for (const Tensor& tensor : tensors) bytes += tensor.bytes().size();
  return bytes;
}

/// One pass over a graph in topological order. What is too large to become a constant is kept while
/// the pass lasts: what later nodes make of it may be small again, as where a network of constants
/// computes the bias of relative positions.
class Folding {
 public:
  Folding(Graph& graph, const runtime::OpsetImports& opsets) : graph_(graph), opsets_(opsets) {}

  std::size_t run() {
    std::size_t times = 0;
    for (const NodeId id : graph_.topological_order()) {
      cancellation_point();
      if (is_foldable(graph_, graph_.node(id), opsets_) && fold(id)) ++times;
    }
    return times;
  }

 private:
  struct Kept {
    Tensor value;
    std::size_t made_of;  ///< bytes of the constants behind it
  };

  /// nullptr: not known before the model runs. An initializer that is also a graph input is only a
  /// default: the caller may feed something else.
  const Tensor* known(ValueId id) const {
    const auto kept = kept_.find(id);
    if (kept != kept_.end()) return &kept->second.value;
    return graph_.is_input(id) ? nullptr : graph_.constant(id);
  }

  bool fold(NodeId id) {
    const Node& node = graph_.node(id);
    std::vector<const Tensor*> operands;
    std::size_t made_of = 0;
    for (const ValueId input : node.inputs) {
      operands.push_back(input == ValueId::kNone ? nullptr : known(input));
      if (input == ValueId::kNone) continue;
      if (operands.back() == nullptr) return false;
      const auto kept = kept_.find(input);
      made_of += kept == kept_.end() ? operands.back()->bytes().size() : kept->second.made_of;
    }
    std::vector<Tensor> results;
    try {
      results = runtime::evaluate(node, opsets_, operands);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kCancelled) throw;
      return false;  // an element type or attribute that cannot be run: the node stays, nothing is
                     // lost
    }
    const std::size_t bytes = total_bytes(results);
    const std::vector<ValueId> outputs = node.outputs;
    const bool small = bytes <= kAlwaysFoldBytes || bytes <= made_of;
    if (!small && bytes > kMostKeptBytes) return false;
    if (small) graph_.remove_node(id);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == ValueId::kNone) continue;
      if (small) {
        graph_.value(outputs[i]).constant = std::move(results[i]);
      } else {
        kept_.emplace(outputs[i], Kept{std::move(results[i]), made_of});
      }
    }
    return small;
  }

  Graph& graph_;
  const runtime::OpsetImports& opsets_;
  std::map<ValueId, Kept> kept_;
};

std::size_t apply(Graph& graph, const runtime::OpsetImports& opsets) {
  return Folding(graph, opsets).run();
}

}  // namespace

const Rewrite kConstantFolding = {"constant folding", apply};

}  // namespace xquant::simplify

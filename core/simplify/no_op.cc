#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "simplify/ranks.h"
#include "simplify/rewrite.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

/// Ranks of values, once somebody asks.
class LazyRanks {
 public:
  explicit LazyRanks(const Graph& graph) : graph_(graph) {}

  bool is_at_least(ValueId value, std::size_t rank) {
    if (rank == 0) return true;
    if (!ranks_) ranks_ = infer_ranks(graph_);
    const auto found = ranks_->find(value);
    return found != ranks_->end() && found->second >= rank;
  }

 private:
  const Graph& graph_;
  std::optional<std::map<ValueId, std::size_t>> ranks_;
};

/// x + 0, x - 0, x * 1, x / 1 with one number whose rank is not above that of x, which changes no
/// shape. The position of x, or 2.
std::size_t operand_of_neutral(const Graph& graph, const Node& node, LazyRanks& ranks) {
  const bool sum = node.is("Add") || node.is("Sub");
  if (!sum && !node.is("Mul") && !node.is("Div")) return 2;
  const double neutral = sum ? 0.0 : 1.0;
  const bool commutes = node.is("Add") || node.is("Mul");
  for (const std::size_t side : {std::size_t{1}, std::size_t{0}}) {
    if (side == 0 && !commutes) continue;
    const ValueId x = node.input(1 - side);
    if (x == ValueId::kNone || scalar(graph, node.input(side)) != neutral) continue;
    if (ranks.is_at_least(x, graph.constant(node.input(side))->shape().size())) return 1 - side;
  }
  return 2;
}

bool is_identity_permutation(const Node& node) {
  const auto permutation = node.ints_or("perm", {});
  if (permutation.empty()) return false;
  std::vector<std::int64_t> identity(permutation.size());
  std::iota(identity.begin(), identity.end(), 0);
  return permutation == identity;
}

bool is_cast_to_own_type(const Graph& graph, const Node& node) {
  const DataType type = graph.value(node.input(0)).type.element;
  return node.is("Cast") && type != DataType::kUndefined &&
         node.int_or("to", 0) == static_cast<std::int64_t>(type);
}

/// Whether the Slice takes everything: from 0 on to what exporters write for the end, in steps
/// of 1.
bool takes_everything(const Graph& graph, const Node& node) {
  if (!node.is("Slice") || node.input(1) == ValueId::kNone) return false;
  const auto all = [&](std::size_t position, auto wanted) {
    const Tensor* tensor = graph.constant(node.input(position));
    if (tensor == nullptr || graph.is_input(node.input(position))) return false;
    if (tensor->type() == DataType::kInt64) {
      const auto values = tensor->data<std::int64_t>();
      return std::all_of(values.begin(), values.end(), wanted);
    }
    if (tensor->type() != DataType::kInt32) return false;
    const auto values = tensor->data<std::int32_t>();
    return std::all_of(values.begin(), values.end(), wanted);
  };
  // tf2onnx writes 10^9, others the largest integer; a float tensor of that length has 4 GB.
  constexpr std::int64_t kEnd = 1'000'000'000;
  const bool single_steps =
      node.input(4) == ValueId::kNone || all(4, [](std::int64_t step) { return step == 1; });
  return single_steps && all(1, [](std::int64_t start) { return start == 0; }) &&
         all(2, [](std::int64_t end) { return end >= kEnd; });
}

/// The value that the node hands on unchanged, or kNone.
ValueId passed_on(const Graph& graph, const Node& node, LazyRanks& ranks) {
  if (node.input(0) == ValueId::kNone) return ValueId::kNone;
  if (node.is("Concat") && node.inputs.size() == 1) return node.input(0);
  if (node.is("Transpose") && is_identity_permutation(node)) return node.input(0);
  if (takes_everything(graph, node)) return node.input(0);
  if (is_cast_to_own_type(graph, node)) return node.input(0);
  const std::size_t position = operand_of_neutral(graph, node, ranks);
  return position < 2 ? node.input(position) : ValueId::kNone;
}

/// Nodes that hand on an operand as it is disappear.
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  LazyRanks ranks(graph);  // nodes that disappear change none of them
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    const ValueId source = passed_on(graph, node, ranks);
    const ValueId result = node.output(0);
    if (source == ValueId::kNone || result == ValueId::kNone || graph.is_output(result) ||
        graph.is_read_by_subgraph(result)) {
      continue;
    }
    graph.replace_uses(result, source);
    graph.remove_node(id);
    ++times;
  }
  return times;
}

}  // namespace

const Rewrite kNoOp = {"operators without effect", apply};

}  // namespace xquant::simplify

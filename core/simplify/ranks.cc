#include "simplify/ranks.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

using Rank = std::optional<std::size_t>;
using Ranks = std::map<ValueId, std::size_t>;

constexpr std::array<std::string_view, 38> kLikeFirst = {"Relu",
                                                         "LeakyRelu",
                                                         "PRelu",
                                                         "Sigmoid",
                                                         "HardSigmoid",
                                                         "HardSwish",
                                                         "Gelu",
                                                         "Tanh",
                                                         "Erf",
                                                         "Exp",
                                                         "Log",
                                                         "Sqrt",
                                                         "Abs",
                                                         "Neg",
                                                         "Reciprocal",
                                                         "Softmax",
                                                         "LogSoftmax",
                                                         "Clip",
                                                         "Cast",
                                                         "Identity",
                                                         "Dropout",
                                                         "Transpose",
                                                         "Slice",
                                                         "Concat",
                                                         "Pad",
                                                         "Conv",
                                                         "MaxPool",
                                                         "AveragePool",
                                                         "BatchNormalization",
                                                         "Split",
                                                         "Resize",
                                                         "Tile",
                                                         "GlobalAveragePool",
                                                         "LayerNormalization",
                                                         "InstanceNormalization",
                                                         "RMSNormalization",
                                                         "Softplus",
                                                         "Not"};
constexpr std::array<std::string_view, 10> kBroadcast = {"Add",    "Sub",   "Mul", "Div", "Pow",
                                                         "MatMul", "Where", "Max", "Min", "Expand"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, const std::string& type) {
  return std::find(list.begin(), list.end(), type) != list.end();
}

Rank known(const Ranks& ranks, ValueId value) {
  const auto found = ranks.find(value);
  return found == ranks.end() ? Rank{} : Rank{found->second};
}

/// Elements of a constant list of integers.
Rank length(const Graph& graph, ValueId value) {
  const Tensor* tensor = graph.constant(value);
  if (tensor == nullptr || tensor->shape().size() > 1) return std::nullopt;
  return static_cast<std::size_t>(tensor->size());
}

Rank list_length(const Graph& graph, const Node& node, std::string_view attribute) {
  if (node.has(attribute)) return node.ints_or(attribute, {}).size();
  return node.input(1) == ValueId::kNone ? std::nullopt : length(graph, node.input(1));
}

Rank largest(const Ranks& ranks, const Node& node) {
  std::size_t most = 0;
  for (const ValueId input : node.inputs) {
    const Rank rank = known(ranks, input);
    if (!rank) return std::nullopt;
    most = std::max(most, *rank);
  }
  return most;
}

Rank moved(Rank rank, Rank by, int sign) {
  if (!rank || !by) return std::nullopt;
  if (sign > 0) return *rank + *by;
  return *rank >= *by ? Rank{*rank - *by} : std::nullopt;
}

Rank rank_of_result(const Graph& graph, const Ranks& ranks, const Node& node) {
  const Rank first = known(ranks, node.input(0));
  if (contains(kLikeFirst, node.op_type)) return first;
  // Expand broadcasts with the shape in its second operand.
  if (node.is("Expand")) {
    const Rank target = length(graph, node.input(1));
    return first && target ? Rank{std::max(*first, *target)} : std::nullopt;
  }
  if (contains(kBroadcast, node.op_type)) return largest(ranks, node);
  if (node.is("Gemm") || node.is("Flatten")) return 2;
  if (node.is("Reshape")) {
    if (const Rank target = length(graph, node.input(1))) return target;
    ValueId target = node.input(1);
    if (const Node* cast = writer(graph, target, "Cast")) target = cast->input(0);
    const Node* shape = writer(graph, target, "Concat");
    // Concat of single dimensions, the usual way to write a dynamic shape down.
    if (shape != nullptr) {
      std::size_t total = 0;
      for (const ValueId part : shape->inputs) {
        const Rank count = length(graph, part);
        total += count.value_or(1);
      }
      return total;
    }
    return std::nullopt;
  }
  if (node.is("Gather")) {
    const Rank both = moved(first, known(ranks, node.input(1)), 1);
    return both && *both > 0 ? Rank{*both - 1} : std::nullopt;
  }
  if (node.is("Unsqueeze")) return moved(first, list_length(graph, node, "axes"), 1);
  if (node.is("Squeeze")) return moved(first, list_length(graph, node, "axes"), -1);
  if (node.op_type.starts_with("Reduce")) {
    if (node.int_or("keepdims", 1) != 0) return first;
    return moved(first, list_length(graph, node, "axes"), -1);
  }
  return std::nullopt;
}

}  // namespace

std::map<ValueId, std::size_t> infer_ranks(const Graph& graph) {
  Ranks ranks;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (const Tensor* constant = graph.constant(id)) {
      ranks[id] = constant->shape().size();
    } else if (const auto& shape = graph.value(id).type.shape) {
      ranks[id] = shape->size();
    }
  }
  for (const NodeId id : graph.topological_order()) {
    const Node& node = graph.node(id);
    if (!node.domain.empty()) continue;
    const Rank rank = rank_of_result(graph, ranks, node);
    if (!rank) continue;
    for (const ValueId output : node.outputs) {
      if (output != ValueId::kNone) ranks.try_emplace(output, *rank);
    }
  }
  return ranks;
}

bool keeps_rank(const Graph& graph, ValueId x, std::size_t number_rank) {
  if (number_rank <= 1) return true;
  const Ranks ranks = infer_ranks(graph);
  const auto found = ranks.find(x);
  return found != ranks.end() && found->second >= number_rank;
}

}  // namespace xquant::simplify

#include "quantize/ranges/scores.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "quantize/calibrate/useful_limits.h"
#include "quantize/params.h"

namespace xquant::quantize {
namespace {

/// All operands of Concat, of the others the first.
constexpr std::array<std::string_view, 9> kMovement = {"Reshape", "Transpose", "Flatten",
                                                       "Squeeze", "Unsqueeze", "Identity",
                                                       "Slice",   "Split",     "Concat"};
constexpr std::array<std::string_view, 4> kScores = {"Sigmoid", "Softmax", "LogSoftmax",
                                                     "HardSigmoid"};

template <std::size_t N>
bool is_any(const Node& node, const std::array<std::string_view, N>& types) {
  return node.domain.empty() && std::ranges::find(types, node.op_type) != types.end();
}

}  // namespace

std::set<ValueId> find_scores(const Graph& graph) {
  struct Step {
    ValueId value;
    bool is_score;
    auto operator<=>(const Step&) const = default;
  };
  std::set<Step> seen;
  std::vector<Step> open;
  for (const ValueId output : graph.outputs) open.push_back({output, false});
  std::set<ValueId> scores;
  while (!open.empty()) {
    const Step here = open.back();
    open.pop_back();
    if (here.value == ValueId::kNone || !seen.insert(here).second) continue;
    if (here.is_score) scores.insert(here.value);
    const NodeId producer = graph.value(here.value).producer;
    if (producer == NodeId::kNone) continue;
    const Node& node = graph.node(producer);
    if (is_any(node, kScores)) {
      scores.insert(here.value);
      open.push_back({node.input(0), true});
    } else if (is_any(node, kMovement)) {
      const std::size_t operands = node.is("Concat") ? node.inputs.size() : 1;
      for (std::size_t i = 0; i < operands; ++i) open.push_back({node.input(i), here.is_score});
    }
  }
  return scores;
}

void keep_largest_scores(const Graph& graph, const plan::QuantPlan& plan,
                         const ActivationStats& stats, const std::set<ValueId>& scores,
                         plan::Group& group) {
  const auto is_score = [&](ValueId member) { return scores.contains(member); };
  if (!group.params.known() || group.known || std::ranges::none_of(group.members, is_score)) {
    return;
  }
  double largest = static_cast<double>(stats.at(group.root).max());
  if (group.members.size() == 1) {
    largest = std::min(largest, useful_limits(graph, plan, group.root, largest).high);
  }
  const Range range = range_of(group.params);
  if (largest > range.high) {
    group.params = activation_params({range.low, largest}, group.activation);
  }
}

}  // namespace xquant::quantize

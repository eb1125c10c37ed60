#include "quantize/calibrate/concat_steps.h"

#include <optional>

namespace xquant::quantize {
namespace {

/// From steps half as large the first rounding adds a fourth of the second one's noise, 1 dB.
constexpr float kFarFiner = 2;

/// The group of the Concat's result that alone reads the group; nullopt where anything else does.
std::optional<std::size_t> only_concat(const Graph& graph, const plan::QuantPlan& plan,
                                       std::size_t g) {
  std::optional<std::size_t> found;
  for (const ValueId member : plan.groups[g].members) {
    if (graph.is_output(member)) return std::nullopt;
    for (const Use& use : graph.uses(member)) {
      const Node& reader = graph.node(use.node);
      if (use.position == Graph::kSubgraphUse || !plan.node(use.node).quantized) {
        return std::nullopt;
      }
      const auto result = plan.group_of.find(reader.output(0));
      if (result == plan.group_of.end()) return std::nullopt;
      const std::size_t to = index(result->second);
      if (to == g && plan.node(use.node).pass_through) continue;
      if (to == g || !reader.is("Concat") || found.value_or(to) != to) return std::nullopt;
      found = to;
    }
  }
  return found;
}

}  // namespace

void share_concat_steps(const Graph& graph, const plan::QuantPlan& plan,
                        std::vector<plan::Group>& groups) {
  // Groups stand in topological order of their roots, so that a result's steps are known first.
  for (std::size_t g = groups.size(); g-- > 0;) {
    plan::Group& group = groups[g];
    if (!group.params.known() || group.known) continue;
    const auto result = only_concat(graph, plan, g);
    if (!result || !groups[*result].params.known()) continue;
    if (plan.groups[g].rule != plan.groups[*result].rule) continue;
    const plan::QuantParams& shared = groups[*result].params;
    if (shared.scales[0] <= kFarFiner * group.params.scales[0]) group.params = shared;
  }
}

}  // namespace xquant::quantize

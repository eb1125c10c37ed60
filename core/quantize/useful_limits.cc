#include "quantize/useful_limits.h"

#include <algorithm>

namespace xquant::quantize {

plan::Limits useful_limits(const Graph& graph, const plan::QuantPlan& plan, ValueId tensor) {
  constexpr double kSigmoid = 8;
  if (graph.is_output(tensor) || graph.uses(tensor).empty()) return {};
  plan::Limits limits{0, 0};
  for (const Use& use : graph.uses(tensor)) {
    const Node& reader = graph.node(use.node);
    if (!plan.node(use.node).quantized) return {};
    if (reader.is("Sigmoid")) {
      limits = {std::min(limits.low, -kSigmoid), std::max(limits.high, kSigmoid)};
    } else if (reader.is("HardSigmoid") && reader.float_or("alpha", 0.2F) > 0) {
      const auto alpha = static_cast<double>(reader.float_or("alpha", 0.2F));
      const auto beta = static_cast<double>(reader.float_or("beta", 0.5F));
      limits = {std::min(limits.low, -beta / alpha), std::max(limits.high, (1 - beta) / alpha)};
    } else {
      return {};
    }
  }
  return limits;
}

}  // namespace xquant::quantize

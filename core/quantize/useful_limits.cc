#include "quantize/useful_limits.h"

#include <algorithm>
#include <limits>

#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

constexpr Range kUnlimited{-std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::infinity()};

/// Sigmoid of -8 is 3.4e-4, a twelfth of a step of 1/255. Far below zero it is exp: where the steps
/// of the result are k times as fine, the bound lies ln k further out.
Range sigmoid_limits(float step_of_result) {
  constexpr double kOfWholeRange = 8;
  const double share = std::min(static_cast<double>(step_of_result) * 255, 1.0);
  double log_share = 0;
  runtime::math::log(&share, &log_share, 1);
  return {-kOfWholeRange + log_share, kOfWholeRange - log_share};
}

}  // namespace

Range useful_limits(const Graph& graph, const plan::QuantPlan& plan, ValueId tensor) {
  if (graph.is_output(tensor) || graph.uses(tensor).empty()) return kUnlimited;
  Range limits{0, 0};
  const auto widen = [&](const Range& by) {
    limits = {std::min(limits.low, by.low), std::max(limits.high, by.high)};
  };
  for (const Use& use : graph.uses(tensor)) {
    const Node& reader = graph.node(use.node);
    if (!plan.node(use.node).quantized) return kUnlimited;
    if (reader.is("Sigmoid")) {
      const plan::Group* result = plan.find_group(reader.output(0));
      if (result == nullptr || !result->params.known()) return kUnlimited;
      widen(sigmoid_limits(result->params.scales[0]));
    } else if (reader.is("HardSigmoid") && reader.float_or("alpha", 0.2F) > 0) {
      const auto alpha = static_cast<double>(reader.float_or("alpha", 0.2F));
      const auto beta = static_cast<double>(reader.float_or("beta", 0.5F));
      widen({-beta / alpha, (1 - beta) / alpha});
    } else {
      return kUnlimited;
    }
  }
  return limits;
}

}  // namespace xquant::quantize

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/diagnostics.h"
#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"

namespace xquant::quantize {

/// The calibration data as messages name it.
struct SampleNames {
  std::int64_t count = 0;
  /// The file of a sample; "" when there is none.
  std::function<std::string(std::int64_t)> file;
};

/// Names in the diagnostics what is odd about the tensors whose range decides:
/// - non-finite elements, where they arise and in which sample (XQ-CAL-001);
/// - tensors that are zero in every sample (XQ-CAL-002);
/// - samples that alone make the range of tensors more than twice as wide (XQ-CAL-004).
void report_oddities(const Graph& graph, const ActivationStats& stats, const plan::QuantPlan& plan,
                     const SampleNames& samples, Diagnostics& diagnostics);

}  // namespace xquant::quantize

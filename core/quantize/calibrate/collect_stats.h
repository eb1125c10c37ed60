#pragma once

#include <map>
#include <memory>
#include <span>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/float_run.h"
#include "quantize/calibrate/samples.h"
#include "quantize/observers/tensor_stats.h"
#include "quantize/policy/trace.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// Statistics of float activations.
using ActivationStats = std::map<ValueId, TensorStats>;

/// Empty statistics of what the plan needs: the roots of its groups as their calibration rules ask,
/// and the range of the other float tensors that quantized nodes read or write.
ActivationStats needed_stats(const Graph& graph, const plan::QuantPlan& plan, const Trace& trace);

/// Empty statistics, with histograms, of every float activation: what any plan may need.
ActivationStats all_stats(const Graph& graph, const Trace& trace);

/// Runs the float model over all samples once and fills the statistics. The result does not depend
/// on the number of threads or on which thread ran which sample. Others look at the same runs.
ActivationStats collect_stats(const std::shared_ptr<const runtime::Program>& program,
                              const ActivationStats& empty, Samples& samples,
                              std::span<FloatRecorder* const> others = {});

}  // namespace xquant::quantize

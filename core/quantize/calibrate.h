#pragma once

#include <map>
#include <memory>

#include "base/diagnostics.h"
#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/observers/method.h"
#include "quantize/observers/tensor_stats.h"
#include "quantize/samples.h"
#include "quantize/trace.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// Statistics of the float activations around quantized nodes.
using ActivationStats = std::map<ValueId, TensorStats>;

/// Runs the float model over all samples once. The roots of the plan's groups get what the method
/// needs, the other float tensors that quantized nodes read or write get their range. The result
/// does not depend on the number of threads or on which thread ran which sample.
ActivationStats collect_stats(const Graph& graph,
                              const std::shared_ptr<const runtime::Program>& program,
                              const plan::QuantPlan& plan, const Trace& trace, const Method& method,
                              Samples& samples);

/// Fills in the parameters of every group by the method. Tensors with non-finite elements, and
/// tensors that are zero in every sample, are named in the diagnostics.
void choose_activation_params(const Graph& graph, const ActivationStats& stats,
                              const Method& method, const MethodSettings& settings,
                              plan::QuantPlan& plan, Diagnostics& diagnostics);

/// Fills in the parameters of every constant operand. Channels of zeros are counted in the
/// diagnostics.
void choose_constant_params(const Graph& graph, plan::QuantPlan& plan, Diagnostics& diagnostics);

}  // namespace xquant::quantize

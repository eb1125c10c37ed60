#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/policy/trace.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// What belongs to a changed graph.
struct Replanned {
  std::shared_ptr<const runtime::Program> program;
  Trace trace;
  plan::QuantPlan plan;
};
using Replan = std::function<Replanned(const Graph&)>;

/// Range smoothing (Xiao et al. 2022, SmoothQuant): the channels of a tensor that MatMuls with
/// constant weights read are divided by a factor each, and the rows of the weights are multiplied
/// by it: the same function with more equal channels. Factors are a^e / w^(1-e) of the largest
/// activation a and weight w of a channel; a few e are tried, ranges come from one half of some
/// samples, and the one that leaves the smallest error of the products is kept when both halves
/// gain.
///
/// What divides (Divisor): the scale and bias of a LayerNormalization or RMSNormalization that only
/// these products read; those of a copy of it when others read the result too, as the residual sums
/// of BERT do; a Mul behind any operator that stays float, which then stays float as well.
///
/// In the end the outputs of half of the samples are compared, run in integers: when operators were
/// added, their noise has to fall by a fifth.
///
/// Returns the changed graph, or nullopt when nothing gained. Ids and names stay; nodes and values
/// are added at the end.
std::optional<Graph> smooth(const Subject& subject, const plan::QuantPlan& plan,
                            const Replan& replan, std::vector<StageRecord>& records);

}  // namespace xquant::quantize

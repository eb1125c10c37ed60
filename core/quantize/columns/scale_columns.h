#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

struct ScaledColumns {
  Graph graph;
  std::map<NodeId, std::string> stays_float;  ///< the operators added, with the reason
};

/// Gives the columns of a weight that has one scale for the whole tensor ranges alike, where its
/// product hands on floats: they are divided by a factor each, and a Mul in float behind the
/// product multiplies by it. The integers are those of scales for each column.
///
/// A weight has to lose half of its rounding noise, and the outputs, with weights rounded and
/// activations as they are, a fifth of theirs on both halves of 8 to 32 samples. nullopt when they
/// do not. Ids and names stay; nodes and values are added at the end. The plan need not be
/// calibrated.
std::optional<ScaledColumns> scale_columns(const Subject& subject, const plan::QuantPlan& plan,
                                           std::vector<StageRecord>& records);

}  // namespace xquant::quantize

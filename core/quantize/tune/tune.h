#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"
#include "quantize/reconstruct/reconstruct.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// A model that finetune_level 2 or 3 prefers to the one it started from.
struct Tuned {
  Graph graph;  ///< the same function, channels scaled; ids and names stay
  plan::QuantPlan plan;
  ActivationStats stats;  ///< of the scaled graph
};

/// What finetune_level 2 and 3 do beyond reconstruction: channels are scaled so that rounding
/// costs the outputs least by their derivatives, then calibrated and reconstructed again. Level 3
/// tries more strengths, and reconstruction with learned rounding, also where no channel can be
/// scaled.
///
/// Two halves of some samples say which strengths are worth trying: ranges and derivatives of one
/// half, the loss of the other, both ways, so that channels that need room for what they have not
/// shown yet keep it. Of what is tried and the model that level 1 leaves the smallest loss of the
/// quantized outputs on the half that reconstruction does not learn from wins, by a clear gain.
/// Level 3 tries all that level 2 does, so on these samples no level is worse than the one before.
///
/// The work of everything beyond level 1 is bounded, in multiplications: what a model is too large
/// for is left out and named (XQ-TUN-005). What level 2 leaves out level 3 does too.
///
/// stats and calibrated: before reconstruction; finished: level 1's result. Returns nullopt where
/// level 1 does best. records: what was tried is added, those of reconstruction are replaced when
/// its result is.
std::optional<Tuned> tune(const Subject& subject, int level, const ActivationStats& stats,
                          const plan::QuantPlan& calibrated, const Reconstruction& finished,
                          std::vector<StageRecord>& records, Diagnostics& diagnostics);

}  // namespace xquant::quantize

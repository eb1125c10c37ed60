#pragma once

#include <map>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

struct PixelModel {
  Graph graph;
  std::map<ValueId, plan::Range> ranges;  ///< of the tensors of pixels
};

/// Pictures have 256 values, as many as int8. But where the channels of an input have means and
/// deviations of their own, one scale for all of them rounds every pixel a second time: with the
/// usual ones of ImageNet they need 278 steps of a pixel. In front of the first convolutions the
/// elements become pixels again, in float; then rounding to int8 changes nothing (`pixel_front`).
///
/// Three operators more are for models of which the rounded input has a share of the noise: alone,
/// with nothing else rounded, it has to leave a tenth of what all rounded activations leave, in the
/// mean of decibels over the samples that gave no ranges. (The difference of both, what is left
/// without it, is the smaller one and moves with the samples far more.) Inputs whose range the
/// configuration chooses by another calibration type than `default` are left alone.
///
/// Returns the changed graph, or nullopt. Ids and names stay; nodes and values are added at the
/// end.
std::optional<PixelModel> exact_pixels(const Subject& subject, const plan::QuantPlan& plan,
                                       std::vector<StageRecord>& records);

}  // namespace xquant::quantize

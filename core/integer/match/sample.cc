#include "integer/match/sample.h"

namespace xquant::integer {

bool is_sample(const Node& node) {
  return node.is("GridSample") || node.is("RoiAlign") || node.is("RotaryEmbedding");
}

SamplePlan plan_sample(const Node& node) {
  SamplePlan plan;
  if (node.is("RoiAlign") && node.string_or("mode", "avg") != "avg")
    plan.why_not = "the largest of weighted elements has no int8 kernel";
  else if (node.is("RoiAlign") && node.int_or("sampling_ratio", 0) < 1)
    plan.why_not = "how many samples it takes depends on its regions";
  else
    plan.more.assign(node.inputs.begin() + 1, node.inputs.end());
  return plan;
}

}  // namespace xquant::integer

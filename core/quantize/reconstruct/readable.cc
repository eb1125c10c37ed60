#include "quantize/reconstruct/readable.h"

namespace xquant::quantize {

double Readable::weight(double y, double margin) const {
  if (of(y + margin) <= low || of(y - margin) >= high) return 0;
  return y + margin > 0 ? 1 : slope * slope;
}

Readable readable(const Graph& graph, const plan::QuantPlan& plan, ValueId result) {
  Readable readable;
  ValueId last = result;
  for (auto next = plan.inner.find(last); next != plan.inner.end(); next = plan.inner.find(last)) {
    const std::vector<Use>& uses = graph.uses(last);
    if (uses.size() != 1) return {};
    const Node& node = graph.node(uses[0].node);
    const bool known = node.is("Relu") || node.is("Clip") || node.is("LeakyRelu");
    if (!known || node.output(0) != next->second) return {};
    if (node.is("LeakyRelu")) readable.slope = static_cast<double>(node.float_or("alpha", 0.01F));
    if (node.is("Relu")) readable.low = 0;
    last = next->second;
  }
  const plan::Group* group = plan.find_group(last);
  if (group == nullptr || !group->params.known()) return readable;
  const auto scale = static_cast<double>(group->params.scales[0]);
  const double zero = group->params.zero_points[0];
  readable.low = scale * (-128 - zero);
  readable.high = scale * (127 - zero);
  return readable;
}

}  // namespace xquant::quantize

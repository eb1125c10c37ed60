#include "quantize/work.h"

#include <algorithm>

namespace xquant::quantize {

double elements(const Trace& trace, ValueId value) {
  const auto found = trace.find(value);
  return found == trace.end() ? 0 : static_cast<double>(element_count(found->second.shape));
}

namespace {

/// Products for each element of the result.
double depth(const Trace& trace, const Node& node) {
  const auto second = trace.find(node.input(1));
  if (second == trace.end() || second->second.shape.empty()) return 0;
  const Shape& shape = second->second.shape;
  const double size = elements(trace, node.input(1));
  if (node.is("Conv")) return size / static_cast<double>(std::max<std::int64_t>(shape[0], 1));
  if (node.is("ConvTranspose")) return size / static_cast<double>(shape.size() < 2 ? 1 : shape[1]);
  const auto x = trace.find(node.input(0));
  if (x == trace.end() || x->second.shape.empty()) return 0;
  return static_cast<double>(x->second.shape.back());
}

}  // namespace

double multiplications(const Subject& subject) {
  double work = 0;
  for (const NodeId id : subject.graph.nodes()) {
    const Node& node = subject.graph.node(id);
    const bool computes =
        node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") || node.is("MatMul");
    if (computes) work += elements(subject.trace, node.output(0)) * depth(subject.trace, node);
  }
  return work;
}

std::int64_t affordable_samples(const Subject& subject, double work, std::int64_t fewest,
                                std::int64_t most) {
  const double one = std::max(multiplications(subject), 1.0);
  const double affordable = std::min(work / one, static_cast<double>(most));
  return std::min(subject.samples.count(), std::max(static_cast<std::int64_t>(affordable), fewest));
}

}  // namespace xquant::quantize

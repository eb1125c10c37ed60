#pragma once

#include <functional>
#include <string>

#include "emit/emit.h"
#include "quantize/calibrate/calibrate.h"
#include "quantize/params.h"
#include "quantize/planned.h"

namespace xquant::emit {

/// What the emitter makes of a graph when every activation was seen between low and high.
struct Written {
  Emitted emitted;

  explicit Written(SmallGraph& g, const std::string& target = "spacemit", double low = -1,
                   double high = 1, const quantize::Exclusions& exclusions = {},
                   const std::function<void(plan::QuantPlan&)>& change = {}) {
    quantize::Planned planned(g, exclusions, target);
    for (plan::Group& group : planned.plan.groups) {
      group.params = quantize::asymmetric_params({low, high});
    }
    Diagnostics diagnostics;
    quantize::choose_constant_params(g.graph, planned.plan, diagnostics);
    if (change) change(planned.plan);
    emitted = emit_qdq(g.graph, planned.plan, plan::target(target));
  }

  const Graph& graph() const { return emitted.graph; }
  const Value* value(const std::string& name) const {
    const ValueId id = graph().find_value(name);
    return id == ValueId::kNone ? nullptr : &graph().value(id);
  }
  const Node& writer(const std::string& name) const { return graph().node(value(name)->producer); }
  /// The name of a node's operand.
  const std::string& operand(const std::string& result, std::size_t position) const {
    return graph().value(writer(result).input(position)).name;
  }
  std::size_t count(const std::string& type) const {
    std::size_t found = 0;
    for (const NodeId id : graph().nodes()) found += graph().node(id).op_type == type ? 1 : 0;
    return found;
  }
  /// Whether the value is what a pair of Q and DQ nodes makes of `source`.
  bool is_pair_of(const std::string& result, const std::string& source) const {
    return writer(result).op_type == "DequantizeLinear" &&
           writer(operand(result, 0)).op_type == "QuantizeLinear" &&
           operand(operand(result, 0), 0) == source;
  }
};

}  // namespace xquant::emit

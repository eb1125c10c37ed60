#pragma once

#include <string>

#include "graph/small_graph.h"
#include "plan/target.h"
#include "quantize/policy/policy.h"
#include "quantize/policy/trace.h"

namespace xquant::quantize {

inline const runtime::OpsetImports kOpsets{{"", 14}};

/// A graph with the plan that the policy makes for it.
struct Planned {
  SmallGraph& g;
  plan::QuantPlan plan;

  explicit Planned(SmallGraph& graph, const Exclusions& exclusions = {},
                   const std::string& target = "spacemit", const Settings& settings = {})
      : g(graph) {
    std::vector<Tensor> inputs;
    for (const ValueId id : g.graph.inputs) {
      Shape shape;
      for (const Dim& dim : *g.graph.value(id).type.shape) {
        shape.push_back(std::get<std::int64_t>(dim));
      }
      const auto count = static_cast<std::size_t>(element_count(shape));
      inputs.push_back(Tensor::of<float>(shape, std::vector<float>(count, 0.5F)));
    }
    const auto program = runtime::Program::compile(g.graph, kOpsets);
    plan = make_plan(g.graph, trace(g.graph, program, inputs), plan::target(target), exclusions,
                     settings);
  }

  bool is_quantized(const std::string& value) const { return node(value).quantized; }
  const std::string& reason(const std::string& value) const { return node(value).reason; }
  bool has_scale(const std::string& value) const { return plan.group_of.contains(g[value]); }
  bool share(const std::string& a, const std::string& b) const {
    return plan.group_of.at(g[a]) == plan.group_of.at(g[b]);
  }
  bool is_inner(const std::string& value) const { return plan.inner.contains(g[value]); }
  /// What becomes of the constant; nullptr: it stays float.
  const plan::ConstantOperand* constant(const std::string& value) const {
    for (const auto& operand : plan.constants) {
      if (operand.value == g[value]) return &operand;
    }
    return nullptr;
  }

 private:
  const plan::NodePlan& node(const std::string& value) const {
    return plan.node(g.graph.value(g[value]).producer);
  }
};

/// A Conv of [1, 2, 4, 4] with two channels in and out.
inline ValueId conv(SmallGraph& g, ValueId x, const std::string& name) {
  return g.op("Conv", {x, g.constant(name + "_w", {2, 2, 1, 1}, {1, 2, 3, 4})}, name);
}

inline ValueId picture(SmallGraph& g, const std::string& name = "x") {
  return g.input(name, {1, 2, 4, 4});
}

}  // namespace xquant::quantize

#include <numeric>

#include "integer/edit.h"
#include "integer/excerpt.h"
#include "integer/fused.h"
#include "integer/match/match.h"
#include "integer/match/region.h"
#include "runtime/executor.h"

namespace xquant::integer {
namespace {

/// All values of an 8-bit type in the order of their bytes: entry b is the value of byte b.
Tensor every_value(DataType type) {
  std::string bytes(256, '\0');
  std::iota(bytes.begin(), bytes.end(), static_cast<char>(0));
  return Tensor(type, {256}, std::move(bytes));
}

Tensor compute_table(const Graph& graph, const Region& region, NodeId quantize,
                     const runtime::OpsetImports& opsets) {
  const ValueId result = graph.node(quantize).output(0);
  Graph function = excerpt(graph, std::span(&region.source, 1), std::span(&result, 1));
  function.value(function.inputs[0]).type = {.element = region.linear.type};
  runtime::Executor executor(runtime::Program::compile(function, opsets));
  const Tensor input = every_value(region.linear.type);
  return executor.run(std::span(&input, 1))[0];
}

}  // namespace

Match fuse_table(Graph& graph, NodeId quantize, const runtime::OpsetImports& opsets) {
  const auto to = read_linear(graph, graph.node(quantize));
  if (!to || !to->per_tensor() || !to->is_eight_bit()) return {};
  const std::optional<Region> region = find_region(graph, graph.node(quantize).input(0));
  if (!region) return {};
  const Tensor table = compute_table(graph, *region, quantize, opsets);
  const ValueId written = graph.node(quantize).output(0);
  const NodeId op = region->nodes.empty() ? quantize : region->nodes.back();
  const std::string name = graph.node(op).name;
  Match match{.island = Island{.node = name,
                               .op_type = graph.node(op).op_type,
                               .inputs = {graph.value(region->source).name},
                               .output = graph.value(written).name},
              .execution = Execution::kInt8,
              .reason = "a table of 256 entries"};
  for (const NodeId id : region->nodes) {
    if (id != op) match.covered.push_back(graph.node(id).name);
  }
  graph.remove_node(quantize);
  const ParamIds from = add_params(graph, graph.value(region->source).name, region->linear);
  const ParamIds into = add_params(graph, graph.value(written).name, *to);
  const ValueId entries = graph.add_constant(graph.fresh_value_name(name + "_table"), table);
  graph.add_node({.name = graph.fresh_node_name(name + "_table"),
                  .op_type = "Table",
                  .domain = std::string(kDomain),
                  .inputs = {region->source, from.scale, from.zero_point, entries, ValueId::kNone,
                             ValueId::kNone, into.scale, into.zero_point},
                  .outputs = {written}});
  return match;
}

}  // namespace xquant::integer

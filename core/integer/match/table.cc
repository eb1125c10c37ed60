#include <numeric>

#include "integer/edit.h"
#include "integer/excerpt.h"
#include "integer/fused.h"
#include "integer/match/match.h"
#include "integer/match/region.h"
#include "runtime/executor.h"

namespace xquant::integer {
namespace {

/// All values of an 8-bit type in the order of their bytes, entry b is the value of byte b, each as
/// often as there are channels.
Tensor every_value(DataType type, const Channels& channels) {
  Shape shape{256};
  if (channels.count > 1 && !channels.second)
    shape.insert(shape.end(), channels.rank - channels.behind - 1, 1);
  if (channels.count > 1) shape.push_back(static_cast<std::int64_t>(channels.count));
  shape.insert(shape.end(), channels.behind, 1);
  std::string bytes;
  for (int b = 0; b < 256; ++b) bytes.append(channels.count, static_cast<char>(b));
  return Tensor(type, std::move(shape), std::move(bytes));
}

/// [channels, 256], computed by the float kernels.
Tensor compute_table(const Graph& graph, const Region& region, NodeId quantize,
                     const runtime::OpsetImports& opsets) {
  const ValueId result = graph.node(quantize).output(0);
  Graph function = excerpt(graph, std::span(&region.source, 1), std::span(&result, 1));
  function.value(function.inputs[0]).type = {.element = region.linear.type};
  runtime::Executor executor(runtime::Program::compile(function, opsets));
  const Tensor input = every_value(region.linear.type, region.channels);
  const Tensor result_of_all = executor.run(std::span(&input, 1))[0];
  const auto bytes = result_of_all.bytes();
  const std::size_t count = region.channels.count;
  std::string rows;
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t b = 0; b < 256; ++b) rows += bytes[b * count + c];
  }
  return Tensor(result_of_all.type(), {static_cast<std::int64_t>(count), 256}, std::move(rows));
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
              .reason = region->channels.count == 1 ? "a table of 256 entries"
                                                    : "a table of 256 entries for each channel"};
  for (const NodeId id : region->nodes) {
    if (id != op) match.covered.push_back(graph.node(id).name);
  }
  graph.remove_node(quantize);
  const ParamIds from = add_params(graph, graph.value(region->source).name, region->linear);
  const ParamIds into = add_params(graph, graph.value(written).name, *to);
  const ValueId entries = graph.add_constant(graph.fresh_value_name(name + "_table"), table);
  Node node{.name = graph.fresh_node_name(name + "_table"),
            .op_type = "Table",
            .domain = std::string(kDomain),
            .inputs = {region->source, from.scale, from.zero_point, entries, ValueId::kNone,
                       ValueId::kNone, into.scale, into.zero_point},
            .outputs = {written}};
  if (const Channels& channels = region->channels; channels.count > 1) {
    node.attributes[std::string(kBehind)] =
        channels.second ? std::int64_t{-1} : static_cast<std::int64_t>(channels.behind);
    node.attributes[std::string(kRank)] = static_cast<std::int64_t>(channels.rank);
  }
  graph.add_node(std::move(node));
  return match;
}

}  // namespace xquant::integer

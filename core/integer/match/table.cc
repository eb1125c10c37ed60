#include <numeric>

#include "integer/edit.h"
#include "integer/excerpt.h"
#include "integer/fused.h"
#include "integer/match/match.h"
#include "integer/match/region.h"
#include "runtime/executor.h"

namespace xquant::integer {
namespace {

/// All values of a type in the order of their bits without sign, each as often as there are
/// channels.
Tensor every_value(DataType type, const Channels& channels) {
  const std::size_t width = byte_size(type, 1), count = std::size_t{1} << (8 * width);
  Shape shape{static_cast<std::int64_t>(count)};
  if (channels.count > 1 && !channels.second)
    shape.insert(shape.end(), channels.rank - channels.behind - 1, 1);
  if (channels.count > 1) shape.push_back(static_cast<std::int64_t>(channels.count));
  shape.insert(shape.end(), channels.behind, 1);
  std::string bytes;
  for (std::size_t code = 0; code < count; ++code) {
    for (std::size_t c = 0; c < channels.count; ++c)
      bytes.append(reinterpret_cast<const char*>(&code), width);
  }
  return Tensor(type, std::move(shape), std::move(bytes));
}

/// [channels, 256], or the one of wider types, computed by the float kernels.
Tensor compute_table(const Graph& graph, const Region& region, NodeId quantize,
                     const runtime::OpsetImports& opsets) {
  const ValueId result = graph.node(quantize).output(0);
  Graph function = excerpt(graph, std::span(&region.source, 1), std::span(&result, 1));
  function.value(function.inputs[0]).type = {.element = region.linear.type};
  runtime::Executor executor(runtime::Program::compile(function, opsets));
  const Tensor input = every_value(region.linear.type, region.channels);
  Tensor result_of_all = executor.run(std::span(&input, 1))[0];
  const auto bytes = result_of_all.bytes();
  const std::size_t count = region.channels.count;
  if (count == 1) return result_of_all;
  std::string rows;
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t b = 0; b < 256; ++b) rows += bytes[b * count + c];
  }
  return Tensor(result_of_all.type(), {static_cast<std::int64_t>(count), 256}, std::move(rows));
}

/// An island of the region up to the QuantizeLinear.
Match match_of(const Graph& graph, const Region& region, NodeId quantize, std::string reason) {
  const NodeId op = region.nodes.empty() ? quantize : region.nodes.back();
  Match match{.island = Island{.node = graph.node(op).name,
                               .op_type = graph.node(op).op_type,
                               .inputs = {graph.value(region.source).name},
                               .output = graph.value(graph.node(quantize).output(0)).name},
              .execution = Execution::kInt8,
              .reason = std::move(reason)};
  for (const NodeId id : region.nodes) {
    if (id != op) match.covered.push_back(graph.node(id).name);
  }
  return match;
}

/// One node instead of the QuantizeLinear; the region stays for other readers.
void add_table(Graph& graph, const Region& region, NodeId quantize, const Linear& to,
               const std::string& name, const char* op_type, Tensor table) {
  const ValueId written = graph.node(quantize).output(0);
  graph.remove_node(quantize);
  const ParamIds from = add_params(graph, graph.value(region.source).name, region.linear);
  const ParamIds into = add_params(graph, graph.value(written).name, to);
  const ValueId entries =
      graph.add_constant(graph.fresh_value_name(name + "_table"), std::move(table));
  Node node{.name = graph.fresh_node_name(name + "_table"),
            .op_type = op_type,
            .domain = std::string(kDomain),
            .inputs = {region.source, from.scale, from.zero_point, entries, ValueId::kNone,
                       ValueId::kNone, into.scale, into.zero_point},
            .outputs = {written}};
  if (const Channels& channels = region.channels; channels.count > 1) {
    node.attributes[std::string(kBehind)] =
        channels.second ? std::int64_t{-1} : static_cast<std::int64_t>(channels.behind);
    node.attributes[std::string(kRank)] = static_cast<std::int64_t>(channels.rank);
  }
  graph.add_node(std::move(node));
}

}  // namespace

Match fuse_table(Graph& graph, NodeId quantize, const runtime::OpsetImports& opsets) {
  const auto to = read_linear(graph, graph.node(quantize));
  if (!to || !to->per_tensor() || !to->is_eight_bit()) return {};
  const std::optional<Region> region = find_region(graph, graph.node(quantize).input(0));
  if (!region) return {};
  Tensor table = compute_table(graph, *region, quantize, opsets);
  Match match = match_of(graph, *region, quantize,
                         region->channels.count == 1 ? "a table of 256 entries"
                                                     : "a table of 256 entries for each channel");
  add_table(graph, *region, quantize, *to, match.island->node, "Table", std::move(table));
  return match;
}

Match fuse_wide_table(Graph& graph, NodeId quantize, const runtime::OpsetImports& opsets) {
  const auto to = read_linear(graph, graph.node(quantize));
  if (!to || !to->per_tensor() || !to->is_coded()) return {};
  const std::optional<Region> region =
      find_region(graph, graph.node(quantize).input(0), Codes::kUpToSixteenBits);
  if (!region || region->nodes.empty() || region->channels.count > 1) return {};
  if (to->is_eight_bit() && region->linear.is_eight_bit()) return {};
  Tensor table = compute_table(graph, *region, quantize, opsets);
  Match match =
      match_of(graph, *region, quantize, "a table of " + std::to_string(table.size()) + " entries");
  add_table(graph, *region, quantize, *to, match.island->node, "WideTable", std::move(table));
  return match;
}

}  // namespace xquant::integer

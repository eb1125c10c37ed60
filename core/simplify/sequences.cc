#include <algorithm>
#include <limits>
#include <optional>

#include "simplify/replace.h"
#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

/// The node that makes the sequence, when it has that type.
const Node* maker(const Graph& graph, ValueId sequence, std::string_view type) {
  const NodeId id = sequence == ValueId::kNone ? NodeId::kNone : graph.value(sequence).producer;
  return id != NodeId::kNone && graph.node(id).is(type) ? &graph.node(id) : nullptr;
}

std::vector<std::int64_t> integers_of(const Tensor& tensor) {
  std::vector<std::int64_t> values;
  if (tensor.type() == DataType::kInt64) {
    const auto data = tensor.data<std::int64_t>();
    values.assign(data.begin(), data.end());
  } else if (tensor.type() == DataType::kInt32) {
    const auto data = tensor.data<std::int32_t>();
    values.assign(data.begin(), data.end());
  }
  return values;
}

const Tensor* fixed(const Graph& graph, ValueId id) {
  return id == ValueId::kNone || graph.is_input(id) ? nullptr : graph.constant(id);
}

std::optional<std::int64_t> fixed_integer(const Graph& graph, ValueId id) {
  const Tensor* tensor = fixed(graph, id);
  if (tensor == nullptr) return std::nullopt;
  const auto values = integers_of(*tensor);
  return values.size() == 1 ? std::optional(values[0]) : std::nullopt;
}

ValueId constant_list(Graph& graph, const std::vector<std::int64_t>& values) {
  return graph.add_constant(
      graph.fresh_value_name("sequence_list"),
      Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, values));
}

/// The part of the split axis that element `at` of SplitToSequence covers: [first, second). Parts
/// of one size need no shape; a list of sizes gives all of them.
std::optional<std::pair<std::int64_t, std::int64_t>> part_of(const Graph& graph, const Node& split,
                                                             std::int64_t at) {
  constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
  if (split.input(1) == ValueId::kNone) {
    if (at == -1) return std::pair{at, kEnd};
    return std::pair{at, at + 1};
  }
  const Tensor* sizes = fixed(graph, split.input(1));
  if (sizes == nullptr) return std::nullopt;
  const auto values = integers_of(*sizes);
  if (sizes->shape().empty()) {
    if (values.size() != 1 || at < 0) return std::nullopt;
    return std::pair{at * values[0], (at + 1) * values[0]};
  }
  const auto count = static_cast<std::int64_t>(values.size());
  if (at < -count || at >= count) return std::nullopt;
  if (at < 0) at += count;
  std::int64_t first = 0;
  for (std::int64_t i = 0; i < at; ++i) first += values[static_cast<std::size_t>(i)];
  return std::pair{first, first + values[static_cast<std::size_t>(at)]};
}

bool take_element(Graph& graph, const Node& node) {
  const std::optional<std::int64_t> at = fixed_integer(graph, node.input(1));
  if (!at) return false;
  if (const Node* list = maker(graph, node.input(0), "SequenceConstruct")) {
    const auto count = static_cast<std::int64_t>(list->inputs.size());
    if (*at < -count || *at >= count) return false;
    const auto position = static_cast<std::size_t>(*at < 0 ? *at + count : *at);
    replace_writer(graph, node.output(0), "Identity", {list->inputs[position]});
    return true;
  }
  const Node* split = maker(graph, node.input(0), "SplitToSequence");
  if (split == nullptr) return false;
  const ValueId x = split->input(0);
  const std::int64_t axis = split->int_or("axis", 0);
  if (split->input(1) == ValueId::kNone && split->int_or("keepdims", 1) == 0) {
    const ValueId index =
        graph.add_constant(graph.fresh_value_name("sequence_index"), Tensor::scalar(*at));
    replace_writer(graph, node.output(0), "Gather", {x, index}, {{"axis", axis}});
    return true;
  }
  const auto part = part_of(graph, *split, *at);
  if (!part) return false;
  const ValueId first = constant_list(graph, {part->first}),
                end = constant_list(graph, {part->second}), axes = constant_list(graph, {axis});
  replace_writer(graph, node.output(0), "Slice", {x, first, end, axes});
  return true;
}

bool join(Graph& graph, const Node& node, std::int64_t opset) {
  const Node* list = maker(graph, node.input(0), "SequenceConstruct");
  if (list == nullptr) return false;
  const std::int64_t axis = node.int_or("axis", 0);
  std::vector<ValueId> parts = list->inputs;
  if (node.int_or("new_axis", 0) != 0) {
    for (ValueId& part : parts) {
      Node wider{.name = graph.fresh_node_name("sequence_part"), .op_type = "Unsqueeze"};
      wider.inputs = {part};
      if (opset >= 13)
        wider.inputs.push_back(constant_list(graph, {axis}));
      else
        wider.attributes["axes"] = std::vector<std::int64_t>{axis};
      part = graph.add_value(graph.fresh_value_name("sequence_part"));
      wider.outputs = {part};
      graph.add_node(std::move(wider));
    }
  }
  replace_writer(graph, node.output(0), "Concat", parts, {{"axis", axis}});
  return true;
}

bool count(Graph& graph, const Node& node) {
  const Node* list = maker(graph, node.input(0), "SequenceConstruct");
  if (list == nullptr) return false;
  const auto size = static_cast<std::int64_t>(list->inputs.size());
  const ValueId result = graph.add_constant(graph.fresh_value_name("sequence_length"),
                                            Tensor::scalar<std::int64_t>(size));
  replace_writer(graph, node.output(0), "Identity", {result});
  return true;
}

std::size_t apply(Graph& graph, const runtime::OpsetImports& opsets) {
  const auto opset = opsets.find("");
  std::size_t times = 0;
  for (const NodeId id : graph.topological_order()) {
    if (!graph.alive(id)) continue;
    const Node node = graph.node(id);
    const bool changed = (node.is("SequenceAt") && take_element(graph, node)) ||
                         (node.is("ConcatFromSequence") &&
                          join(graph, node, opset == opsets.end() ? 1 : opset->second)) ||
                         (node.is("SequenceLength") && count(graph, node));
    times += changed ? 1 : 0;
  }
  return times;
}

}  // namespace

const Rewrite kSequences = {"sequences", apply};

}  // namespace xquant::simplify

#include "simplify/spread.h"

#include <algorithm>

#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

using Axes = std::vector<std::int64_t>;

std::optional<Axes> constant_axes(const Graph& graph, const Node& reduction) {
  Axes axes = reduction.ints_or("axes", {});
  const ValueId operand = reduction.input(1);
  if (operand != ValueId::kNone) {
    const Tensor* tensor = graph.constant(operand);
    if (tensor == nullptr || tensor->type() != DataType::kInt64 || graph.is_input(operand)) {
      return std::nullopt;
    }
    axes.assign(tensor->data<std::int64_t>().begin(), tensor->data<std::int64_t>().end());
  }
  return axes.empty() ? std::nullopt : std::optional(axes);
}

/// Positions of the target of a Reshape that are a constant 1.
Axes ones_of(const Graph& graph, ValueId target) {
  Axes ones;
  std::int64_t position = 0;
  const auto take = [&](const Tensor* part) {
    if (part == nullptr || (part->type() != DataType::kInt64 && part->type() != DataType::kInt32)) {
      ++position;
      return;
    }
    for (std::int64_t i = 0; i < part->size(); ++i, ++position) {
      const auto at = static_cast<std::size_t>(i);
      const bool one = part->type() == DataType::kInt64 ? part->data<std::int64_t>()[at] == 1
                                                        : part->data<std::int32_t>()[at] == 1;
      if (one) ones.push_back(position);
    }
  };
  if (const Node* cast = writer(graph, target, "Cast")) target = cast->input(0);
  if (const Node* concat = writer(graph, target, "Concat")) {
    for (const ValueId part : concat->inputs) take(graph.constant(part));
  } else if (const Tensor* constant = graph.constant(target)) {
    take(constant);
  }
  return ones;
}

}  // namespace

std::optional<ReducedAxes> reduced_axes(const Graph& graph, const Node& reduction) {
  const auto axes = constant_axes(graph, reduction);
  if (!axes) return std::nullopt;
  return ReducedAxes{*axes, reduction.int_or("keepdims", 1) != 0};
}

Spread strip(const Graph& graph, ValueId value) {
  Spread spread{.source = value, .ones = {}};
  for (;;) {
    if (const Node* expand = writer(graph, spread.source, "Expand")) {
      spread.source = expand->input(0);
    } else if (spread.reshaped) {
      return spread;
    } else if (const Node* reshape = writer(graph, spread.source, "Reshape")) {
      spread = {reshape->input(0), true, ones_of(graph, reshape->input(1))};
    } else if (const Node* unsqueeze = writer(graph, spread.source, "Unsqueeze")) {
      spread = {unsqueeze->input(0), true, constant_axes(graph, *unsqueeze).value_or(Axes{})};
    } else {
      return spread;
    }
  }
}

bool fits(const ReducedAxes& reduced, const Spread& spread) {
  if (reduced.kept) return !spread.reshaped;
  const auto& axes = reduced.axes;
  return spread.reshaped && std::all_of(axes.begin(), axes.end(), [&](std::int64_t axis) {
           return std::find(spread.ones.begin(), spread.ones.end(), axis) != spread.ones.end();
         });
}

}  // namespace xquant::simplify

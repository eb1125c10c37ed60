#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "integer/stage.h"

namespace xquant::integer {

/// The operator of the library that a node of ai.onnx is, as a step that reads value 0: functions
/// of one tensor, Relu and Clip by constants among them.
std::optional<Stage::Step> unary_function(const Graph& graph, const Node& node);

/// The same of two tensors. Sum, Min and Max have it for each pair of theirs.
std::optional<xq_binary_op> binary_function(const Node& node);

/// A BatchNormalization as (v - mean) * factor + bias, rounded as
/// runtime/ops/batch_normalization.cc does; one entry of each for each channel.
struct BatchFactors {
  std::vector<float> mean{}, factor{}, bias{};
};
/// nullopt: another node, one that trains or has by-products, or factors that are no constants.
std::optional<BatchFactors> batch_factors(const Graph& graph, const Node& node);

}  // namespace xquant::integer

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "graph/graph.h"

namespace xquant::quantize {

/// Whether the operand at position carries the data that the operator transforms, as opposed to a
/// shape, an index, a bound, or a parameter that stays float (the bias of Conv, scale and bias of a
/// normalization).
bool carries_value(const Node& node, std::size_t position);

/// Whether the result at position is what the operator is for, as opposed to a by-product (mean and
/// deviation of LayerNormalization) that stays float.
bool is_value_result(const Node& node, std::size_t position);

/// For computing operators with two data operands: whether position is where a constant counts as
/// weight.
bool is_weight_position(const Node& node, std::size_t position);

/// The axis of a weight's output channels, for per-channel scales; -1 when there is no single one.
std::int64_t weight_axis(const Node& node, const Shape& weight);

/// Text with '*' (any run of characters) and '?' (any one) against a pattern.
bool matches_glob(std::string_view pattern, std::string_view text);

/// The result of the MatMul whose bias the node adds: an Add of it and a constant that has one
/// element for each column, or one for all. kNone: the node is anything else.
ValueId biased_product(const Graph& graph, const Node& node);

}  // namespace xquant::quantize

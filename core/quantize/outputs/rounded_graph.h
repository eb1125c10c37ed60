#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// Adds to the graph what rounds `from` to `to` as the group of that index says.
using AddRounding = std::function<void(Graph& graph, ValueId from, ValueId to, std::size_t group)>;

/// A copy of the graph in which every int8 reader of a quantized activation reads it rounded. As in
/// emission: the result of an int8 operator is rounded for all its readers, a tensor that comes
/// from elsewhere only for the int8 operators among them.
Graph with_rounded_activations(const Graph& graph, const plan::QuantPlan& plan,
                               const AddRounding& add_rounding);

/// The domain of the QuantizeLinear and DequantizeLinear of qdq_graph(): they have an axis there
/// whatever opset of ai.onnx the model imports.
inline constexpr std::string_view kQdqDomain = "com.microsoft";

/// Adds the operator of that domain, with these parameters.
void add_conversion(Graph& graph, std::string_view op_type, ValueId from, ValueId to,
                    const plan::QuantParams& params);

/// The graph as the plan has it: activations between QuantizeLinear and DequantizeLinear, integers
/// of constants in front of DequantizeLinear, overrides in place. Groups without parameters are not
/// rounded. It computes what the emitted model does.
Graph qdq_graph(const Graph& graph, const plan::QuantPlan& plan);

}  // namespace xquant::quantize

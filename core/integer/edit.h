#pragma once

#include <string>

#include "graph/graph.h"
#include "integer/linear.h"

namespace xquant::integer {

/// Scale and zero point as operands.
struct ParamIds {
  ValueId scale = ValueId::kNone;
  ValueId zero_point = ValueId::kNone;
};

/// New initializers that hold a quantized tensor's scales and zero points. name by value: it is
/// mostly that of a value of the graph, which moves when values are added.
ParamIds add_params(Graph& graph, std::string name, const Linear& linear);

/// A tensor of a coded type (linear.h) from values that fit it.
Tensor coded_tensor(DataType type, Shape shape, const std::vector<std::int32_t>& values);

/// A new value with a name that is free; its element type is declared.
ValueId fresh_value(Graph& graph, const std::string& name, DataType type);

/// The one QuantizeLinear that reads the value and nothing else does; nullptr: there is none.
const Node* only_quantize(const Graph& graph, ValueId value);

/// A Pad that fills with a number.
bool is_constant_pad(const Node& node);

/// Gives such a Pad, of opset 11 or later, another number to fill with. Where it had no operand for
/// it the node is another one afterwards.
void set_pad_fill(Graph& graph, NodeId id, Tensor fill);

/// DequantizeLinear of a quantized value into an existing value that has no producer.
void add_dequantize(Graph& graph, const std::string& name, ValueId quantized, ParamIds params,
                    ValueId result, std::int64_t axis = -1);

}  // namespace xquant::integer

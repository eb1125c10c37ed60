#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/decision.h"
#include "runtime/program.h"

namespace xquant::integer {

/// What came of trying to run an operator in int8.
struct Match {
  std::optional<Island> island{};  ///< the nodes are replaced in the graph
  Execution execution = Execution::kFloat;
  std::string reason{};
  std::vector<std::string> covered{};  ///< operators besides island->node that run in it
};

/// Conv, Gemm and MatMul with constant weights.
Match fuse_multiply_accumulate(Graph& graph, NodeId op);

/// MatMul whose operands both change from run to run.
Match fuse_matmul(Graph& graph, NodeId op);

/// Operators that are defined on real numbers and have an integer kernel of that definition: two
/// operands element by element, pooling, reductions, Softmax, normalizations. Only where a
/// QuantizeLinear follows: a float result gains nothing.
Match fuse_real(Graph& graph, NodeId op, const runtime::OpsetImports& opsets);
bool is_real_operator(const Node& node);

/// Elementwise functions of one 8-bit tensor up to a QuantizeLinear: 256 entries, computed by the
/// float kernels, so that nothing can differ. Also two 8-bit forms of one tensor.
Match fuse_table(Graph& graph, NodeId quantize, const runtime::OpsetImports& opsets);

/// The same where one of the tensors has 16 bits, for what fuse_expression() does not take: 65536
/// entries.
Match fuse_wide_table(Graph& graph, NodeId quantize, const runtime::OpsetImports& opsets);

/// Elementwise functions of several quantized tensors, float constants and flags up to a
/// QuantizeLinear: what neither a table nor fuse_real() takes.
Match fuse_expression(Graph& graph, NodeId quantize);

}  // namespace xquant::integer

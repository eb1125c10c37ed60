#pragma once

#include "graph/graph.h"
#include "runtime/program.h"

/// Rewrites that bring a quantized graph, whoever made it, into the one form in which islands are
/// looked for. None changes a bit of what the graph computes.
namespace xquant::integer::rewrite {

/// Initializers are constants and no inputs; nodes have unique names; Constant nodes, Identity and
/// nodes of constants are gone, QuantizeLinear of a float constant (weights of some quantizers)
/// included.
void settle_constants(Graph& graph, const runtime::OpsetImports& opsets);

/// Operators in QOperator form (QLinearConv, QLinearMatMul, and those of com.microsoft) become
/// DequantizeLinear, operator, QuantizeLinear. The operator keeps the node's name.
void expand_qoperators(Graph& graph);

/// DequantizeLinear moves below operators that only move or select elements, so that they move
/// int8. Concat moves its operands quantized as its result is.
void sink_dequantize(Graph& graph);

/// QuantizeLinear moves above operators that only move elements and drop none: what stands in front
/// of them is quantized where it is computed, and they move 8-bit elements.
void raise_quantize(Graph& graph);

/// A Gemm of weights that transposes its input becomes a Transpose, which can move 8-bit elements,
/// and a Gemm that does not; one of two activations Transpose, MatMul and Add. Whether there
/// was one, whose Transpose has a DequantizeLinear in front of it then.
bool split_gemms(Graph& graph);

/// An Einsum of two quantized operands that is a product of matrices, in any batches, becomes
/// MatMul with Transposes before it, or behind its QuantizeLinear. Whether there was one.
bool multiply_einsums(Graph& graph);

/// DequantizeLinear followed by QuantizeLinear with the same parameters disappears.
void cancel_pairs(Graph& graph);

}  // namespace xquant::integer::rewrite

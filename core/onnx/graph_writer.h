#pragma once

#include "graph/graph.h"
#include "onnx/rope.h"

namespace xquant::onnx {

/// A GraphProto with its nodes in topological order. Refers to the bytes of the graph's tensors.
Rope graph_message(const Graph& graph);

}  // namespace xquant::onnx

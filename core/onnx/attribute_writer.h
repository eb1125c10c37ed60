#pragma once

#include "graph/graph.h"
#include "onnx/rope.h"

namespace xquant::onnx {

/// A NodeProto with its attributes, subgraphs included. Refers to the bytes of tensors in node.
Rope node_message(const Graph& graph, const Node& node);

}  // namespace xquant::onnx

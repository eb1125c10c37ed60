#pragma once

#include "graph/graph.h"
#include "onnx/context.h"
#include "onnx/proto.h"

namespace xquant::onnx {

/// Moves everything out of proto into a Graph; used for the model's graph and for subgraphs.
Graph take_graph(pb::GraphProto& proto, const Context& context);

}  // namespace xquant::onnx

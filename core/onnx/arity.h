#pragma once

#include <cstddef>
#include <cstdint>

#include "graph/graph.h"

namespace xquant::onnx {

/// How many operands a node of ai.onnx cannot do without, from the first on; of other domains 0.
std::size_t required_inputs(const Node& node, std::int64_t opset);

/// Whether the node's first result can be left out, as a recurrent operator's can.
bool may_lack_first_output(const Node& node);

}  // namespace xquant::onnx

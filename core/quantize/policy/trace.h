#pragma once

#include <map>
#include <memory>
#include <span>

#include "graph/graph.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// Type and shape of one value as a run produced it.
struct Traced {
  DataType type = DataType::kUndefined;
  Shape shape;
};
/// What is known of every value after one run; constants included.
using Trace = std::map<ValueId, Traced>;

/// Runs the program once and notes the type and shape of every value.
Trace trace(const Graph& graph, const std::shared_ptr<const runtime::Program>& program,
            std::span<const Tensor> inputs);

/// Whether the value is a float tensor in the trace.
bool is_float(const Trace& trace, ValueId value);

}  // namespace xquant::quantize

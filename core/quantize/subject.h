#pragma once

#include <memory>

#include "base/monitor.h"
#include "base/thread_pool.h"
#include "graph/graph.h"
#include "quantize/calibrate/samples.h"
#include "quantize/policy/trace.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// The float model that is being quantized, and what the stages need to run it.
struct Subject {
  const Graph& graph;
  const runtime::OpsetImports& opsets;
  const std::shared_ptr<const runtime::Program>& program;
  const Trace& trace;
  Samples& samples;
  ThreadPool& pool;
  Monitor& monitor;
};

}  // namespace xquant::quantize

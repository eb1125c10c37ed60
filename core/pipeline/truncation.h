#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "pipeline/context.h"
#include "pipeline/cut.h"
#include "quantize/calibrate/samples.h"
#include "simplify/history.h"

namespace xquant::pipeline {

/// What truncate_var_names leaves as it is: the post-processing behind the cut.
struct Tail {
  Graph whole;  ///< the prepared model before it was cut
  Cut cut;
};

/// Cuts the graph at the tensors of truncate_var_names, leaving its head; nothing when there are
/// none. Throws Error(kConfig) in XSlim's words when a name is given twice or unknown, and
/// "truncate graph failed." with the path that passes the names by, and what to add.
std::optional<Tail> truncate(Graph& graph, const simplify::History& history,
                             const Context& context);

/// Runs the model that was rejoined on the first sample, and the tail as it was on what crosses the
/// cut there: both give the same outputs, to the bit, or Error(kInternal). The diagnostics say what
/// was verified, or why it cannot be run.
void verify_rejoined(const Model& rejoined, const Tail& tail,
                     const std::map<std::string, std::int64_t>& opset_imports,
                     quantize::Samples& samples, const Context& context);

}  // namespace xquant::pipeline

#pragma once

#include <span>
#include <vector>

#include "runtime/program.h"

namespace xquant::runtime {

/// Throws before a run starts, naming the nodes, also those of subgraphs:
/// Error(kModel, "XQ-RT-001") when operators are missing, each with domain and opset;
/// Error(kModel, "XQ-RT-006") when random values are read. A random operator of whose result only
/// the shape is read is no obstacle.
void refuse_what_cannot_run(const Graph& graph, std::span<const NodeId> order,
                            std::span<const ValueId> results, const OpsetImports& imports);

/// The nodes of order that cannot be run for these reasons, and those that depend on them. own: the
/// caller's operators, which run.
std::vector<NodeId> nodes_that_cannot_run(const Graph& graph, std::span<const NodeId> order,
                                          std::span<const ValueId> results,
                                          const OpsetImports& imports, const OwnOperators& own);

}  // namespace xquant::runtime

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "runtime/program.h"
#include "simplify/history.h"

namespace xquant::simplify {

/// How much is wanted.
enum class Extent {
  kQuantizationNeeds,  ///< only what quantization cannot do without: Constant nodes, what goes into
                       ///< weights and biases, operators that stand decomposed
  kFull,               ///< and constant folding, Identity, dead nodes, duplicates
};

struct Applied {
  std::string_view rewrite;
  std::size_t times = 0;
};

/// Runs the rewrites in turn until none finds anything. Returns those that changed something, in
/// their order.
std::vector<Applied> simplify(Graph& graph, const runtime::OpsetImports& opsets, Extent extent);
/// And notes in the history which tensors each of them removed.
std::vector<Applied> simplify(Graph& graph, const runtime::OpsetImports& opsets, Extent extent,
                              History& history);

}  // namespace xquant::simplify

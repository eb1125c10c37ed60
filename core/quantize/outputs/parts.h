#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "quantize/policy/trace.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// Which elements of an output were computed together: boxes and scores that a Concat puts into one
/// tensor are different things, however large one is beside the other.
struct Parts {
  std::size_t count = 1;
  /// By element of the output as traced; empty when there is one part only.
  std::vector<std::uint32_t> labels{};

  std::size_t of(std::size_t element) const { return labels.empty() ? 0 : labels[element]; }
};

/// The operands of the Concats that end in the output, followed back through movement of elements
/// (the operators are run on labels).
Parts find_parts(const Graph& graph, const Trace& trace, const runtime::OpsetImports& opsets,
                 ValueId output);

}  // namespace xquant::quantize

#pragma once

#include <cstddef>
#include <map>

#include "graph/graph.h"

namespace xquant::simplify {

/// Ranks of values, as far as they follow from what is declared and from operators whose result's
/// rank does not depend on data. Exporters of transformers often leave intermediate shapes out.
std::map<ValueId, std::size_t> infer_ranks(const Graph& graph);

}  // namespace xquant::simplify

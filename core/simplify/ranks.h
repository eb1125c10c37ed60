#pragma once

#include <cstddef>
#include <map>

#include "graph/graph.h"

namespace xquant::simplify {

/// Ranks of values, as far as they follow from what is declared and from operators whose result's
/// rank does not depend on data. Exporters of transformers often leave intermediate shapes out.
std::map<ValueId, std::size_t> infer_ranks(const Graph& graph);

/// Whether arithmetic of x with single numbers of at most this rank has the rank of x: numbers of
/// rank 0 and 1 never change it, others where the rank of x is known.
bool keeps_rank(const Graph& graph, ValueId x, std::size_t number_rank);

}  // namespace xquant::simplify

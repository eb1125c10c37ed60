#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace xquant::simplify {

/// Values that follow `from` over at most `steps` nodes of these types, nearest first; each once.
/// Values that subgraphs read, and what follows them, are left out.
std::vector<ValueId> followers(const Graph& graph, ValueId from,
                               const std::vector<std::string_view>& types, int steps);

/// A new node of that type computes the value; what wrote it, and everything that only served it,
/// goes. The node gets the name of the one that wrote the value before.
NodeId replace_writer(Graph& graph, ValueId value, std::string op_type, std::vector<ValueId> inputs,
                      Attributes attributes = {});

/// Removes the writers of these values and of what they alone read, as far as nobody else reads
/// them.
void remove_unread(Graph& graph, std::vector<ValueId> values);

}  // namespace xquant::simplify

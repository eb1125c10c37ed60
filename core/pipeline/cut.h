#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace xquant::pipeline {

/// A graph divided at tensors into what they depend on (the head) and all the rest (the tail).
struct Cut {
  std::vector<ValueId> tensors{};   ///< as asked for
  std::vector<ValueId> crossing{};  ///< other results of the head that the tail reads
  std::vector<bool> in_tail{};      ///< by NodeId
};

/// A cut, or why the tensors make none.
struct CutAttempt {
  std::optional<Cut> cut{};
  /// The path that passes the tensors by, or that leads from one to another: "'a' -> Relu 'r' ->
  /// 'b'".
  std::string path{};
  /// Tensors that, added to those asked for, cut the graph; empty when one of these has to go.
  std::vector<ValueId> missing{};
};

/// Tries to cut a graph at tensors. They do when no one depends on another and every operator
/// either leads to one of them or is connected with what reads them. Linear in the size of the
/// graph.
CutAttempt try_cut(const Graph& graph, std::span<const ValueId> tensors);

}  // namespace xquant::pipeline

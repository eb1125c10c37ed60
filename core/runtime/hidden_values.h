#pragma once

#include <span>
#include <vector>

#include "runtime/program.h"

namespace xquant::runtime {

/// Values that nobody sees and one node reads once: what reads one may be computed together with
/// what makes it, and the value then needs no memory of its own.
class HiddenValues {
 public:
  /// Everything is seen.
  HiddenValues() = default;
  /// order: the nodes that run.
  HiddenValues(const Graph& graph, std::span<const NodeId> order, std::span<const ValueId> outputs,
               std::span<const ValueId> observed);

  bool empty() const { return readers_.empty(); }
  /// The one node that reads a hidden value; NodeId::kNone for others.
  NodeId reader(ValueId id) const;

 private:
  std::vector<NodeId> readers_;  ///< by value
};

}  // namespace xquant::runtime

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace xquant::simplify {

/// What became of the tensors of a graph in simplification: configurations name the tensors of the
/// file, the stages behind see those of the simplified graph.
class History {
 public:
  History() = default;
  /// From the graph as the file has it. Keeps names and connections, not what constants hold.
  explicit History(const Graph& original);

  /// Notes which tensors the rewrite has just removed.
  void note(const Graph& now, std::string_view rewrite);

  struct Fate {
    /// The tensors of the present graph that stand for it: itself, one with the same data, or the
    /// nearest results that are computed from it. Empty: it is not known, constant or dead.
    std::vector<ValueId> present{};
    bool same_data = false;
    bool known = false;  ///< whether the file has a tensor of that name
    /// Why the tensor itself is gone, for messages: "it was merged away by batch_normalization"; ""
    /// when it is present.
    std::string reason{};
  };
  Fate fate(const Graph& present, std::string_view name) const;

 private:
  std::string reason(std::string_view name) const;

  Graph original_;
  std::map<std::string, std::string, std::less<>> gone_;  ///< tensor -> rewrite
};

}  // namespace xquant::simplify

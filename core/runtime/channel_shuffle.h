#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "runtime/hidden_values.h"
#include "runtime/kernel.h"
#include "runtime/program.h"

namespace xquant::runtime {

/// A result that is every `step`-th block of `length` elements of one tensor or of a Concat.
struct ShuffledPart {
  std::vector<ValueId> inputs{};
  NodeId concat = NodeId::kNone;  ///< joins them; none: there is one
  std::int64_t length = 0, count = 0, first = 0, step = 1;
  Shape shape{};  ///< of the result
};

/// Channel shuffles as exporters write them: Reshape to [a, b, n], Transpose of the first two
/// dimensions, Reshape, and a Gather for each of the b parts, mostly behind a Concat. When nobody
/// sees what is between, every Gather copies its channels from where they are.
class ChannelShuffles {
 public:
  ChannelShuffles() = default;
  /// order: the nodes that run.
  ChannelShuffles(const Graph& graph, std::span<const NodeId> order, const HiddenValues& hidden,
                  std::span<const ValueId> outputs, std::span<const ValueId> observed);

  /// Whether the Gathers do this node's work.
  bool covers(NodeId node) const { return covered_.contains(node); }
  /// nullptr: it is not such a Gather.
  const ShuffledPart* part(NodeId gather) const;

 private:
  bool add(const Graph& graph, NodeId transpose, const HiddenValues& hidden,
           const std::set<ValueId>& seen, const std::vector<bool>& runs);

  std::set<NodeId> covered_;
  std::map<NodeId, ShuffledPart> parts_;
};

std::unique_ptr<Kernel> make_shuffled_part(const Graph& graph, const OpsetImports& imports,
                                           const ShuffledPart& part);

}  // namespace xquant::runtime

#pragma once

#include <map>
#include <vector>

#include "runtime/program.h"

namespace xquant::runtime {

/// Values that are known when a program is compiled: constants of the graph, and what nodes make of
/// nothing but these, weights behind a DequantizeLinear above all. Kernels then prepare them once,
/// as they do constants.
class KnownValues {
 public:
  KnownValues(const Graph& graph, const OpsetImports& imports) : graph_(graph), imports_(imports) {}

  /// nullptr: not known.
  const Tensor* find(ValueId id) const;
  /// One for each operand of the node.
  std::vector<const Tensor*> operands(const Node& node) const;
  /// Computes the results of an operator of the registry when all its operands are known; false
  /// when they are not, or when it cannot run on them, which then shows when it is run.
  bool add_results(const Node& node);
  /// Gives up a computed value that nothing reads any more.
  void forget(ValueId id) { computed_.erase(id); }

 private:
  const Graph& graph_;
  const OpsetImports& imports_;
  std::map<ValueId, Tensor> computed_;
};

}  // namespace xquant::runtime

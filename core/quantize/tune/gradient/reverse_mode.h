#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "quantize/policy/trace.h"
#include "quantize/tune/gradient/backward.h"
#include "runtime/executor.h"

namespace xquant::quantize {

/// Derivatives of one number by every float value of the float model: the nodes in reverse, each
/// with the derivative of its operator. Immutable; threads share it.
class ReverseMode {
 public:
  /// Of numbers made of the given values. The referenced objects must outlive this one.
  ReverseMode(const Graph& graph, const runtime::OpsetImports& opsets, const Trace& trace,
              std::span<const ValueId> ends);

  /// Types of the operators that derivatives do not get through, though a float value reaches
  /// one of the ends by them; empty when every derivative is whole.
  const std::vector<std::string>& obstacles() const { return obstacles_; }

  /// Everything the float model computed in one run.
  using Values = std::map<ValueId, Tensor>;
  Values forward(runtime::Executor& executor, std::span<const Tensor> inputs) const;

  /// The derivatives by some values that the number is made of, in the values' layout.
  using Seeds = std::map<ValueId, std::vector<float>>;
  /// Called once for each float value that the number depends on, readers first.
  using Visit =
      std::function<void(ValueId value, const Tensor& x, std::span<const float> gradient)>;
  void backward(const Values& values, const Seeds& seeds, const Visit& visit) const;

 private:
  const Tensor* find(const Values& values, ValueId value) const;
  void run_node(NodeId id, const Values& values,
                std::map<ValueId, std::vector<float>>& gradients) const;

  const Graph& graph_;
  std::vector<NodeId> order_;
  std::map<NodeId, std::unique_ptr<Backward>> rules_;
  std::vector<std::string> obstacles_;
};

}  // namespace xquant::quantize

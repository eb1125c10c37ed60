#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "plan/quant_plan.h"
#include "runtime/executor.h"

namespace xquant::quantize {

/// As in emission: the result of an int8 operator is rounded for all its readers, a tensor that
/// comes from elsewhere only for the int8 operators among them.
bool is_written_as_int8(const Graph& graph, const plan::QuantPlan& plan, ValueId value);
bool is_read_as_int8(const Graph& graph, const plan::QuantPlan& plan, const Use& use);

/// The operators of a unit (../units.h), or a single one, as the plan quantizes them, run in
/// integers as a chip runs the emitted model; what has no int8 kernel runs in float on dequantized
/// values (../../integer). Takes and returns int8 codes where is_written_as_int8.
class UnitProgram {
 public:
  /// nodes: in topological order; what leaves the unit are the results of the last one. The graph
  /// and the plan may go.
  UnitProgram(const Graph& graph, const runtime::OpsetImports& opsets, const plan::QuantPlan& plan,
              std::span<const NodeId> nodes);

  /// What run() takes, in this order.
  std::span<const ValueId> operands() const { return operands_; }

  /// The results that the last node names, in its order. Threads may call it side by side.
  std::vector<Tensor> run(std::span<const runtime::TensorView> operands);

 private:
  std::vector<ValueId> operands_;
  std::shared_ptr<const runtime::Program> program_;
  std::mutex mutex_;  ///< of idle_
  std::vector<runtime::Executor> idle_;
};

}  // namespace xquant::quantize

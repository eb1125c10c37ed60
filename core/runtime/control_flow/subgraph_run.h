#pragma once

#include <vector>

#include "runtime/aligned_buffer.h"
#include "runtime/control_flow/control_flow.h"
#include "runtime/executor.h"

namespace xquant::runtime {

/// A tensor that owns its memory and keeps it when it is assigned a smaller one.
class Held {
 public:
  TensorView view() const { return {type_, shape_, buffer_.data()}; }
  /// Memory for such a tensor; what it held is lost.
  std::byte* reset(DataType type, std::span<const std::int64_t> shape);
  void assign(const TensorView& from);

 private:
  DataType type_ = DataType::kUndefined;
  Shape shape_;
  AlignedBuffer buffer_;
};

/// Tensors of equal type and shape, one behind the other: what a loop adds up.
class Stack {
 public:
  void clear();
  /// Refuses another type or shape than before.
  void push(const TensorView& element);
  std::int64_t count() const { return count_; }
  /// All elements joined along a new dimension; reversed: the last comes first. The declared type
  /// counts when there is none, unknown dimensions being 0.
  enum class Order { kForward, kReversed };
  void join(std::int64_t axis, Order order, const ValueType& declared, Held& result) const;

 private:
  DataType type_ = DataType::kUndefined;
  Shape shape_;
  std::vector<std::byte> bytes_;
  std::int64_t count_ = 0;
};

/// A subgraph with an executor of its own.
class SubgraphRun {
 public:
  explicit SubgraphRun(const Subgraph& subgraph)
      : subgraph_(subgraph), executor_(subgraph.program) {}

  /// own: the subgraph's own inputs. operands: those of the step. The results live until the next
  /// run and may lie in the memory of inputs.
  std::span<const TensorView> run(std::span<const TensorView> own, const Operands& operands);
  const Subgraph& subgraph() const { return subgraph_; }

 private:
  const Subgraph& subgraph_;
  Executor executor_;
  std::vector<TensorView> inputs_;
};

}  // namespace xquant::runtime

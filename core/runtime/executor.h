#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "runtime/program.h"
#include "runtime/tensor_view.h"

namespace xquant::runtime {

/// Sees tensors while they are hot.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Called on the executor's thread, once for each graph input and, after each node, for each of
  /// its outputs.
  virtual void on_value(ValueId id, const TensorView& view) = 0;
};

/// Runs a program: an arena and scratch memory. One for each thread.
///
/// The first run with given input shapes learns all shapes and plans the arena; later runs with
/// these shapes allocate nothing, except for the tensors that run() returns.
class Executor {
 public:
  /// pool: threads that share the work inside an operator; it has to outlive the executor. The bits
  /// do not depend on it. With more samples than threads, an executor for each thread is faster.
  explicit Executor(std::shared_ptr<const Program> program, ThreadPool* pool = nullptr);
  ~Executor();
  Executor(Executor&&) noexcept;

  /// inputs: one for each of Program::inputs(), in that order. Throws Error(kModel) when their
  /// number, type or shape does not fit. Returns one tensor for each of Program::outputs().
  std::vector<Tensor> run(std::span<const Tensor> inputs, Observer* observer = nullptr);
  /// The same without copies: the inputs stay the caller's, the views live until the next run.
  std::span<const TensorView> run_views(std::span<const TensorView> inputs,
                                        Observer* observer = nullptr);

  const Program& program() const;
  /// Bytes of the planned arena, and of scratch memory.
  std::size_t arena_bytes() const;
  /// The most bytes of the arena that are in use at the same time.
  std::size_t live_bytes() const;
  std::size_t scratch_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xquant::runtime

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/kernel.h"

namespace xquant::runtime::ops {

/// A kernel made of other kernels, for operators that are a small graph of others (contrib
/// operators, functions of the standard). Intermediate results lie in scratch memory. Their shapes
/// are inferred at every run, which allocates a few small vectors; shapes must not depend on
/// intermediate values.
class Composite final : public Kernel {
 public:
  /// A value inside: an operand of the node, a constant, or a result. kAbsent: an optional operand
  /// that is not there.
  using Slot = std::size_t;
  static constexpr Slot kAbsent = static_cast<Slot>(-1);

  explicit Composite(const Setup& setup);

  // ---- making it
  /// Operand of the node; kAbsent when the node does not have it.
  Slot operand(std::size_t position) const;
  Slot constant(Tensor tensor);
  /// Result 0 of an operator of ai.onnx in its newest version.
  Slot add(const std::string& op_type, const std::vector<Slot>& inputs, Attributes attributes = {});
  /// All results of an operator, or of a kernel.
  std::vector<Slot> add_all(const std::string& op_type, const std::vector<Slot>& inputs,
                            std::size_t results, Attributes attributes = {});
  std::vector<Slot> add_kernel(std::unique_ptr<Kernel> kernel, const std::vector<Slot>& inputs,
                               std::size_t results);
  /// What the node gives at that position.
  void give(std::size_t position, Slot slot);

  // ---- Kernel
  std::vector<TensorType> infer(const Operands& in) const override;
  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView> out) const override;
  void run(const Call& call) const override;
  bool needs_constant(std::size_t position) const override;

 private:
  struct Part {
    std::unique_ptr<Kernel> kernel;
    std::vector<Slot> inputs, results;
  };
  struct Values;

  Values known(const Operands& in) const;
  void infer_part(const Part& part, Values& values) const;

  std::vector<bool> present_;                     ///< of the node's operands
  std::vector<const Tensor*> constant_operands_;  ///< valid while it is made
  std::vector<std::pair<Slot, Tensor>> constants_;
  std::vector<Part> parts_;
  std::vector<Slot> given_;  ///< of each output; kAbsent: none
  Slot slots_;
};

}  // namespace xquant::runtime::ops

#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/kernel.h"
#include "runtime/program.h"

namespace xquant::runtime {

/// The kernel of a node, which is no If, Loop or Scan. constants as in Setup. Throws Error(kModel,
/// "XQ-RT-001") when the operator is missing.
std::unique_ptr<Kernel> make_kernel(const Node& node, const OpsetImports& opset_imports,
                                    std::span<const Tensor* const> constants);

/// One node ready to run outside a program: for stages that go through a graph node by node. Bits
/// are those of a program. Immutable; threads share it.
class NodeRunner {
 public:
  /// constants: one for each operand, nullptr where it is absent or comes with the run.
  NodeRunner(const Node& node, const OpsetImports& opset_imports,
             std::span<const Tensor* const> constants);

  /// operands: one view for each operand, also of constants. Returns one tensor for each output
  /// that the kernel has; those that the node does not name have type kUndefined.
  std::vector<Tensor> run(std::span<const TensorView> operands) const;

 private:
  std::string name_;
  std::vector<bool> named_;  ///< by output: the node names it
  std::unique_ptr<Kernel> kernel_;
};

}  // namespace xquant::runtime

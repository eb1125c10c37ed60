#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "runtime/kernel.h"
#include "runtime/program_impl.h"

namespace xquant::runtime {

struct Plan;

/// An element-wise step that is done on pieces of an earlier step's result.
struct FusedStep {
  std::size_t step = 0;
  ValueId other = ValueId::kNone;    ///< the second tensor that it reads, if any
  std::size_t operand_position = 0;  ///< which operand the earlier result is
};

/// Element-wise steps behind others, fused where the shapes that a run taught allow it: activations
/// and arithmetic of floats, with a constant or with a tensor of the same shape that is there
/// already, on a result that nobody else reads and nobody observes.
struct Fusion {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::vector<std::vector<FusedStep>> chains;  ///< by step: what is done with its result
  std::vector<bool> absorbed;                  ///< by step: done in the chain of an earlier one

  bool is_absorbed(std::size_t step) const { return step < absorbed.size() && absorbed[step]; }
  std::span<const FusedStep> chain(std::size_t step) const {
    return step < chains.size() ? std::span<const FusedStep>(chains[step])
                                : std::span<const FusedStep>();
  }
  /// What a step writes to output 0: the result of its chain.
  ValueId result(const Program::Impl& program, std::size_t step) const;
};

/// For plan.types. Programs whose shapes may change within a run are left as they are.
Fusion fuse_steps(const Program::Impl& program, const Plan& plan);

/// A step's own tail and then its chain.
class ChainTail final : public Tail {
 public:
  /// views: of all values, as the run has bound them.
  ChainTail(const Program::Impl& program, std::size_t step, std::span<const FusedStep> chain,
            std::span<const TensorView> views)
      : program_(program), step_(step), chain_(chain), views_(views) {}
  void apply(float* y, std::size_t first, std::size_t n) const override;

 private:
  const Program::Impl& program_;
  std::size_t step_;
  std::span<const FusedStep> chain_;
  std::span<const TensorView> views_;
};

/// Runs an element-wise step of floats piece by piece, each with its tail.
void run_in_pieces(const Kernel& kernel, const Call& call);

}  // namespace xquant::runtime

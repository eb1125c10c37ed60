#pragma once

#include <span>
#include <vector>

#include "integer/kernels/replay.h"
#include "integer/lower.h"

namespace xquant::integer {

/// The library call behind an island and its tensors: activations of a run, weights, a table.
/// second is nullptr when there is none.
struct Replay {
  kernels::ReplayStep step;
  const Tensor* x = nullptr;
  const Tensor* second = nullptr;
  std::vector<const Tensor*> operands{};  ///< of an expression
};

/// inputs are those of the island in a run, output its result; both have to outlive the answer.
Replay replay_of(const Lowered& lowered, const Island& island, std::span<const Tensor> inputs,
                 const Tensor& output);

}  // namespace xquant::integer

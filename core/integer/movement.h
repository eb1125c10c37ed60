#pragma once

#include <optional>
#include <span>
#include <vector>

#include "integer/kernels/replay.h"
#include "runtime/program.h"

namespace xquant::integer {

/// The library call behind an operator of a lowered graph that is no island and writes quantized
/// elements.
struct ReplayOfMovement {
  kernels::ReplayStep step{};
  std::vector<const Tensor*> operands{};  ///< of Concat all of them, of Scatter updates and data
};

/// For what is_movement() names, and QuantizeLinear. inputs are the operands of a run, nullptr
/// where absent, output that of the result that is asked for. nullopt: another operator, or a form
/// of these (negative pads of MaxPool, blocks of scales) that the library does not have.
std::optional<ReplayOfMovement> replay_of_movement(const Graph& graph, const Node& node,
                                                   const runtime::OpsetImports& opsets,
                                                   std::span<const Tensor* const> inputs,
                                                   std::size_t output);

}  // namespace xquant::integer

#pragma once

#include <cstddef>
#include <vector>

#include "runtime/fusion.h"
#include "runtime/program_impl.h"

namespace xquant::runtime {

/// What a run with inputs of given types and shapes taught: types of all values, and where in the
/// arena they lie.
struct Plan {
  std::vector<Shape> input_shapes;    ///< that it holds for; one for each program input
  std::vector<DataType> input_types;  ///< likewise
  std::vector<TensorType> types;      ///< of every value
  Fusion fusion;                      ///< of steps
  std::vector<std::size_t> offsets;   ///< of every root in Storage::kArena
  std::size_t arena_bytes = 0;
  std::size_t live_bytes = 0;  ///< the most that is in use at the same time
  bool valid = false;
};

/// Fuses steps and lays out the arena for plan.types. A result takes over the memory of an operand
/// that is read for the last time where the kernel allows it.
void lay_out(const Program::Impl& program, Plan& plan);

}  // namespace xquant::runtime

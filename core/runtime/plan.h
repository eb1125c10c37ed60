#pragma once

#include <cstddef>
#include <vector>

#include "runtime/program_impl.h"

namespace xquant::runtime {

/// What a run with given input shapes taught: types of all values, and where in the arena they lie.
struct Plan {
  std::vector<Shape> input_shapes;   ///< that it holds for; one for each program input
  std::vector<TensorType> types;     ///< of every value
  std::vector<std::size_t> offsets;  ///< of every root in Storage::kArena
  std::size_t arena_bytes = 0;
  std::size_t live_bytes = 0;  ///< the most that is in use at the same time
  bool valid = false;
};

/// Lays out the arena for plan.types. A result takes over the memory of an operand that is read for
/// the last time where the kernel allows it.
void lay_out(const Program::Impl& program, Plan& plan);

}  // namespace xquant::runtime

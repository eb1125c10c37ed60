#pragma once

#include <optional>

#include "int8/vectors/format.h"

namespace xquant::int8 {

// The result of a case on the active implementation, or nothing when its parameters and tensor
// sizes do not describe a valid call. `expected` is not looked at.
std::optional<Bytes> run_case(const VectorCase& c);

}  // namespace xquant::int8

#pragma once

#include "runtime/math/double_double.h"

namespace xquant::runtime::math {

/// An angle as quarter turns and a rest in [-pi/4, pi/4].
struct QuarterTurns {
  int count;  ///< modulo 4
  DoubleDouble rest;
};

/// For any finite angle, rest to about 100 bits (Payne & Hanek 1983: a product with the bits of
/// 2 / pi that matter).
QuarterTurns quarter_turns(double angle);

}  // namespace xquant::runtime::math

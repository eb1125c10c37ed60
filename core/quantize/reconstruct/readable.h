#pragma once

#include <limits>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// What becomes of a layer's result y before anybody reads it: y (y < 0: slope y), limited to [low,
/// high]. Relu, Clip and the ends of the int8 range hide errors beyond the limits, LeakyRelu makes
/// those of negative results smaller.
struct Readable {
  double slope = 1;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  double of(double y) const {
    const double value = y < 0 ? slope * y : y;
    return value < low ? low : value > high ? high : value;
  }
  /// What a small squared error of y costs, at most so if y itself is off by `margin`.
  double weight(double y, double margin) const;
};

/// Of a layer's result, from the unit that it is in and the range of that unit's result. An
/// activation other than Relu, Clip and LeakyRelu counts as none.
Readable readable(const Graph& graph, const plan::QuantPlan& plan, ValueId result);

}  // namespace xquant::quantize

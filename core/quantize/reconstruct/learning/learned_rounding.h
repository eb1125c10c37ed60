#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quantize/reconstruct/learning/integer_layer.h"
#include "quantize/reconstruct/moments.h"
#include "quantize/reconstruct/parallel.h"
#include "quantize/reconstruct/readable.h"

namespace xquant::quantize {

/// How learned rounding goes about it.
struct Learning {
  std::vector<double> ridges;  ///< shares of the mean second moment of the inputs
  int sweeps = 0;              ///< at most so many over all integers of an output
  std::size_t most_rows = 0;   ///< of each side
};

/// Mean squared errors of what can be read of a layer's results, on the rows that judge.
struct LearnedRounding {
  double error_before = 0;
  double error_after = 0;
};

/// Learns the integers and the bias of a layer for what is read of its results (the activation
/// belongs to the problem: Nagel et al. 2020): coordinate descent on the squared errors of every
/// output, each row weighted by what an error there costs behind the activation, plus a ridge times
/// the squared change of the weights. Rows of which Relu hides the error leave the integers free
/// for the others, which one matrix of moments for all outputs cannot say.
///
/// Every ridge starts from the layer as it is. The one with the smallest error on `held` is kept,
/// if that is smaller than before: the layer changes exactly when error_after < error_before. Of a
/// layer with 64 outputs or more, 32 of them tell which ridge is taken. fit, held: by group; a
/// group without rows stays.
LearnedRounding learn_rounding(const std::vector<Rows>& fit, const std::vector<Rows>& held,
                               const Readable& readable, const Learning& learning,
                               IntegerLayer& layer, const ForEach& for_each);

}  // namespace xquant::quantize

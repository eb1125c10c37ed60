#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quantize/reconstruct/layer.h"
#include "quantize/reconstruct/moments.h"
#include "quantize/reconstruct/readable.h"

namespace xquant::quantize {

/// A layer in int8: result o of group g is scale (q[g][o] . x) + bias.
struct IntegerLayer {
  std::vector<std::vector<std::int8_t>> integers{};  ///< by group, [outputs][inputs]
  std::vector<float> scales{};                       ///< [channels]
  std::vector<double> bias{};                        ///< [channels]
  bool has_bias = true;                              ///< false: there is no place for one
};

/// The layer of the integers of a weight tensor, without biases. scales: one, or one a channel.
IntegerLayer integer_layer(const Layer& layer, const Tensor& integers,
                           std::span<const float> scales);
/// The way back.
Tensor weight_integers(const Layer& layer, const IntegerLayer& integers, const Shape& shape);

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
/// Every ridge (a share of the mean second moment of the inputs) starts from the layer as it is.
/// The one with the smallest error on `held` is kept, if that is smaller than before: the layer
/// changes exactly when error_after < error_before. fit, held: by group; a group without rows
/// stays.
LearnedRounding learn_rounding(const std::vector<Rows>& fit, const std::vector<Rows>& held,
                               const Readable& readable, std::span<const double> ridges, int sweeps,
                               IntegerLayer& layer, const ForEach& for_each);

}  // namespace xquant::quantize

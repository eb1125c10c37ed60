#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quantize/reconstruct/layer.h"

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

}  // namespace xquant::quantize

#include "quantize/reconstruct/learning/integer_layer.h"

namespace xquant::quantize {
namespace {

template <typename Use>
void for_each_weight(const Layer& layer, const Use& use) {
  for (std::size_t g = 0; g < layer.groups(); ++g) {
    for (std::size_t o = 0; o < layer.outputs(); ++o) {
      for (std::size_t k = 0; k < layer.inputs(); ++k) {
        use(layer.weight_index(g, o, k), g, o * layer.inputs() + k);
      }
    }
  }
}

}  // namespace

IntegerLayer integer_layer(const Layer& layer, const Tensor& integers,
                           std::span<const float> scales) {
  IntegerLayer result{.integers = {},
                      .scales = {scales.begin(), scales.end()},
                      .bias = std::vector<double>(layer.channels(), 0.0),
                      .has_bias = layer.bias_use().has_value()};
  result.scales.resize(layer.channels(), scales[0]);
  result.integers.assign(layer.groups(),
                         std::vector<std::int8_t>(layer.outputs() * layer.inputs()));
  const auto values = integers.data<std::int8_t>();
  for_each_weight(layer, [&](std::size_t at, std::size_t group, std::size_t i) {
    result.integers[group][i] = values[at];
  });
  return result;
}

Tensor weight_integers(const Layer& layer, const IntegerLayer& integers, const Shape& shape) {
  return Tensor::made<std::int8_t>(shape, [&](std::int8_t* target) {
    for_each_weight(layer, [&](std::size_t at, std::size_t group, std::size_t i) {
      target[at] = integers.integers[group][i];
    });
  });
}

}  // namespace xquant::quantize

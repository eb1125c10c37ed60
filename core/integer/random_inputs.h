#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace xquant::integer {

/// Inputs of a quantized model from a seed, the same bits everywhere. They fill the range of the
/// QuantizeLinear that reads them and a little more, floats without one [-1, 1), 8-bit integers all
/// codes, others 0 and 1; a first dimension that is open is 1, any other 32.
class RandomInputs {
 public:
  RandomInputs(const Graph& graph, std::uint64_t seed);

  /// One tensor for each input of the model that has no default. Throws Error(kModel) for inputs
  /// that cannot be made up.
  std::vector<Tensor> sample(std::int64_t index) const;

 private:
  struct Input {
    std::string name;
    DataType type;
    Shape shape;
    float low, high;
  };

  std::uint64_t seed_;
  std::vector<Input> inputs_;
};

}  // namespace xquant::integer

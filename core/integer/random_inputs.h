#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace xquant::integer {

/// Inputs of a quantized model from a seed, the same bits everywhere. They fill the range of the
/// QuantizeLinear that reads them and a little more, floats without one [-1, 1), 8-bit integers all
/// codes, others 0 and 1; a first dimension that is open is 1, any other open_size.
class RandomInputs {
 public:
  static constexpr std::int64_t kSmallestOpenSize = 32;
  static constexpr std::int64_t kLargestOpenSize = 256;

  RandomInputs(const Graph& graph, std::uint64_t seed, std::int64_t open_size = kSmallestOpenSize);

  /// Whether open_size makes a difference.
  bool is_open() const { return is_open_; }

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
  bool is_open_ = false;
  std::vector<Input> inputs_;
};

/// Inputs of the smallest size, doubled up to the largest one, that the model can be run with: of
/// 32 pixels deep networks leave less than the kernel of a pooling. Throws what run throws at the
/// last.
RandomInputs runnable_inputs(const Graph& graph, std::uint64_t seed,
                             const std::function<void(const std::vector<Tensor>&)>& run);

}  // namespace xquant::integer

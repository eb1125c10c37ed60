#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace xquant::quantize {

/// So many outputs, evenly spread, tell which way is the best for all of a layer.
inline constexpr std::size_t kJudges = 32;

/// Outputs of a layer that stand for all of them.
struct Judges {
  std::vector<std::size_t> outputs;
  std::vector<double> shares;  ///< for how many outputs each of them stands
};

/// Every (outputs / kJudges)-th output, and where one scale serves all the few with the widest
/// weights as well, which stand for themselves: a smaller scale clips these and no other.
/// widest: the largest magnitude of an output's weights.
Judges judges_of(std::size_t outputs, bool one_scale,
                 const std::function<float(std::size_t)>& widest);

}  // namespace xquant::quantize

#include "quantize/reconstruct/compensation.h"

#include <algorithm>
#include <utility>

#include "quantize/reconstruct/vector_sums.h"

namespace xquant::quantize {
namespace {

/// Calls body(begin, end) for a few outputs at a time, so that a row of a matrix is read once for
/// all of them.
template <class Body>
void for_outputs(std::size_t outputs, const ForEach& for_each, Body body) {
  constexpr std::size_t kTogether = 8;
  for_each(static_cast<std::int64_t>((outputs + kTogether - 1) / kTogether),
           [&](std::int64_t task) {
             const std::size_t begin = static_cast<std::size_t>(task) * kTogether;
             body(begin, std::min(begin + kTogether, outputs));
           });
}

}  // namespace

WeightRows compensate(const Moments& moments, const WeightRows& weights, const RoundingOrder& order,
                      const ForEach& for_each) {
  const std::size_t n = weights.inputs;
  std::vector<double> rx = moments.yx;
  for_outputs(weights.outputs, for_each, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t o = begin; o < end; ++o) {
        const double weight = weights.row(o)[i];
        if (weight != 0) add_scaled(rx.data() + o * n, -weight, moments.xx.data() + i * n, n);
      }
    }
  });
  return made_up_for(weights, rx, order, for_each);
}

WeightRows made_up_for(WeightRows weights, std::span<const double> rx, const RoundingOrder& order,
                       const ForEach& for_each) {
  const std::size_t n = weights.inputs;
  for_outputs(weights.outputs, for_each, [&](std::size_t begin, std::size_t end) {
    const auto mine = rx.subspan(begin * n, (end - begin) * n);
    std::vector<double> changes(mine.begin(), mine.end());
    order.solve(changes);
    double* const to = weights.values.data() + begin * n;
    for (std::size_t i = 0; i < changes.size(); ++i) to[i] += changes[i];
  });
  return weights;
}

}  // namespace xquant::quantize

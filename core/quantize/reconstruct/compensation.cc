#include "quantize/reconstruct/compensation.h"

#include <algorithm>
#include <span>

#include "quantize/reconstruct/vector_sums.h"

namespace xquant::quantize {

WeightRows compensate(const Moments& moments, const WeightRows& weights, const RoundingOrder& order,
                      const ForEach& for_each) {
  const std::size_t n = weights.inputs;
  WeightRows result = weights;
  constexpr std::size_t kTogether = 8;
  const std::size_t tasks = (weights.outputs + kTogether - 1) / kTogether;
  for_each(static_cast<std::int64_t>(tasks), [&](std::int64_t task) {
    const std::size_t begin = static_cast<std::size_t>(task) * kTogether;
    const std::size_t end = std::min(begin + kTogether, weights.outputs);
    std::vector<double> changes(moments.yx.begin() + static_cast<std::ptrdiff_t>(begin * n),
                                moments.yx.begin() + static_cast<std::ptrdiff_t>(end * n));
    // Each row of the moments is read once for all of these outputs.
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t o = begin; o < end; ++o) {
        const double weight = weights.row(o)[i];
        if (weight == 0) continue;
        add_scaled(changes.data() + (o - begin) * n, -weight, moments.xx.data() + i * n, n);
      }
    }
    for (std::size_t o = begin; o < end; ++o) {
      const std::span change = std::span(changes).subspan((o - begin) * n, n);
      order.solve(change);
      for (std::size_t i = 0; i < n; ++i) result.values[o * n + i] += change[i];
    }
  });
  return result;
}

}  // namespace xquant::quantize

#include "quantize/reconstruct/compensation.h"

#include "quantize/reconstruct/vector_sums.h"

namespace xquant::quantize {

WeightRows compensate(const Moments& moments, const WeightRows& weights, const RoundingOrder& order,
                      const ForEach& for_each) {
  const std::size_t n = weights.inputs;
  WeightRows result = weights;
  for_each(static_cast<std::int64_t>(weights.outputs), [&](std::int64_t output) {
    const auto o = static_cast<std::size_t>(output);
    std::vector<double> change(moments.yx.begin() + static_cast<std::ptrdiff_t>(o * n),
                               moments.yx.begin() + static_cast<std::ptrdiff_t>((o + 1) * n));
    const auto row = weights.row(o);
    for (std::size_t i = 0; i < n; ++i) {
      if (row[i] != 0) add_scaled(change.data(), -row[i], moments.xx.data() + i * n, n);
    }
    order.solve(change);
    for (std::size_t i = 0; i < n; ++i) result.values[o * n + i] += change[i];
  });
  return result;
}

}  // namespace xquant::quantize

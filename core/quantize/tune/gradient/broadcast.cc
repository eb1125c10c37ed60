#include "quantize/tune/gradient/broadcast.h"

#include <algorithm>

namespace xquant::quantize {

std::vector<std::int32_t> broadcast_sources(std::span<const std::int64_t> from,
                                            std::span<const std::int64_t> to) {
  std::int64_t count = 1;
  for (const std::int64_t dim : to) count *= dim;
  std::vector<std::int32_t> sources(static_cast<std::size_t>(count), 0);
  std::int64_t inner = 1, step = 1;  // elements behind this axis, in the result and the operand
  for (std::size_t back = 1; back <= to.size(); ++back) {
    const std::int64_t dim = to[to.size() - back];
    const std::int64_t own = back <= from.size() ? from[from.size() - back] : 1;
    if (own > 1) {
      for (std::int64_t i = 0; i < count; ++i) {
        sources[static_cast<std::size_t>(i)] += static_cast<std::int32_t>(i / inner % dim * step);
      }
    }
    inner *= dim;
    step *= own;
  }
  return sources;
}

void add_reduced(std::span<const float> gradient, std::span<const std::int64_t> gradient_shape,
                 std::span<const std::int64_t> operand_shape, std::span<float> operand) {
  if (gradient.size() == operand.size()) {
    for (std::size_t i = 0; i < operand.size(); ++i) operand[i] += gradient[i];
    return;
  }
  const std::vector<std::int32_t> sources = broadcast_sources(operand_shape, gradient_shape);
  std::vector<double> sums(operand.size(), 0.0);
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    sums[static_cast<std::size_t>(sources[i])] += static_cast<double>(gradient[i]);
  }
  for (std::size_t i = 0; i < operand.size(); ++i) operand[i] += static_cast<float>(sums[i]);
}

}  // namespace xquant::quantize

#pragma once

#include <cmath>
#include <cstdint>

#include "runtime/row_sums.h"

namespace xquant::runtime::ops {

struct Statistics {
  double mean = 0;
  double deviation = 0;  ///< sqrt(variance + epsilon)
};

/// Calls visit(row, statistics) for all rows of n elements each.
template <typename T, typename Visit>
void for_each_statistics(const T* x, std::int64_t rows, std::int64_t n, double epsilon,
                         Visit&& visit) {
  const auto length = static_cast<std::size_t>(n);
  const auto size = static_cast<double>(n);
  for_each_row_group(static_cast<std::size_t>(rows), [&](std::size_t first, std::size_t count) {
    const T* from = x + first * length;
    double means[kSumRows], squares[kSumRows];
    sum_rows(from, count, length, means);
    for (std::size_t r = 0; r < count; ++r) means[r] /= size;
    sum_row_squares(from, count, length, means, squares);
    for (std::size_t r = 0; r < count; ++r) {
      const Statistics found{means[r], std::sqrt(squares[r] / size + epsilon)};
      visit(static_cast<std::int64_t>(first + r), found);
    }
  });
}

}  // namespace xquant::runtime::ops

#pragma once

#include <cmath>
#include <cstdint>

namespace xquant::runtime::ops {

struct Statistics {
  double mean = 0;
  double deviation = 0;  ///< sqrt(variance + epsilon)
};

/// Rows whose statistics are computed together, so that their sums do not wait for each other.
inline constexpr std::int64_t kStatisticsRows = 8;

/// Of kRows rows of n elements each, summed in double in memory order.
template <std::int64_t kRows, typename T>
void rows_statistics(const T* x, std::int64_t n, double epsilon, Statistics* out) {
  double sums[kRows] = {}, squares[kRows] = {};
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t r = 0; r < kRows; ++r) sums[r] += static_cast<double>(x[r * n + i]);
  }
  for (std::int64_t r = 0; r < kRows; ++r) out[r].mean = sums[r] / static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t r = 0; r < kRows; ++r) {
      const double distance = static_cast<double>(x[r * n + i]) - out[r].mean;
      squares[r] += distance * distance;
    }
  }
  for (std::int64_t r = 0; r < kRows; ++r) {
    out[r].deviation = std::sqrt(squares[r] / static_cast<double>(n) + epsilon);
  }
}

/// Calls visit(row, statistics) for all rows of n elements each.
template <typename T, typename Visit>
void for_each_statistics(const T* x, std::int64_t rows, std::int64_t n, double epsilon,
                         Visit&& visit) {
  Statistics found[kStatisticsRows];
  std::int64_t row = 0;
  for (; row + kStatisticsRows <= rows; row += kStatisticsRows) {
    rows_statistics<kStatisticsRows>(x + row * n, n, epsilon, found);
    for (std::int64_t r = 0; r < kStatisticsRows; ++r) visit(row + r, found[r]);
  }
  for (; row < rows; ++row) {
    rows_statistics<1>(x + row * n, n, epsilon, found);
    visit(row, found[0]);
  }
}

}  // namespace xquant::runtime::ops

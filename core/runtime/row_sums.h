#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace xquant::runtime {

/// Rows that are summed together, so that their sums do not wait for each other.
inline constexpr std::size_t kSumRows = 8;

// Sums of kSumRows rows of n floats each, one row behind the other: each in double and in memory
// order, the same bits as those of plain loops.

/// sums[r] = sum over i of x[r * n + i].
void sum_rows(const float* x, std::size_t n, double* sums);
/// sums[r] = sum over i of (x[r * n + i] - means[r])^2.
void sum_row_squares(const float* x, std::size_t n, const double* means, double* sums);

/// sum over i of x[i], in double and in memory order.
template <typename T>
double row_sum(const T* x, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
  return sum;
}

/// sum over i of (x[i] - mean)^2, likewise.
template <typename T>
double row_squares(const T* x, std::size_t n, double mean) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double distance = static_cast<double>(x[i]) - mean;
    sum += distance * distance;
  }
  return sum;
}

/// The first `rows` of up to kSumRows sums, of any element type.
template <typename T>
void sum_rows(const T* x, std::size_t rows, std::size_t n, double* sums) {
  if constexpr (std::is_same_v<T, float>) {
    if (rows == kSumRows) return sum_rows(x, n, sums);
  }
  for (std::size_t r = 0; r < rows; ++r) sums[r] = row_sum(x + r * n, n);
}

template <typename T>
void sum_row_squares(const T* x, std::size_t rows, std::size_t n, const double* means,
                     double* sums) {
  if constexpr (std::is_same_v<T, float>) {
    if (rows == kSumRows) return sum_row_squares(x, n, means, sums);
  }
  for (std::size_t r = 0; r < rows; ++r) sums[r] = row_squares(x + r * n, n, means[r]);
}

/// visit(first, count) for rows [0, rows) in groups of kSumRows and one by one.
template <typename Visit>
void for_each_row_group(std::size_t rows, Visit&& visit) {
  std::size_t row = 0;
  for (; row + kSumRows <= rows; row += kSumRows) visit(row, kSumRows);
  for (; row < rows; ++row) visit(row, std::size_t{1});
}

}  // namespace xquant::runtime

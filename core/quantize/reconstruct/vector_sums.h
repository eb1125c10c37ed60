#pragma once

#include <cstddef>

/// Inner loops of the second-order model, in double. The sums have eight interleaved chains that
/// are added pairwise at the end: an order that any vector width can follow, so the bits do not
/// depend on it.
namespace xquant::quantize {

/// sum of a[i] b[i].
inline double dot(const double* a, const double* b, std::size_t n) {
  constexpr std::size_t kChains = 8;
  double chain[kChains] = {};
  const std::size_t whole = n / kChains * kChains;
  for (std::size_t i = 0; i < whole; i += kChains) {
    for (std::size_t c = 0; c < kChains; ++c) chain[c] += a[i + c] * b[i + c];
  }
  for (std::size_t i = whole; i < n; ++i) chain[i - whole] += a[i] * b[i];
  return ((chain[0] + chain[4]) + (chain[2] + chain[6])) +
         ((chain[1] + chain[5]) + (chain[3] + chain[7]));
}

/// result[r] = dot(a[r], b, n), so that b is read once for all of them.
template <std::size_t kRows>
inline void dots(const double* const (&a)[kRows], const double* b, std::size_t n,
                 double (&result)[kRows]) {
  constexpr std::size_t kChains = 8;
  double chain[kRows][kChains] = {};
  const std::size_t whole = n / kChains * kChains;
  for (std::size_t i = 0; i < whole; i += kChains) {
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t c = 0; c < kChains; ++c) chain[r][c] += a[r][i + c] * b[i + c];
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    double(&mine)[kChains] = chain[r];
    for (std::size_t i = whole; i < n; ++i) mine[i - whole] += a[r][i] * b[i];
    result[r] =
        ((mine[0] + mine[4]) + (mine[2] + mine[6])) + ((mine[1] + mine[5]) + (mine[3] + mine[7]));
  }
}

/// y[i] += factor * x[i].
inline void add_scaled(double* y, double factor, const double* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

}  // namespace xquant::quantize

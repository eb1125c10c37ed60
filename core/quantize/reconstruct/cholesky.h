#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace xquant::quantize {

/// A lower triangular factor L of a symmetric positive definite matrix A = L L^T, rows packed: row
/// i has i + 1 elements and starts at i (i + 1) / 2. All sums in double and in a fixed order.
class Cholesky {
 public:
  /// Factors the n x n matrix (row-major, the lower triangle is read) with `ridge` added to its
  /// diagonal. A pivot that is not positive is replaced by the ridge, so that a singular matrix
  /// gives a usable factor.
  Cholesky(std::span<const double> matrix, std::size_t n, double ridge);

  std::size_t size() const { return n_; }
  const double* row(std::size_t i) const { return factor_.data() + i * (i + 1) / 2; }

 private:
  std::size_t n_;
  std::vector<double> factor_;
};

}  // namespace xquant::quantize

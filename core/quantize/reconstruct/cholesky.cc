#include "quantize/reconstruct/cholesky.h"

#include <algorithm>
#include <cmath>

#include "quantize/reconstruct/vector_sums.h"

namespace xquant::quantize {

Cholesky::Cholesky(std::span<const double> matrix, std::size_t n, double ridge)
    : n_(n), factor_(n * (n + 1) / 2) {
  for (std::size_t i = 0; i < n; ++i) {
    double* const mine = factor_.data() + i * (i + 1) / 2;
    for (std::size_t j = 0; j < i; ++j) {
      const double* const other = row(j);
      mine[j] = (matrix[i * n + j] - dot(mine, other, j)) / other[j];
    }
    const double pivot = matrix[i * n + i] + ridge - dot(mine, mine, i);
    const double smallest = ridge > 0 ? ridge : 1e-300;
    mine[i] = std::sqrt(pivot > 0 ? pivot : smallest);
  }
}

}  // namespace xquant::quantize

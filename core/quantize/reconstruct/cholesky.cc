#include "quantize/reconstruct/cholesky.h"

#include <algorithm>
#include <cmath>

#include "base/cancellation.h"
#include "quantize/reconstruct/vector_sums.h"

namespace xquant::quantize {
namespace {

/// So many rows are computed together, so that those above them are read once for all.
constexpr std::size_t kRowsTogether = 8;

}  // namespace

Cholesky::Cholesky(std::span<const double> matrix, std::size_t n, double ridge)
    : n_(n), factor_(n * (n + 1) / 2) {
  for (std::size_t begin = 0; begin < n; begin += kRowsTogether) {
    cancellation_point();
    const std::size_t count = std::min(kRowsTogether, n - begin);
    double* mine[kRowsTogether];
    for (std::size_t r = 0; r < count; ++r) {
      mine[r] = factor_.data() + (begin + r) * (begin + r + 1) / 2;
    }
    const std::span<const double* const> rows(mine, count);
    for (std::size_t j = 0; j < begin + count; ++j) {
      // Rows that end before column j have nothing there.
      const std::size_t first = j < begin ? 0 : j - begin;
      double sums[kRowsTogether];
      dots(rows.subspan(first), row(j), j, sums);
      for (std::size_t r = first; r < count; ++r) {
        const std::size_t i = begin + r;
        if (i > j) {
          mine[r][j] = (matrix[i * n + j] - sums[r - first]) / row(j)[j];
        } else {
          const double pivot = matrix[i * n + i] + ridge - sums[r - first];
          const double smallest = ridge > 0 ? ridge : 1e-300;
          mine[r][j] = std::sqrt(pivot > 0 ? pivot : smallest);
        }
      }
    }
  }
}

}  // namespace xquant::quantize

#include "runtime/ops/fft.h"

#include "runtime/math/trigonometric.h"

namespace xquant::runtime::ops {
namespace {

std::int64_t smallest_factor(std::int64_t n) {
  for (std::int64_t p = 2; p * p <= n; ++p) {
    if (n % p == 0) return p;
  }
  return n;
}

}  // namespace

FourierTransform::FourierTransform(std::int64_t n, FourierDirection direction, Complex* memory)
    : n_(n), direction_(direction), roots_(memory), butterfly_(memory + n) {
  for (std::int64_t k = 0; k < n; ++k) {
    const math::UnitRoot root = math::unit_root(k, n);
    roots_[k] = {root.cosine, direction == FourierDirection::kForward ? -root.sine : root.sine};
  }
}

void FourierTransform::run(const Complex* x, Complex* y) const {
  transform(x, 1, y, n_);
  if (direction_ == FourierDirection::kForward) return;
  for (std::int64_t k = 0; k < n_; ++k) {
    y[k] = {y[k].re / static_cast<double>(n_), y[k].im / static_cast<double>(n_)};
  }
}

/// n numbers of x, step apart. With n = p * m: p transforms of every p-th number, joined by p-term
/// sums.
void FourierTransform::transform(const Complex* x, std::int64_t step, Complex* y,
                                 std::int64_t n) const {
  if (n == 1) {
    *y = *x;
    return;
  }
  const std::int64_t p = smallest_factor(n), m = n / p, root_step = n_ / n;
  for (std::int64_t r = 0; r < p; ++r) transform(x + r * step, step * p, y + r * m, m);
  for (std::int64_t k = 0; k < m; ++k) {
    for (std::int64_t r = 0; r < p; ++r) butterfly_[r] = y[r * m + k];
    for (std::int64_t q = 0; q < p; ++q) {
      Complex sum;
      for (std::int64_t r = 0; r < p; ++r) {
        sum = sum + butterfly_[r] * roots_[r * (k + q * m) % n * root_step];
      }
      y[q * m + k] = sum;
    }
  }
}

}  // namespace xquant::runtime::ops

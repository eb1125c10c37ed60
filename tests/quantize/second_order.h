#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "quantize/reconstruct/moments.h"
#include "quantize/reconstruct/rounding.h"

namespace xquant::quantize {

/// Numbers in [-1, 1) that look random and are the same everywhere.
class Noise {
 public:
  explicit Noise(std::uint32_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 1664525U + 1013904223U;
    return static_cast<double>(state_ >> 8) / 8388608.0 - 1;
  }

 private:
  std::uint32_t state_;
};

/// Rows whose inputs share a common part, so that they are correlated; y = w x.
inline Rows correlated_rows(std::size_t count, const std::vector<double>& w, std::uint32_t seed) {
  Noise noise(seed);
  Rows rows{.count = count, .inputs = w.size(), .outputs = 1, .x = {}, .y = {}};
  for (std::size_t r = 0; r < count; ++r) {
    const double common = noise.next();
    double y = 0;
    for (const double weight : w) {
      const double x = common + 0.3 * noise.next();
      rows.x.push_back(static_cast<float>(x));
      y += weight * x;
    }
    rows.y.push_back(static_cast<float>(y));
  }
  return rows;
}

/// e^T H e of e = w - scale q.
inline double quadratic_error(const Moments& m, const std::vector<double>& w,
                              const std::vector<double>& q, double scale) {
  double sum = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    for (std::size_t j = 0; j < w.size(); ++j) {
      sum += (w[i] - scale * q[i]) * m.xx[i * w.size() + j] * (w[j] - scale * q[j]);
    }
  }
  return sum;
}

}  // namespace xquant::quantize

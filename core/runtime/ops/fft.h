#pragma once

#include <cstdint>

namespace xquant::runtime::ops {

struct Complex {
  double re = 0, im = 0;
};

inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

enum class FourierDirection { kForward, kInverse };

/// A discrete Fourier transform of n complex numbers, in double: y[k] = sum of x[j] w^(jk) with
/// w = exp(-2 pi i / n), or exp(2 pi i / n) for the inverse, which is divided by n. By factors of n
/// (Cooley & Tukey 1965), hence O(n * sum of prime factors).
class FourierTransform {
 public:
  /// Entries of memory that a transform of n numbers needs.
  static std::int64_t memory_entries(std::int64_t n) { return 2 * n; }
  /// memory stays in use.
  FourierTransform(std::int64_t n, FourierDirection direction, Complex* memory);
  /// x and y must not overlap.
  void run(const Complex* x, Complex* y) const;

 private:
  void transform(const Complex* x, std::int64_t step, Complex* y, std::int64_t n) const;

  std::int64_t n_;
  FourierDirection direction_;
  Complex* roots_;      ///< powers of w
  Complex* butterfly_;  ///< one for each entry of a factor
};

}  // namespace xquant::runtime::ops

#include "report/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xquant::report {
namespace {

/// log10 from the exponent and a series, so that no platform's libm decides a digit. The argument
/// is positive and finite. x = m 2^e with m in [sqrt(1/2), sqrt(2)): ln m = 2 atanh((m-1)/(m+1)),
/// whose terms shrink by more than 30.
double log10_of(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  const double t = (mantissa - 1) / (mantissa + 1);
  double term = t;
  double sum = 0;
  for (int k = 1; k < 40; k += 2) {
    sum += term / k;
    term *= t * t;
  }
  constexpr double kLn2 = 0.69314718055994531;
  constexpr double kLn10 = 2.3025850929940457;
  return (2 * sum + static_cast<double>(exponent) * kLn2) / kLn10;
}

}  // namespace

void ErrorSums::add(const ErrorSums& other) {
  signal += other.signal;
  quantized += other.quantized;
  product += other.product;
  noise += other.noise;
  count += other.count;
}

double ErrorSums::snr() const { return noise / (signal + 1e-7); }

double ErrorSums::mse() const { return count == 0 ? 0 : noise / static_cast<double>(count); }

double ErrorSums::cosine() const {
  if (signal == 0 && quantized == 0) return 1;
  if (signal == 0 || quantized == 0) return 0;
  return product / (std::sqrt(signal) * std::sqrt(quantized));
}

double ErrorSums::sqnr_db() const {
  if (noise == 0) return std::numeric_limits<double>::infinity();
  if (signal == 0) return -std::numeric_limits<double>::infinity();
  return 10 * log10_of(signal / noise);
}

ErrorSums compare(std::span<const float> x, std::span<const float> y) {
  // Four independent chains, combined in a fixed order, let the additions overlap.
  constexpr std::size_t kChains = 4;
  double signal[kChains] = {};
  double quantized[kChains] = {};
  double product[kChains] = {};
  double noise[kChains] = {};
  const std::size_t count = std::min(x.size(), y.size());
  const auto add = [&](std::size_t i, std::size_t chain) {
    const auto a = static_cast<double>(x[i]);
    const auto b = static_cast<double>(y[i]);
    signal[chain] += a * a;
    quantized[chain] += b * b;
    product[chain] += a * b;
    noise[chain] += (b - a) * (b - a);
  };
  const std::size_t whole = count / kChains * kChains;
  for (std::size_t i = 0; i < whole; i += kChains) {
    for (std::size_t chain = 0; chain < kChains; ++chain) add(i + chain, chain);
  }
  for (std::size_t i = whole; i < count; ++i) add(i, i - whole);
  const auto total = [](const double* part) { return (part[0] + part[1]) + (part[2] + part[3]); };
  return {total(signal), total(quantized), total(product), total(noise), count};
}

std::size_t argmax(std::span<const float> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

}  // namespace xquant::report

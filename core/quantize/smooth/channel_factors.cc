#include "quantize/smooth/channel_factors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "base/cancellation.h"
#include "quantize/params.h"

namespace xquant::quantize {
namespace {

constexpr std::size_t kColumns = 192;  ///< of a weight, that are looked at
/// No channel counts as narrower than these shares of the widest: what few samples show as small
/// can be wide in others and would be clipped; dead weights stay small.
constexpr double kSmallestShare = 1.0 / 64;
constexpr double kSmallestWeight = 1e-3;

/// x^(eighths / 8) from square roots, which every platform rounds alike.
double power(double x, int eighths) {
  double result = 1, root = x;
  for (const int part : {4, 2, 1}) {
    root = std::sqrt(root);
    if ((eighths & part) != 0) result *= root;
  }
  return (eighths & 8) != 0 ? x : result;
}

/// Some columns of a weight [channels][columns], together: [channels][chosen].
std::vector<double> some_columns(std::span<const float> weight, std::size_t channels) {
  const std::size_t columns = weight.size() / channels;
  const std::size_t chosen = std::min(columns, kColumns);
  std::vector<double> result;
  result.reserve(channels * chosen);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t n = 0; n < chosen; ++n) {
      result.push_back(static_cast<double>(weight[c * columns + n * columns / chosen]));
    }
  }
  return result;
}

/// sum[n] = row . w[.][n]
void product(std::span<const float> row, const std::vector<double>& w, std::vector<double>& sum) {
  std::fill(sum.begin(), sum.end(), 0.0);
  const std::size_t columns = sum.size();
  for (std::size_t c = 0; c < row.size(); ++c) {
    const auto x = static_cast<double>(row[c]);
    const double* at = w.data() + c * columns;
    for (std::size_t n = 0; n < columns; ++n) sum[n] += x * at[n];
  }
}

/// All rows times all columns: [rows][columns].
std::vector<double> products(const std::vector<float>& x, const std::vector<double>& w,
                             std::size_t channels) {
  std::vector<double> result, row(w.size() / channels);
  for (std::size_t at = 0; at < x.size(); at += channels) {
    cancellation_point();
    product(std::span(x).subspan(at, channels), w, row);
    result.insert(result.end(), row.begin(), row.end());
  }
  return result;
}

/// |exact - other|^2 / |exact|^2
double relative_error(const std::vector<double>& exact, const std::vector<double>& other) {
  double signal = 0, error = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    signal += exact[i] * exact[i];
    error += (exact[i] - other[i]) * (exact[i] - other[i]);
  }
  return signal > 0 ? error / signal : 0;
}

/// 2^(0), 2^(1/4), 2^(1/2), 2^(3/4): a power of two more changes nothing.
constexpr std::array kWithinAnOctave = {1.0, 1.189207115002721, 1.4142135623730951,
                                        1.681792830507429};

}  // namespace

ChannelFactors::ChannelFactors(const Graph& graph, const SmoothSite& site, const ChannelRows& fit,
                               const ChannelRows& held)
    : graph_(graph), site_(site), fit_(fit), held_(held), mean_square_(site.channels, 0.0) {
  for (std::size_t i = 0; i < fit_.rows.size(); ++i) {
    const auto x = static_cast<double>(fit_.rows[i]);
    mean_square_[i % site_.channels] += x * x;
  }
  for (const SmoothReader& reader : site_.readers) {
    const auto w = some_columns(graph_.constant(reader.weight)->data<float>(), site_.channels);
    exact_fit_.push_back(products(fit_.rows, w, site_.channels));
    exact_held_.push_back(products(held_.rows, w, site_.channels));
  }
}

std::vector<double> ChannelFactors::factors(std::optional<int> eighths) const {
  auto relative = eighths ? shaped(*eighths) : std::vector<double>(site_.channels, 1.0);
  const auto is_power = [](const SmoothReader& reader) { return reader.power_of_two; };
  if (!std::ranges::any_of(site_.readers, is_power)) return relative;
  std::vector<double> best;
  double least = 0;
  for (const double all : kWithinAnOctave) {
    std::vector<double> factors = relative;
    for (double& factor : factors) factor *= all;
    const double noise = weight_noise(factors);
    if (!best.empty() && !(noise < least)) continue;
    best = std::move(factors);
    least = noise;
  }
  return best;
}

/// What rounding does to the weights, as it would reach the products if channels were independent.
double ChannelFactors::weight_noise(const std::vector<double>& factors) const {
  double sum = 0;
  for (const SmoothReader& reader : site_.readers) {
    const auto exact = graph_.constant(reader.weight)->data<float>();
    const Tensor integers = rounded_weight(reader, factors);
    const auto rounded = integers.data<float>();
    const std::size_t columns = exact.size() / site_.channels;
    double signal = 0, error = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const auto w = static_cast<double>(exact[i]);
      const double off = static_cast<double>(rounded[i]) / factors[i / columns] - w;
      signal += w * w * mean_square_[i / columns];
      error += off * off * mean_square_[i / columns];
    }
    if (signal > 0) sum += error / signal;
  }
  return sum;
}

std::vector<double> ChannelFactors::shaped(int eighths) const {
  std::vector<double> result(site_.channels, 1.0), weights(site_.channels, 0.0);
  for (const SmoothReader& reader : site_.readers) {
    const Tensor& weight = *graph_.constant(reader.weight);
    const auto values = weight.data<float>();
    const std::vector<float> scales = channel_magnitudes(weight, reader.per_channel ? 1 : -1);
    const std::size_t columns = values.size() / site_.channels;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float scale = scales[reader.per_channel ? i % columns : 0];
      if (!(scale > 0)) continue;
      double& most = weights[i / columns];
      most = std::max(most, static_cast<double>(std::abs(values[i]) / scale));
    }
  }
  const auto extent = [&](std::size_t c) {
    return static_cast<double>(std::max(-fit_.low[c], fit_.high[c]));
  };
  double largest_weight = 0, largest_value = 0;
  for (std::size_t c = 0; c < site_.channels; ++c) {
    largest_weight = std::max(largest_weight, weights[c]);
    largest_value = std::max(largest_value, extent(c));
  }
  if (largest_weight == 0 || largest_value == 0) return result;
  for (std::size_t c = 0; c < site_.channels; ++c) {
    const double value = std::max(extent(c) / largest_value, kSmallestShare);
    const double weight = std::max(weights[c] / largest_weight, kSmallestWeight);
    result[c] = power(value, eighths) / power(weight, 8 - eighths);
  }
  return result;
}

ChannelFactors::Noise ChannelFactors::noise(const std::vector<double>& factors) const {
  const std::vector<float> fit = rounded(fit_.rows, factors), held = rounded(held_.rows, factors);
  Noise sum;
  for (std::size_t i = 0; i < site_.readers.size(); ++i) {
    const Tensor integers = rounded_weight(site_.readers[i], factors);
    const auto q = some_columns(integers.data<float>(), site_.channels);
    sum.fit += relative_error(exact_fit_[i], products(fit, q, site_.channels));
    sum.held += relative_error(exact_held_[i], products(held, q, site_.channels));
  }
  return sum;
}

Tensor ChannelFactors::rounded_weight(const SmoothReader& reader,
                                      const std::vector<double>& factors) const {
  const Tensor scaled = scaled_weight(reader, factors);
  const std::int64_t axis = reader.per_channel ? 1 : -1;
  const plan::QuantParams params =
      reader.power_of_two ? power_of_two_params(scaled, axis) : symmetric_params(scaled, axis);
  return dequantize_tensor(quantize_tensor(scaled, params), params);
}

Tensor ChannelFactors::scaled_weight(const SmoothReader& reader,
                                     const std::vector<double>& factors) const {
  const Tensor& weight = *graph_.constant(reader.weight);
  const auto values = weight.data<float>();
  const std::size_t columns = values.size() / site_.channels;
  std::vector<float> result(values.begin(), values.end());
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = static_cast<float>(static_cast<double>(result[i]) * factors[i / columns]);
  }
  return Tensor::of<float>(weight.shape(), result);
}

std::vector<float> ChannelFactors::rounded(const std::vector<float>& rows,
                                           const std::vector<double>& factors) const {
  Range range;
  for (std::size_t c = 0; c < site_.channels; ++c) {
    range.low = std::min(range.low, static_cast<double>(fit_.low[c]) / factors[c]);
    range.high = std::max(range.high, static_cast<double>(fit_.high[c]) / factors[c]);
  }
  std::vector<float> scaled(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    scaled[i] = static_cast<float>(static_cast<double>(rows[i]) / factors[i % site_.channels]);
  }
  const plan::QuantParams params = asymmetric_params(range);
  const Shape shape{static_cast<std::int64_t>(rows.size())};
  const Tensor result =
      dequantize_tensor(quantize_tensor(Tensor::of<float>(shape, scaled), params), params);
  return {result.data<float>().begin(), result.data<float>().end()};
}

}  // namespace xquant::quantize
